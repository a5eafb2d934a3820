import contextlib, io, os, tempfile
class Timer:
    def __init__(self, name, log): self.name, self.log = name, log
    def __enter__(self): self.log.append(f"+{self.name}"); return self
    def __exit__(self, exc_type, exc, tb):
        self.log.append(f"-{self.name}:{exc_type.__name__ if exc_type else None}:{exc}")
        return exc_type is ValueError
log = []
with Timer("a", log) as t, Timer("b", log): log.append(t.name)
with Timer("c", log): raise ValueError("swallowed")
try:
    with Timer("d", log): raise KeyError("k")
except KeyError as e: log.append(f"caught {e}")
print(log)
@contextlib.contextmanager
def tag(name):
    print(f"<{name}>")
    try: yield name.upper()
    except RuntimeError as e: print("handled", e)
    finally: print(f"</{name}>")
with tag("p") as up: print(up)
with tag("q"): raise RuntimeError("inside")
with contextlib.suppress(FileNotFoundError): os.remove("nope.bin")
buf = io.StringIO()
with contextlib.redirect_stdout(buf): print("captured"); print("twice")
print(repr(buf.getvalue()))
with contextlib.ExitStack() as stack:
    names = [stack.enter_context(tag(n)) for n in "xy"]
    stack.callback(print, "callback")
    print(names)
@tag("deco")
def f(): print("in f"); return 5
print(f())
class Res:
    def close(self): print("closing")
with contextlib.closing(Res()) as r: print(type(r).__name__)
with contextlib.nullcontext(7) as v: print(v)
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "f.txt")
    with open(p, "w") as f: print("hello", file=f); f.writelines(["a\n", "b\n"])
    with open(p) as f: print(f.readline(), end=""); print(f.read().split()); f.seek(0); print([l.strip() for l in f], f.closed)
    print(f.closed, os.listdir(d), os.path.getsize(p))
print(os.path.exists(d))
def gen():
    with tag("g"): yield 1; yield 2
for x in gen(): print(x); break
try:
    with open("missing.txt") as f: pass
except OSError as e: print(type(e).__name__, e.errno, e.filename, e.strerror)
class Nested:
    depth = 0
    def __enter__(self): Nested.depth += 1; return Nested.depth
    def __exit__(self, *a): Nested.depth -= 1
n = Nested()
with n as a, n as b, n as c: print(a, b, c, Nested.depth)
print(Nested.depth)
