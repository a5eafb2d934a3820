"""Names for annotations. Nothing here checks anything."""

import _collections

TYPE_CHECKING = False


class _Special:
    def __init__(self, name):
        self._name = name

    def __getitem__(self, parameters):
        return self

    def __call__(self, *args, **kwargs):
        raise TypeError(f"Cannot instantiate typing.{self._name}")

    def __or__(self, other):
        return self

    def __ror__(self, other):
        return self

    def __repr__(self):
        return f"typing.{self._name}"


class Generic:
    def __class_getitem__(cls, parameters):
        return cls


class Protocol:
    def __class_getitem__(cls, parameters):
        return cls


class TypeVar:
    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False):
        self.__name__ = name

    def __repr__(self):
        return f"~{self.__name__}"


Any = _Special("Any")
Union = _Special("Union")
Optional = _Special("Optional")
Callable = _Special("Callable")
ClassVar = _Special("ClassVar")
Final = _Special("Final")
Literal = _Special("Literal")
NoReturn = _Special("NoReturn")
Type = _Special("Type")
Iterable = _Special("Iterable")
Iterator = _Special("Iterator")
Generator = _Special("Generator")
Sequence = _Special("Sequence")
Mapping = _Special("Mapping")
MutableMapping = _Special("MutableMapping")
MutableSequence = _Special("MutableSequence")
Hashable = _Special("Hashable")
Sized = _Special("Sized")
Self = _Special("Self")
Annotated = _Special("Annotated")
AnyStr = TypeVar("AnyStr")
Text = str
List = list
Dict = dict
Tuple = tuple
Set = set
FrozenSet = frozenset
from collections import Counter, OrderedDict, defaultdict
from collections import deque as Deque

DefaultDict = defaultdict


def cast(type, value):
    return value


def overload(function):
    return function


def final(function):
    return function


def runtime_checkable(cls):
    return cls


def get_type_hints(object, *rest):
    return dict(getattr(object, "__annotations__", {}))


class _Fields(tuple):
    def __init_subclass__(cls, **kwargs):
        _collections.adopt(cls)


class _NamedTuple:
    def __call__(self, name, fields):
        return _collections.namedtuple(name, [field for field, _ in fields])

    def __mro_entries__(self, bases):
        return (_Fields,)

    def __repr__(self):
        return "<function NamedTuple>"


NamedTuple = _NamedTuple()
