import sys, traceback
try: raise ValueError("x")
except ValueError:
    t, v, tb = sys.exc_info()
    print(t.__name__, v, tb is not None)
print(sys.exc_info())
try: assert 1 == 2, f"{1} != {2}"
except AssertionError as e: print("AssertionError:", e)
e = ValueError("note me"); e.add_note("n1"); e.add_note("n2")
print(e.__notes__)
try: raise e
except ValueError as err: print(err, err is e, err.__notes__)
def deep(n):
    if n == 0: raise RecursionError("manual")
    return deep(n - 1)
try: deep(5)
except RecursionError as e: print(e)
def inf(): return inf()
try: inf()
except RecursionError as e: print(str(e)[:32])
errs = []
for fn in (lambda: [][0], lambda: {}["k"], lambda: int("z"), lambda: None.x, lambda: 1 / 0, lambda: "a" + 1, lambda: undefined, lambda: [].pop(), lambda: (1, 2)[5], lambda: "abc".index("z"), lambda: next(iter([])), lambda: float("q"), lambda: len(5), lambda: [1, 2].remove(3), lambda: open("/nonexistent/x"), lambda: __import__("nope"), lambda: chr(-1), lambda: "x".encode("ascii", "strict") and b"\xff".decode("ascii"), lambda: dict([1]), lambda: range(0, 1, 0), lambda: sorted([1, "a"]), lambda: {}.popitem(), lambda: set().pop(), lambda: iter(5), lambda: "%d" % "x", lambda: "{} {}".format(1), lambda: max([]), lambda: bytes([300]), lambda: int("9", 8), lambda: [1] * "a", lambda: hash([]), lambda: isinstance(1, 1), lambda: (lambda x: x)(), lambda: print(sep=1), lambda: round("x"), lambda: sum(["a"]), lambda: abs("x"), lambda: [].sort(key=1), lambda: zip(1), lambda: "a".join([1]), lambda: getattr(1, "zz"), lambda: 5(), lambda: [1][1.5], lambda: {1: 2}[[]], lambda: ~"a", lambda: -[], lambda: 1 < "a", lambda: divmod(1, 0), lambda: 2 ** "a", lambda: complex("x"), lambda: ord("ab"), lambda: __import__("json").loads("{"), lambda: __import__("re").compile("(")):
    try: fn()
    except Exception as e: print(type(e).__name__, "|", e)
