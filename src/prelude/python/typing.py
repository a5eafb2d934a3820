"""Names for annotations. Nothing here checks anything."""

import _collections
import abc
import collections
import collections.abc
import sys

TYPE_CHECKING = False


def _shown(kind):
    if kind is ...:
        return "..."
    if isinstance(kind, list):
        return "[" + ", ".join(map(_shown, kind)) + "]"
    if isinstance(kind, type) and not hasattr(kind, "__origin__"):
        return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return repr(kind)


def _converted(kind):
    if kind is None:
        return type(None)
    return ForwardRef(kind) if isinstance(kind, str) else kind


class _Written:
    """What can stand beside `|`."""

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]


class ForwardRef(_Written):
    def __init__(self, arg):
        self.__forward_arg__ = arg

    def __eq__(self, other):
        return isinstance(other, ForwardRef) and self.__forward_arg__ == other.__forward_arg__

    def __hash__(self):
        return hash(self.__forward_arg__)

    def __repr__(self):
        return f"ForwardRef({self.__forward_arg__!r})"


class _Generic(_Written):
    """`List[int]`, `Union[int, str]`."""

    def __init__(self, name, origin, args):
        self._name = name
        self.__origin__ = origin
        self.__args__ = args

    def __reduce__(self):
        import operator

        args = self.__args__
        one = args[0] if len(args) == 1 and not isinstance(args[0], tuple) else args
        return operator.getitem, (globals().get(self._name, self.__origin__), one)

    @property
    def __parameters__(self):
        found = []
        for arg in self.__args__:
            for parameter in (arg,) if isinstance(arg, TypeVar) else getattr(arg, "__parameters__", ()):
                if parameter not in found:
                    found.append(parameter)
        return tuple(found)

    def __getitem__(self, args):
        args = args if isinstance(args, tuple) else (args,)
        given = dict(zip(self.__parameters__, args))
        return _Generic(self._name, self.__origin__, tuple(given.get(arg, arg) for arg in self.__args__))

    def __call__(self, *args, **kwargs):
        return self.__origin__(*args, **kwargs)

    def __mro_entries__(self, bases):
        return (self.__origin__,) if isinstance(self.__origin__, type) else ()

    def __instancecheck__(self, value):
        if self.__origin__ is Union:
            return isinstance(value, self.__args__)
        raise TypeError("Subscripted generics cannot be used with class and instance checks")

    def __eq__(self, other):
        if not isinstance(other, _Generic):
            return NotImplemented
        if self.__origin__ is Union and other.__origin__ is Union:
            return set(self.__args__) == set(other.__args__)
        return self.__origin__ is other.__origin__ and self.__args__ == other.__args__

    def __hash__(self):
        return hash((self._name, self.__args__))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.__origin__, name)

    def __repr__(self):
        if self.__origin__ is Union and len(self.__args__) == 2 and type(None) in self.__args__:
            other = self.__args__[0] if self.__args__[1] is type(None) else self.__args__[1]
            return f"typing.Optional[{_shown(other)}]"
        if self._name == "Callable" and self.__args__:
            *taken, given = self.__args__
            taken = "..." if taken == [...] else "[" + ", ".join(map(_shown, taken)) + "]"
            return f"typing.Callable[{taken}, {_shown(given)}]"
        name = f"typing.{self._name}" if self._name else _shown(self.__origin__)
        listed = ", ".join(repr(arg) if self.__origin__ is Literal else _shown(arg) for arg in self.__args__)
        return f"{name}[{listed or '()'}]"


_GenericAlias = _Generic


