from collections import deque
import copy, pickle, heapq, bisect, functools
def show(make):
    try:
        print(repr(make()))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
d = deque([1, 2, 3], maxlen=4)
print(d, deque(), deque("abc"), deque(maxlen=0), repr(deque([[1], {"a": deque([2])}], 9)))
d.append(4); d.append(5); print(d); d.appendleft(0); print(d)
d.rotate(1); print(d); d.rotate(-2); print(d); d.rotate(100); print(d)
show(lambda: d.insert(1, 9)); show(lambda: d[1:2]); show(lambda: d["a"]); show(lambda: d[10]); show(lambda: d[-1]); show(lambda: d[True])
show(lambda: deque([1], -1)); show(lambda: deque(5)); show(lambda: deque([1], "a")); show(lambda: hash(deque()))
show(lambda: deque().pop()); show(lambda: deque().popleft()); show(lambda: d.remove(99)); show(lambda: d.index(99)); show(lambda: d.index(2)); show(lambda: d.index(2, 3)); show(lambda: d.index(1, -4, 99))
show(lambda: d + [1]); show(lambda: d + deque([1])); show(lambda: d * 2); show(lambda: 2 * deque([1])); show(lambda: d * "a"); show(lambda: d.nope)
e = deque([1, 2]); e += [3, 4]; print(e); e *= 2; print(e); e.extendleft("ab"); print(e); e.extend(e); print(len(e)); e.reverse(); print(e)
e.extendleft(e); print(len(e))
print(deque([1, 2]) == deque([1, 2], 5), deque([1]) == [1], deque([1]) != deque([2]), deque([1, 2]) < deque([1, 3]), deque([2]) >= deque([1, 5]))
show(lambda: deque([1]) < [1])
def loop():
    for x in e:
        e.append(x)
show(loop)
def loop2():
    for x in e:
        e[0] = x
    return e[0]
show(loop2)
print(3 in deque([1, 3]), 4 in deque([1, 3]), bool(deque()), bool(deque([0])), len(deque("abc")), list(reversed(deque("abc"))), sorted(deque([3, 1])))
class Window(deque):
    def __init__(self, size, items=()):
        super().__init__(items, maxlen=size)
        self.label = "w"
    def mean(self): return sum(self) / len(self)
    def append(self, x):
        super().append(x * 10)
w = Window(3); w.append(1); w.append(2); w.extend([5, 6]); print(w, w.mean(), w.maxlen, w.label, isinstance(w, deque), w == deque([20, 5, 6]), w[0], list(w), len(w), 5 in w)
w[0] = 7; del w[1]; print(w, [*w], max(w))
class P(deque): pass
p = P([1, 2, 3]); p.x = 1; q = copy.copy(p); print(q, type(q).__name__, copy.deepcopy(p), p.copy())
a = [1]; d2 = deque([a, a]); c = copy.deepcopy(d2); print(c, c[0] is c[1], c[0] is a, copy.copy(d2)[0] is a)
b = pickle.loads(pickle.dumps(deque([1, "a", None], 5))); print(b, b.maxlen, pickle.loads(pickle.dumps(deque())))
p2 = pickle.loads(pickle.dumps(p)); print(p2, p2.x, type(p2))
d3 = deque([1]); d3.append(d3); print(d3)
match deque([1, 2, 3]):
    case [x, *rest]: print(x, rest)
x, *y = deque([1, 2, 3]); print(x, y)
print(type(d), deque.__name__, deque.__module__, isinstance(d, list), deque[int])
from collections.abc import MutableSequence, Sequence, Iterable, Hashable
print(isinstance(d, MutableSequence), isinstance(d, Sequence), isinstance(d, Iterable), isinstance(d, Hashable), issubclass(deque, MutableSequence))
it = iter(deque([1, 2])); print(next(it), next(it), next(it, "end"), type(it).__name__)
del d[0]; print(d); d.clear(); print(d, d.count(1), deque([1, 1, 2]).count(1))
f = deque([1, 2, 3]); f.insert(1, 9); f.insert(-1, 8); f.insert(100, 7); print(f)
# heapq
h = []
for v in [5, 3, 8, 1, 9, 2, 2]: heapq.heappush(h, v)
print(h, [heapq.heappop(h) for _ in range(len(h))])
show(lambda: heapq.heappop([])); show(lambda: heapq.heappush((1,), 2)); show(lambda: heapq.heapreplace([], 1)); show(lambda: heapq.heappushpop([], 1)); show(lambda: heapq.heapify((1,)))
h = [9, 4, 7, 1, -2, 6]; heapq.heapify(h); print(h, heapq.heappushpop(h, 0), h, heapq.heapreplace(h, 11), h)
print(heapq.nlargest(2, h), heapq.nsmallest(3, "hello", key=lambda c: -ord(c)), list(heapq.merge([1, 4], [2, 3], [0, 9])), list(heapq.merge([4, 1], [3, 2], reverse=True)))
h = []; 
for i, w in enumerate(["b", "a", "c"]): heapq.heappush(h, (len(w), w, i))
print(h); show(lambda: heapq.heappush([1], "a"))
# bisect
l = [1, 2, 2, 3, 5]
print(bisect.bisect(l, 2), bisect.bisect_left(l, 2), bisect.bisect_left(l, 4, 1, 3), bisect.bisect_right(l, 2, lo=3), bisect.bisect_left(l, x=2), bisect.bisect_left([(1, "a"), (3, "b")], 2, key=lambda p: p[0]))
bisect.insort(l, 2.5); bisect.insort_left(l, 2); print(l); m = [(1, "a"), (3, "b")]; bisect.insort(m, (2, "c"), key=lambda p: p[0]); print(m); show(lambda: bisect.bisect(l, 1, -1))
# lru
@functools.lru_cache(maxsize=2)
def sq(x, *, k=1):
    "doc"
    print("call", x, k); return x * x + k
print(sq(2), sq(2), sq(3), sq(4), sq(2), sq.cache_info(), sq(2, k=1), sq.cache_parameters(), sq.__name__, sq.__doc__, sq.__wrapped__(3))
sq.cache_clear(); print(sq.cache_info())
@functools.cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(80), fib.cache_info())
@functools.lru_cache(typed=True)
def t(x): print("t", x); return x
t(1); t(1.0); t(True); t(1); print(t.cache_info())
@functools.lru_cache
def u(x=None): print("u", x); return x
u(1); u(1.0); u(True); u(); u(None); print(u.cache_info())
@functools.lru_cache(maxsize=0)
def z(x): return x
z(1); z(1); print(z.cache_info())
class M:
    @functools.lru_cache(maxsize=None)
    def m(self, x): print("m", x); return x
    @staticmethod
    @functools.cache
    def s(x): return x
    @classmethod
    @functools.cache
    def c(cls, x): return (cls.__name__, x)
o = M(); o.m(1); o.m(1); print(M.m.cache_info(), o.m.cache_info(), M.s(1), M.c(2), o.c(2))
show(lambda: fib([1])); show(lambda: functools.lru_cache("a")); print(repr(fib).split(" at ")[0], type(fib).__name__, callable(fib)); fib.extra = 1; print(fib.extra)
@functools.cache
def err(x): raise ValueError(x)
show(lambda: err(1)); show(lambda: err(1)); print(err.cache_info())
import inspect; print(inspect.signature(sq), copy.deepcopy(fib) is fib)
