import random
random.seed('abc'); print(random.random(), random.normalvariate(), random.triangular(0, 10, 3), random.expovariate(2), random.randbytes(4), random.lognormvariate(0, 1), random.paretovariate(3), random.weibullvariate(1, 2))
r = random.Random(42); print(r.random(), r.randint(1, 100), r.choice('abc'), r.sample(range(10), 3)); s = r.getstate(); a = r.random(); r.setstate(s); print(a == r.random(), s[0], len(s[1]))
print(random.random()); random.seed(b'x'); print(random.random(), random.gauss(0, 1)); st = random.getstate(); x = random.gauss(0,1); random.setstate(st); print(x == random.gauss(0,1), x)
l = list(range(5)); random.Random(1).shuffle(l); print(l)
