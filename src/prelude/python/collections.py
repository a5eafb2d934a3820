"""Containers."""

from _collections import namedtuple

__all__ = [
    "ChainMap", "Counter", "OrderedDict", "UserDict", "UserList", "UserString", "defaultdict", "deque", "namedtuple",
]


def __getattr__(name):
    if name in ("ChainMap", "UserDict", "UserList", "UserString"):
        import _collections_user

        found = getattr(_collections_user, name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'collections' has no attribute {name!r}")
