"""What exceptions have beside their text, and classes of the program made from them."""
import collections.abc
import types


def parts(error, *names):
    return {name: getattr(error, name) for name in names if hasattr(error, name)}


NAMES = ("name", "obj", "value", "path", "msg", "code", "encoding", "object", "start", "end", "reason", "filename", "errno", "strerror")
for attempt in (
    lambda: undefined,
    lambda: (1).missing,
    lambda: {}["a"],
    lambda: b"ab\xff\xfe".decode(),
    lambda: "aé中".encode("ascii"),
    lambda: b"\xe4\xb8".decode("utf-8"),
    lambda: open("/no/such/file"),
    lambda: next(iter([])),
    lambda: __import__("no_such_module"),
):
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__, error, parts(error, *NAMES))
for kind in (Exception, NameError, AttributeError, StopIteration, ImportError, SyntaxError, SystemExit, OSError):
    error = kind()
    print(kind.__name__, parts(error, *NAMES), error.args, error.__dict__)
print(AttributeError("x", name="a", obj=3).obj, ImportError("x", name="n", path="p").path, SystemExit(1, 2).code, SystemExit(3).code)
for make in (lambda: ValueError(x=1), lambda: ImportError("a", foo=1), lambda: UnicodeDecodeError("utf-8", b"x")):
    try:
        make()
    except TypeError as error:
        print(error)
print(UnicodeDecodeError("utf-8", b"a\xffb", 1, 2, "made here"), "|", UnicodeEncodeError("ascii", "é中", 0, 2, "both"))


class Refused(ImportError):
    pass


class WithState(OSError):
    def __init__(self, path, tries=3):
        super().__init__(f"gave up on {path}")
        self.path, self.tries = path, tries


refused = Refused("no", name="lib")
print(refused.name, refused.args, repr(refused))
state = WithState("x.pt", tries=5)
print(state, state.args, state.path, state.tries, state.errno, sorted(state.__dict__))


class Found(collections.abc.Sequence[int]):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, at):
        return self.items[at]


print(collections.abc.Iterable[int], collections.abc.Callable[[int], str], types.GenericAlias(list, (int,)), 3 in Found([1, 3]))
try:
    collections.abc.Hashable[int]
except TypeError as error:
    print(error)


class Named(property):
    def __init__(self, getter=None, label=None):
        self.label = label
        property.__init__(self, getter)


class Holder(dict):
    size = Named(lambda self: len(self), "how many")

    def __missing__(self, key):
        return f"no {key}"


print(Holder(a=1).size, Holder.size.label, Holder().__getitem__("b"), super(Holder, Holder()).__getitem__("c"))


class Private:
    def given(self, **named):
        return named

    def gives(self):
        self.__own = 1
        return self.given(__own=2), self.__dict__


print(Private().gives())
