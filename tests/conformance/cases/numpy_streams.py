"""Seeded random numbers are numpy's own, by every generator; states are kept and resumed."""
import numpy as np

state = np.random.RandomState(0)
print(state.randint(0, 10, 3), state.rand(2), state.randn(3), state.randint(5), state.uniform(-1, 1), state.normal(2, 3, (2, 2)))
print(state.permutation(5), state.choice(5), state.choice([1, 2, 3], 2), state.choice(6, 3, replace=False), state.choice(3, 4, p=[0.1, 0.2, 0.7]))
print(state.choice(["a", "b", "c"], 3), state.choice(4, 2, replace=False, p=[0.1, 0.2, 0.3, 0.4]), state.exponential(2.0, 2), state.bytes(5))
print(state.randint(0, 2**40, 2), state.randint(0, 200, 5, dtype=np.uint8), state.randint(-5, 300, 5, dtype=np.int16), state.randint(0, 2**31, 2, dtype=np.int32))
print(state.randint(0, 2, 9, dtype=bool), type(state.randint(3)), type(state.rand()), type(state.choice(5)), type(state.choice([1, 2])))
print(np.random.RandomState([1, 2, 3]).randint(0, 100, 4), np.random.RandomState(2**32 - 1).rand(2))
a = np.arange(12).reshape(4, 3)
state.shuffle(a)
print(a, state.permutation(a))
items = ["p", "q", "r", "s"]
state.shuffle(items)
print(items, str(state))

kept = state.get_state()
first = state.randn(3), state.randint(0, 9, 4)
state.set_state(kept)
print(kept[0], kept[1].dtype, kept[1].shape, kept[2:], np.array_equal(first[0], state.randn(3)), np.array_equal(first[1], state.randint(0, 9, 4)))
np.random.seed(7)
np.random.randn()
kept = np.random.get_state()
before = np.random.randn(2)
np.random.set_state(kept)
print(kept[2:], np.array_equal(before, np.random.randn(2)))

rng = np.random.default_rng(0)
print(rng.integers(0, 10, 3), rng.random(2), rng.standard_normal(4), rng.normal(1, 2, 2), rng.uniform(-1, 1, (2, 2)), rng.random())
print(rng.integers(5), rng.integers(2, 8, size=4, endpoint=True), rng.integers(0, 2**40, 2), rng.integers(0, 256, 5, dtype=np.uint8), rng.integers(0, 2**63, 1))
print(rng.permutation(6), rng.choice(5), rng.choice([1, 2, 3], 2), rng.choice(6, 3, replace=False), rng.choice(3, 4, p=[0.1, 0.2, 0.7]))
print(rng.choice(20000, 3000, replace=False)[:5], rng.choice(1000, 4, replace=False, shuffle=False), rng.bytes(6))
print(rng.random(3, dtype=np.float32), rng.standard_normal(3, dtype=np.float32), type(rng.integers(3)), type(rng.random()), str(rng))
big = rng.standard_normal(200000)
print(float(big.sum()), float(big.max()), float(np.abs(big).min()))
print(float(rng.standard_normal(200000, dtype=np.float32).astype(np.float64).sum()))
a = np.arange(6)
rng.shuffle(a)
b = np.arange(8).reshape(4, 2)
rng.shuffle(b)
print(a, b, rng.permutation(b, axis=1))
kept = rng.bit_generator.state
first = rng.integers(0, 1000, 3)
rng.bit_generator.state = kept
print(kept, np.array_equal(first, rng.integers(0, 1000, 3)))
print(np.random.default_rng([1, 2]).random(), np.random.default_rng(2**70).random(), np.random.default_rng(np.random.SeedSequence(5)).random())
print(np.random.SeedSequence(42).generate_state(3), np.random.SeedSequence(42).generate_state(2, np.uint64), [np.random.default_rng(s).random() for s in np.random.SeedSequence(1).spawn(2)])
print(np.random.Generator(np.random.MT19937(3)).random(2), np.random.Generator(np.random.PCG64(3)).random(2), [r.random() for r in np.random.default_rng(9).spawn(2)])
for wrong in (lambda: rng.integers(5, 2), lambda: state.randint(5, 5), lambda: rng.choice(3, 5, replace=False), lambda: np.random.seed(-1), lambda: state.randint(0, 300, dtype=np.uint8)):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, error)
