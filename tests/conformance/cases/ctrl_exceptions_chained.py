class AppError(Exception):
    """Base."""
    code = 1
    def __init__(self, msg, **ctx):
        super().__init__(msg)
        self.ctx = ctx
    def __str__(self): return f"{self.args[0]} {self.ctx}" if self.ctx else self.args[0]
class NotFound(AppError, KeyError): code = 404
try: raise NotFound("missing", key="w")
except KeyError as e: print(type(e).__name__, e, e.code, repr(e), isinstance(e, AppError), e.args)
try:
    try: int("x")
    except ValueError as e: raise AppError("bad") from e
except AppError as e: print(e, "|", repr(e.__cause__), e.__suppress_context__, e.__context__ is e.__cause__)
try:
    try: {}["a"]
    except KeyError: raise AppError("ctx only")
except AppError as e: print(repr(e.__context__), e.__cause__)
try:
    try: 1 / 0
    except ZeroDivisionError: raise AppError("hidden") from None
except AppError as e: print(e.__cause__, repr(e.__context__), e.__suppress_context__)
def f():
    try: return "try"
    finally: print("finally runs")
print(f())
def g(x):
    try:
        if x: raise ValueError(x)
    except ValueError as e: return f"caught {e}"
    else: return "else"
    finally: print("fin", x)
print(g(0), g(1))
for exc in (ValueError("v"), KeyError("k"), IndexError(), OSError(2, "No such file"), TypeError("a", "b"), Exception()):
    print(type(exc).__name__, "|", str(exc), "|", repr(exc), "|", exc.args)
