"""Exceptions raised while others are handled; generators that delegate; texts cut short."""
def t(f):
    try: print(f())
    except BaseException as e: print(type(e).__name__, e, '| ctx', repr(e.__context__), '| cause', repr(e.__cause__))
import sys, reprlib, pprint, dataclasses, types, contextlib, csv, enum, statistics, collections
class Left:
    def __init_subclass__(cls, **k):
        super().__init_subclass__(**k); cls.left=k
class Middle:
    def __init_subclass__(cls, middle, **k):
        super().__init_subclass__(**k); cls.middle=middle
class A(Left, Middle, middle='m'): pass
t(lambda: (A.middle, A.left))
t(lambda: reprlib.repr(list(range(100)))); t(lambda: reprlib.repr('x'*100)); t(lambda: reprlib.repr({1:2,'a':[1]*9}))
class It:
    def __iter__(self): return self
    def __next__(self): raise StopIteration(42)
def g():
    r = yield from It()
    print('r',r)
t(lambda: list(g()))
class CM:
    def __enter__(self): return self
    def __exit__(self,*a): raise ValueError('exit')
def f():
    with CM(): 1/0
t(f)
def f():
    try: 1/0
    finally: raise KeyError('fin')
t(f)
def f():
    try: raise sys.exception.__class__ and ValueError('x')
    except ValueError: return repr(sys.exception())
t(f)
@dataclasses.dataclass
class DD:
    a: int; bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: list; c: dict = dataclasses.field(default_factory=dict)
pprint.pprint(DD(1,list(range(30)),{'x':1}))
pprint.pprint(DD(1,[1]))
pprint.pprint({'k':collections.OrderedDict(a=1,b=2), 'd':collections.defaultdict(list,{'x':[1]*40})}, width=40)
pprint.pprint(types.SimpleNamespace(a=1,b=list(range(40)),c='x'*60))
pprint.pprint(collections.Counter('abracadabra'),width=20)
pprint.pprint([[1,[2,[3,[4,[5]]]]]],depth=3); pprint.pprint('word '*40); pprint.pprint({3:1,'a':2,(1,):3},sort_dicts=False,compact=True)
print([(last:=x) for x in range(3)], last)
def f():
    r=[y:=i for i in range(4)]
    return y
t(f)
class N: pass
t(lambda: N(1)); t(lambda: N(a=1))
class N2:
    def __init__(self,a): pass
t(lambda: N2()); t(lambda: N2(1,2)); t(lambda: N2(1,b=2)); t(lambda: int('x',99)); 
class S:
    __slots__=('x',)
    z=3
t(lambda: setattr(S(),'y',1)); t(lambda: S().x)
def f():
    def g():
        yield 1
    return g().__qualname__
t(f)
@contextlib.contextmanager
def cm():
    try: yield 1
    except ValueError as e: raise RuntimeError('re') from e
def f():
    with cm(): raise ValueError('v')
t(f)
@contextlib.contextmanager
def cm2():
    yield 1
    yield 2
def f():
    with cm2(): pass
t(f)
t(lambda: statistics.NormalDist(0,1).cdf(1)); t(lambda: statistics.linear_regression([1,2,3],[2,4,6])); t(lambda: statistics.correlation([1,2,3],[2,4,7])); t(lambda: statistics.quantiles([1,2,3,4,5],n=4)); t(lambda: statistics.multimode('aabbc'));t(lambda: statistics.fmean([1,2],[3,4]) )
t(lambda: len.__module__); import heapq, math; t(lambda: math.sqrt.__module__)
def f():
    try:
        try: raise KeyError('a')
        finally: raise ValueError('b')
    except ValueError as e: return repr(e.__context__)
t(f)
