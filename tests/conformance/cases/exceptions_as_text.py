# The traceback module: what went wrong and where, as text and as steps.
import sys, traceback, io, re
class Own(ValueError): pass
def g():
    return {}["a"]
def f():
    try:
        g()
    except KeyError as e:
        raise Own("bad") from e
def h():
    try:
        g()
    except KeyError:
        int("x")
def text(s): return re.sub(r"^ +[~^]+\n", "", re.sub(r'File "[^"]*"', "File", s), flags=re.M)
for one in (f, g, h):
    try:
        one()
    except Exception as e:
        print(text(traceback.format_exc()))
        print([(x.lineno, x.name, x.line) for x in traceback.extract_tb(e.__traceback__)], [text(x) for x in traceback.format_tb(e.__traceback__, limit=1)])
        print(text("".join(traceback.format_exception(e, chain=False))), text("".join(traceback.format_exception(type(e), e, e.__traceback__)))[:80])
        out = io.StringIO(); traceback.print_exc(file=out); print(len(text(out.getvalue()).splitlines()))
        a, b, c, d = traceback.extract_tb(e.__traceback__)[0]; print(b, c, d)
print(traceback.format_exc(), traceback.format_exception_only(ValueError("x")), traceback.format_exception_only(KeyError, KeyError("q")))
try:
    raise RuntimeError("with note")
except RuntimeError as e:
    e.add_note("look here"); print(text(traceback.format_exc()))
def g():
    return {}["a"]
def h():
    try:
        g()
    except KeyError:
        int("x")
def h2():
    try:
        g()
    except KeyError:
        raise ValueError("x")
for f in (h, h2):
    try: f()
    except Exception as e: print(repr(e.__context__), e.__suppress_context__)
try:
    try: {}["z"]
    except KeyError: None.foo
except Exception as e: print(repr(e.__context__))
try:
    try: {}["z"]
    finally: [][1]
except Exception as e: print(repr(e.__context__))