class _Special(_Written):
    """`Any`, `List`, `Literal`: what can be subscripted, and what it stands for."""

    def __init__(self, name, origin=None):
        self._name = name
        self.__origin__ = origin

    def __reduce__(self):
        return self._name

    def __getitem__(self, args):
        args = args if isinstance(args, tuple) else (args,)
        if self._name == "Optional":
            return Union[args[0], None]
        if self._name == "Literal":
            return _Generic("Literal", self, args)
        if self._name == "Annotated":
            return _Generic("Annotated", self, args)
        if self._name == "Callable" and len(args) == 2:
            args = (*args[0], args[1]) if isinstance(args[0], list) else args
        args = tuple(map(_converted, args))
        if self._name == "Union":
            flat = []
            for arg in args:
                for part in arg.__args__ if isinstance(arg, _Generic) and arg.__origin__ is Union else (arg,):
                    if part not in flat:
                        flat.append(part)
            if len(flat) == 1:
                return flat[0]
            args = tuple(flat)
        return _Generic(self._name, self if self.__origin__ is None else self.__origin__, args)

    def __call__(self, *args, **kwargs):
        if self.__origin__ is None:
            raise TypeError(f"Cannot instantiate typing.{self._name}")
        return self.__origin__(*args, **kwargs)

    def __mro_entries__(self, bases):
        return (self.__origin__,) if self.__origin__ is not None else ()

    def __instancecheck__(self, value):
        if self.__origin__ is None:
            raise TypeError(f"typing.{self._name} cannot be used with isinstance()")
        return isinstance(value, self.__origin__)

    def __repr__(self):
        return f"typing.{self._name}"


class Generic:
    def __class_getitem__(cls, parameters):
        parameters = parameters if isinstance(parameters, tuple) else (parameters,)
        return _Generic(None, cls, tuple(map(_converted, parameters)))


class _ProtocolType(abc.ABCMeta):
    def __instancecheck__(cls, value):
        if cls.__dict__.get("_is_runtime") and all(hasattr(value, name) for name in _asked(cls)):
            return True
        return type.__instancecheck__(cls, value)


def _asked(cls):
    names = [name for name in cls.__dict__ if not name.startswith("_") or name in ("__len__", "__iter__", "__call__", "__getitem__")]
    return names + [name for name in cls.__dict__.get("__annotations__", {}) if name not in names]


class Protocol(Generic, metaclass=_ProtocolType):
    pass


def runtime_checkable(cls):
    cls._is_runtime = True
    return cls


class TypeVar(_Written):
    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound
        self._sign = "+" if covariant else "-" if contravariant else "~"

    def __repr__(self):
        return f"{self._sign}{self.__name__}"


class ParamSpec(TypeVar):
    @property
    def args(self):
        return Any

    kwargs = args


class NewType(_Written):
    def __init__(self, name, supertype):
        self.__name__ = self.__qualname__ = name
        self.__supertype__ = supertype
        self.__module__ = "__main__"

    def __call__(self, value):
        return value

    def __repr__(self):
        return f"{self.__module__}.{self.__name__}"


class TypedDict(dict):
    def __init_subclass__(cls, total=True, **kwargs):
        cls.__total__ = total
        known = {}
        for base in reversed(cls.__mro__):
            known.update(base.__dict__.get("__annotations__", {}))
        cls.__annotations__ = known
        cls.__required_keys__ = frozenset(known) if total else frozenset()
        cls.__optional_keys__ = frozenset() if total else frozenset(known)

    def __new__(cls, *args, **kwargs):
        return dict(*args, **kwargs)


Union = _Special("Union")
Any = _Special("Any")
for _name in ("Optional", "ClassVar", "Final", "Literal", "NoReturn", "Never", "Self", "Annotated", "LiteralString",
              "TypeAlias", "Required", "NotRequired", "TypeGuard", "Concatenate", "Unpack"):
    globals()[_name] = _Special(_name)
