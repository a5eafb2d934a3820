"""What kinds of containers there are."""


def _has(*names):
    return staticmethod(lambda value: all(hasattr(type(value), name) for name in names))


class Hashable:
    __instancehook__ = staticmethod(lambda value: not isinstance(value, (list, dict, set)))


class Callable:
    __instancehook__ = staticmethod(callable)


class Iterable:
    __instancehook__ = staticmethod(
        lambda value: isinstance(value, (str, bytes, list, tuple, dict, set, frozenset, range))
        or hasattr(type(value), "__iter__")
        or Iterator.__instancehook__(value)
    )


class Iterator:
    __instancehook__ = staticmethod(
        lambda value: hasattr(type(value), "__next__")
        or type(value).__name__.endswith(("iterator", "enumerate", "zip", "map", "filter", "reversed", "generator"))
    )


Generator = Iterator


class Sized:
    __instancehook__ = _has("__len__")


class Container:
    __instancehook__ = _has("__contains__")


class Mapping:
    __instancehook__ = staticmethod(
        lambda value: isinstance(value, dict) or (hasattr(type(value), "keys") and hasattr(type(value), "__getitem__"))
    )


MutableMapping = Mapping


class Sequence:
    __instancehook__ = staticmethod(lambda value: isinstance(value, (str, bytes, list, tuple, range)))


class MutableSequence:
    __instancehook__ = staticmethod(lambda value: isinstance(value, list))


class Set:
    __instancehook__ = staticmethod(lambda value: isinstance(value, (set, frozenset)))
