"""Rules of the language and of its containers that CPython's own tests try."""
def t(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
from collections import *
import copy, types, functools, re
d={i:i for i in range(10)}
def f():
    for k in d: del d[k]
t(f)
d={i:i for i in range(10)}
def f():
    for k,v in d.items(): d.pop(k)
t(f)
def f():
    for k in d: d[k+100]=1
t(f)
def f():
    for k in OrderedDict(a=1,b=2): pass
    o=OrderedDict(a=1,b=2)
    for k in o: del o[k]
t(f)
def f():
    s={1,2,3}
    for k in s: s.discard(k)
t(f)
def f():
    s={1,2,3}
    for k in s: s.add(k+10)
t(f)
o=OrderedDict(a=1)
t(lambda: o.pop('z',default=3)); t(lambda: o.setdefault('q',default=4)); t(lambda: OrderedDict.fromkeys('ab',value=0))
class O2(OrderedDict): pass
t(lambda: type(O2(a=1).copy())); t(lambda: type(O2(a=1)|{'b':2})); t(lambda: O2(a=1))
dd=defaultdict(int); dd.default_factory=list; dd['x'].append(1); print(dd)
t(lambda: dd.__missing__('y')); dd.default_factory=None; t(lambda: dd['nope'])
class C2(Counter): pass
t(lambda: type(C2('ab').copy())); c=Counter('aab'); c+=Counter('b'); print(c); c.update(None); print(c)
class M2(ChainMap): pass
t(lambda: type(M2({'a':1})|{'b':2})); 
t(lambda: slice(1,18,2).indices(20))
t(lambda: [1,2,3].index(2,-10**20,10**20))
class L2(list):
    def __init__(self,x,n=0): super().__init__(x); self.n=n
t(lambda: L2([1],n=3).n)
def f():
    z=[3,1,2]
    z.sort(key=lambda x: z.append(1) or x)
t(f)
l=[1,2]; it=iter(l); list(it); l.append(3); t(lambda: list(it))
class B:
    def __iter__(self): raise ZeroDivisionError('q')
t(lambda: 1 in B()); t(lambda: list(B()))
class N:
    __iter__=None
t(lambda: iter(N()))
t(lambda: copy.Error)
class R:
    def __reduce__(self): return (R,(),{'x':1})
t(lambda: copy.copy(R()).x); t(lambda: copy.deepcopy(R()).x)
class P:
    @property
    def foo(self):
        "doc"
        return 1
t(lambda: P.foo.__doc__)
def f(): P().foo=3
t(f)
def f(): del P().foo
t(f)
def g():
    class Q:
        foo=property(lambda s:1)
        bar=property()
    return Q
def f(): g()().foo=3
t(f)
t(lambda: g()().bar)
class PP:
    pass
pp=PP(); pp.m=types.MethodType(lambda s,x:(s is pp,x),pp); t(lambda: pp.m(3))
t(lambda: staticmethod(lambda: 3).__get__(None,int)()); t(lambda: classmethod(lambda c: c).__get__(None,int)())
t(lambda: (lambda s: s).__get__(5,int)())
class PM:
    def _s(self,a,b): return a,b
    on=functools.partialmethod(_s,True,b=1)
    @classmethod
    def cl(cls,x): return cls.__name__,x
    c5=functools.partialmethod(cl,5)
t(lambda: PM().on()); t(lambda: PM().c5()); t(lambda: PM.c5())
t(lambda: __debug__)
def f():
    class A:
        def __init_subclass__(cls, **k): print(k)
    kw = {'a': 1}
    class Z(A, **kw, b=2): pass
t(f)
t(lambda: namedtuple('P3','x y',defaults=(1,2,3)))
t(lambda: re.findall(rb'a(.)',b'abac')); t(lambda: re.sub(b'x',b'y',b'axb')); t(lambda: re.escape(b'a.b'))
t(lambda: re.compile('a',re.I|re.X))
t(lambda: re.compile('a')==re.compile('a')); t(lambda: hash(re.compile('a'))==hash(re.compile('a')))
def f():
    try: re.compile('(a')
    except re.error as e: print(e.msg,e.pattern,e.pos,e.lineno,e.colno,e)
t(f)
t(lambda: b'%b and %s' % (b'x',b'y')); t(lambda: bytearray(b'%d')%3); t(lambda: b'-'.join([bytearray(b'a'),b'b'])); t(lambda: b'ab'.center(6,b'*')); t(lambda: bytearray(b'ab').hex())
t(lambda: ord(b'a')); t(lambda: 300 in b'a')
t(lambda: "%s"%functools.partial(print,1)); 
import contextlib
def f():
    with contextlib.ExitStack() as s:
        s.callback(print,'bye',end='!\n'); 
        @s.push
        def _(*a): print(a)
t(f)
def gen():
    try: yield 1
    except ValueError: yield 2
x=gen(); next(x); t(lambda: x.throw(ValueError)); t(lambda: gen.__qualname__); t(lambda: x.__qualname__)
def f():
    try:
        try: raise KeyError('a')
        except KeyError: raise ValueError('b')
    except ValueError as e: print(repr(e.__context__), e.__suppress_context__)
t(f)
t(lambda: functools.singledispatchmethod)
@functools.singledispatch
def sd(x): return 'base'
@sd.register
def _(x: int|str): return 'is'
t(lambda: (sd(1),sd('a'),sd(None)))
@functools.lru_cache
def lc(x): return x
lc(1); print(lc.cache_info(), type(lc.cache_info()).__name__)
import operator
t(lambda: operator.concat(1,2)); t(lambda: operator.methodcaller(12))