for _name, _origin in {
    "List": list, "Dict": dict, "Tuple": tuple, "Set": set, "FrozenSet": frozenset, "Type": type,
    "DefaultDict": collections.defaultdict, "OrderedDict": collections.OrderedDict, "Counter": collections.Counter,
    "Deque": collections.deque, "ChainMap": collections.ChainMap, "Callable": collections.abc.Callable,
    "Iterable": collections.abc.Iterable, "Iterator": collections.abc.Iterator,
    "Generator": collections.abc.Generator, "Sequence": collections.abc.Sequence,
    "MutableSequence": collections.abc.MutableSequence, "Mapping": collections.abc.Mapping,
    "MutableMapping": collections.abc.MutableMapping, "AbstractSet": collections.abc.Set,
    "MutableSet": collections.abc.MutableSet, "Hashable": collections.abc.Hashable, "Sized": collections.abc.Sized,
    "Collection": collections.abc.Collection, "Container": collections.abc.Container,
    "Reversible": collections.abc.Reversible, "KeysView": collections.abc.KeysView,
    "ValuesView": collections.abc.ValuesView, "ItemsView": collections.abc.ItemsView,
    "Awaitable": collections.abc.Awaitable, "Coroutine": collections.abc.Coroutine,
    "AsyncIterator": collections.abc.AsyncIterator, "AsyncIterable": collections.abc.AsyncIterable,
    "ContextManager": abc.ABC,
}.items():
    globals()[_name] = _Special(_name, _origin)
AnyStr = TypeVar("AnyStr", bytes, str)
T, KT, VT = TypeVar("T"), TypeVar("KT"), TypeVar("VT")
Text = str


class _Supports(metaclass=abc.ABCMeta):
    _asks = ""

    @classmethod
    def __subclasshook__(cls, other):
        return hasattr(other, cls._asks)


class SupportsInt(_Supports):
    _asks = "__int__"


class SupportsFloat(_Supports):
    _asks = "__float__"


class SupportsIndex(_Supports):
    _asks = "__index__"


class SupportsAbs(_Supports):
    _asks = "__abs__"


class IO(Generic):
    pass


class TextIO(IO):
    pass


class BinaryIO(IO):
    pass


def cast(type, value):
    return value


def overload(function):
    return function


def final(function):
    return function


def no_type_check(function):
    return function


def override(function):
    return function


def assert_never(value):
    raise AssertionError(f"Expected code to be unreachable, but got: {value!r}")


def assert_type(value, type):
    return value


def reveal_type(value):
    return value


def get_origin(kind):
    origin = getattr(kind, "__origin__", None)
    if isinstance(kind, _Special):
        return origin
    if origin is None and type(kind).__name__ == "UnionType":
        return type(kind)
    return origin


def get_args(kind):
    if isinstance(kind, _Special):
        return ()
    args = getattr(kind, "__args__", ())
    if getattr(kind, "_name", None) == "Callable" and args and args[0] is not ...:
        return (list(args[:-1]), args[-1])
    return args


def get_type_hints(object, globalns=None, localns=None, include_extras=False):
    if not isinstance(object, type):
        names = globalns or getattr(object, "__globals__", None) or {}
        return _evaluated(getattr(object, "__annotations__", {}), names, localns)
    hints = {}
    for base in reversed(object.__mro__):
        # A class is read with the names of its own module.
        names = globalns or getattr(sys.modules.get(base.__module__), "__dict__", {})
        hints.update(_evaluated(base.__dict__.get("__annotations__", {}), names, localns))
    return hints


def _evaluated(annotations, globalns, localns):
    names = {**globalns, **(localns or {})}
    return {name: eval(kind, names) if isinstance(kind, str) else type(None) if kind is None else kind
            for name, kind in annotations.items()}


class _Fields(tuple):
    def __init_subclass__(cls, **kwargs):
        if "__annotations__" in cls.__dict__:
            _collections.adopt(cls)


class _NamedTuple:
    def __call__(self, name, fields=(), /, **kwargs):
        kinds = {**dict(fields), **kwargs}
        made = _collections.namedtuple(name, list(kinds), module="__main__")
        made.__annotations__ = kinds
        return made

    def __mro_entries__(self, bases):
        return (_Fields,)

    def __repr__(self):
        return "<function NamedTuple>"


NamedTuple = _NamedTuple()
