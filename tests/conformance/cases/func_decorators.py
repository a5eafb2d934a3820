import functools, time
def timed(label):
    def deco(fn):
        @functools.wraps(fn)
        def wrapper(*args, **kwargs):
            wrapper.calls += 1
            result = fn(*args, **kwargs)
            print(f"[{label}] {fn.__name__}{args}{kwargs or ''} -> {result}")
            return result
        wrapper.calls = 0
        return wrapper
    return deco
@timed("t1")
@timed("t2")
def add(a, b=2):
    """Adds."""
    return a + b
add(1); add(1, b=5)
print(add.__name__, add.__doc__, add.calls, add.__wrapped__.calls)
class CountCalls:
    def __init__(self, fn): functools.update_wrapper(self, fn); self.fn = fn; self.n = 0
    def __call__(self, *a): self.n += 1; return self.fn(*a)
@CountCalls
def sq(x): return x * x
print(sq(3), sq(4), sq.n, sq.__name__)
def register(registry, name=None):
    def deco(fn):
        registry[name or fn.__name__] = fn
        return fn
    return deco
R = {}
@register(R)
def relu(x): return max(0, x)
@register(R, "neg")
def negate(x): return -x
print(sorted(R), R["relu"](-3), R["neg"](3))
def retry(times, exceptions=(Exception,)):
    def deco(fn):
        @functools.wraps(fn)
        def wrapper(*a, **k):
            for i in range(times):
                try: return fn(*a, **k)
                except exceptions as e: print("retry", i + 1, e)
            raise RuntimeError("failed after %d" % times)
        return wrapper
    return deco
state = {"n": 0}
@retry(3, (ValueError,))
def flaky():
    state["n"] += 1
    if state["n"] < 3: raise ValueError(f"attempt {state['n']}")
    return "ok"
print(flaky())
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print([fib(i) for i in range(10)], fib(100), fib.cache_info())
class Temp:
    def __init__(self, c): self._c = c
    @property
    def f(self): return self._c * 9 / 5 + 32
    @f.setter
    def f(self, v): self._c = (v - 32) * 5 / 9
    @staticmethod
    def abs_zero(): return -273.15
    @classmethod
    def from_f(cls, f): t = cls(0); t.f = f; return t
t = Temp(100)
print(t.f, Temp.from_f(32)._c, Temp.abs_zero())
compose = lambda *fs: functools.reduce(lambda f, g: lambda x: g(f(x)), fs)
print(compose(str.strip, str.upper, len)("  abc "))
