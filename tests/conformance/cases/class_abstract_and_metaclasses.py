from abc import ABC, abstractmethod, ABCMeta
from collections.abc import Mapping, MutableMapping, Sequence, Iterator, Iterable, Callable, Sized, Hashable
class Layer(ABC):
    def __init__(self, name): self.name = name
    @abstractmethod
    def forward(self, x): """doc"""
    @property
    @abstractmethod
    def size(self): ...
    def describe(self): return f"{type(self).__name__}({self.name}, {self.size})"
try: Layer("x")
except TypeError as e: print(e)
class Half(Layer):
    def forward(self, x): return x / 2
try: Half("h")
except TypeError as e: print(e)
class Full(Half):
    size = property(lambda self: 1)
print(Full("f").describe(), Full("f").forward(4), issubclass(Full, Layer), isinstance(Full("a"), Layer))
class StateDict(MutableMapping):
    def __init__(self, *a, **k): self._d = dict(*a, **k)
    def __getitem__(self, k): return self._d[k]
    def __setitem__(self, k, v): self._d[k] = v
    def __delitem__(self, k): del self._d[k]
    def __iter__(self): return iter(self._d)
    def __len__(self): return len(self._d)
    def __repr__(self): return f"StateDict({self._d})"
sd = StateDict(a=1, b=2)
sd.update({"c": 3}, d=4); print(sd, sd.pop("a"), sd.get("zz", 0), "b" in sd, list(sd.items()), len(sd), sd.setdefault("n", 9), dict(sd), {**sd})
print(sd == {"b": 2, "c": 3, "d": 4, "n": 9}, list(sd.keys()), list(sd.values()), isinstance(sd, Mapping), sd.popitem())
class Seq(Sequence):
    def __init__(self, *a): self.a = a
    def __getitem__(self, i): return self.a[i]
    def __len__(self): return len(self.a)
s = Seq(3, 1, 3); print(list(s), 1 in s, s.index(1), s.count(3), list(reversed(s)))
class Count:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= 1; return self.n
print(isinstance(Count(1), Iterator), isinstance([], Iterable), isinstance(len, Callable), isinstance({}, Sized), isinstance([], Hashable), isinstance((), Hashable), isinstance("a", Sequence), isinstance({}, Sequence), isinstance(5, Iterable))
class Registry(type):
    classes = {}
    def __new__(m, name, bases, ns):
        cls = super().__new__(m, name, bases, ns)
        m.classes[name] = cls
        return cls
    def __len__(cls): return 7
    def __call__(cls, *a, **k):
        obj = super().__call__(*a, **k)
        obj.tagged = cls.__name__
        return obj
class A(metaclass=Registry): pass
class B(A):
    def __init__(self, v): self.v = v
print(sorted(Registry.classes), len(A), B(3).tagged, B(3).v, type(B).__name__, isinstance(B, Registry), B.__mro__[1].__name__)
class Plugin:
    plugins = []
    def __init_subclass__(cls, /, key=None, **kw):
        super().__init_subclass__(**kw); cls.key = key or cls.__name__.lower(); Plugin.plugins.append(cls)
class P1(Plugin): pass
class P2(Plugin, key="two"): pass
print([(p.__name__, p.key) for p in Plugin.plugins])
class Typed:
    def __init__(self, t): self.t = t
    def __set_name__(self, o, n): self.n = "_" + n
    def __get__(self, i, o=None): return self if i is None else getattr(i, self.n, None)
    def __set__(self, i, v):
        if not isinstance(v, self.t): raise TypeError(f"{self.n[1:]} must be {self.t.__name__}, got {type(v).__name__}")
        setattr(i, self.n, v)
class Conf:
    lr = Typed(float); name = Typed(str)
    def __init__(self, lr, name): self.lr, self.name = lr, name
c = Conf(0.1, "x"); print(c.lr, c.name, vars(c))
try: c.lr = "bad"
except TypeError as e: print(e)
class Singleton(type):
    _i = {}
    def __call__(cls, *a):
        if cls not in cls._i: cls._i[cls] = super().__call__(*a)
        return cls._i[cls]
class DB(metaclass=Singleton):
    def __init__(self, v=0): self.v = v
print(DB(1) is DB(2), DB().v)
