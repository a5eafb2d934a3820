import numpy as np
np.random.seed(42)
print(np.random.rand(3), np.random.rand(), np.random.randn(2, 2), np.random.randn(3), np.random.random((2,)), np.random.uniform(-1, 1, 3), np.random.normal(0, 2, (2,)))
print(np.random.randint(0, 10, 5), np.random.randint(5), np.random.randint(0, 1000, (2, 2)), np.random.permutation(5), np.random.choice(5), np.random.choice([1, 2, 3], 4), np.random.choice(5, 3, replace=False))
a = np.arange(5); np.random.shuffle(a); print(a)
l = [1, 2, 3]; np.random.shuffle(l); print(l)
print(a.dtype, str(a.dtype), repr(a.dtype), f"{a.dtype}", a.dtype == np.int64, a.dtype == "int64", a.astype(np.float32).dtype.name, np.dtype("float32"), isinstance(a.dtype, np.dtype))
