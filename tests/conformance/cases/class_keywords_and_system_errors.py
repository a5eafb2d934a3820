import torch, torch.nn as nn
class Plugin:
    registry = {}
    def __init_subclass__(cls, /, key=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry[key or cls.__name__] = cls
class A(Plugin, key='a'): pass
class B(Plugin): pass
print(Plugin.registry)
class C: pass
try:
    class D(C, x=1): pass
except TypeError as e: print(e)
try:
    class E(Plugin, key="e", z=2): pass
except TypeError as e: print(e)
class Meta(nn.Module, metaclass=type): pass
print(Meta())
try:
    open('/nonexistent')
except OSError as e:
    print(e.errno, e.strerror, e.filename, e.args)
try: raise OSError(2, 'x', 'f')
except OSError as e: print(e.errno, e.filename, e.strerror, e.args, e, repr(e))
try: raise FileNotFoundError('just text')
except OSError as e: print(e.errno, e.filename, e)
try: raise OSError(13, 'no')
except OSError as e: print(e.errno, e.filename, e, type(e))
import heapq
h = []
for x in [5, 3, 8, 1, 9, 2, 7, 3, 3]: heapq.heappush(h, x)
print(h); heapq.heappop(h); print(h); heapq.heapify(h); print(h, list(heapq.merge([1,4],[2,3],[0,9])), list(heapq.merge([4,1],[3,2],reverse=True)))
l = [9,1,8,2,7,3,6,4,5]; heapq.heapify(l); print(l, heapq.heappushpop(l, 0), l, heapq.heapreplace(l, 7), l)
import functools, operator, statistics
@functools.singledispatch
def f(x): return 'obj'
@f.register
def _(x: int): return 'int'
@f.register(list)
def _(x): return 'list'
print(f(1), f([]), f('s'), f(True))
print(operator.countOf([1,1,2],1), operator.indexOf([1,2],2), operator.iadd([1],[2]), operator.abs(-3))
print(statistics.quantiles([1,2,3,4,5]), statistics.multimode([1,1,2,2]), statistics.median_low([1,2,3,4]), statistics.harmonic_mean([40,60]), statistics.geometric_mean([54,24,36]), statistics.correlation([1,2,3],[2,4,7]))
print(statistics.quantiles([1,2,3,4,5], n=10, method='inclusive'))
class P:
    def f(self, a, b): return (a, b)
    g = functools.partialmethod(f, 1)
print(P().g(2))
import random
random.seed(1)
for n in (2,3,7,50):
    d = [random.random()*10**random.randint(-3,3) for _ in range(n)]
    print(statistics.mean(d), statistics.stdev(d), statistics.pstdev(d), statistics.variance(d), statistics.pvariance(d), statistics.fmean(d), statistics.median(d), statistics.harmonic_mean(d))
    d = [random.randint(1,100) for _ in range(n)]
    print(statistics.mean(d), statistics.stdev(d), statistics.pstdev(d), statistics.variance(d), statistics.pvariance(d), statistics.fmean(d), statistics.median(d), statistics.harmonic_mean(d))
print(issubclass(TimeoutError, OSError), ConnectionResetError.__mro__)
try: raise OSError(110, 'slow')
except TimeoutError as e: print(repr(e))
class MyErr(OSError):
    def __init__(self, msg): super().__init__(msg); self.msg = msg
try: raise MyErr('hi')
except OSError as e: print(e, e.msg, e.args, e.errno)
