"""What typing has, under the name that brings it to older releases of Python."""

from typing import *
from typing import TYPE_CHECKING, runtime_checkable


def _warning(function, message, category, stacklevel):
    import functools
    import warnings

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        warnings.warn(message, category=category, stacklevel=stacklevel + 1)
        return function(*args, **kwargs)

    wrapper.__deprecated__ = function.__deprecated__ = message
    return wrapper


def deprecated(message, /, *, category=DeprecationWarning, stacklevel=1):
    """A decorator: calling the function, or making an object of the class, is warned of; with no category it only says so."""
    def mark(target):
        if category is None:
            target.__deprecated__ = message
            return target
        if isinstance(target, type):
            target.__deprecated__ = message
            if "__init__" in target.__dict__:
                target.__init__ = _warning(target.__init__, message, category, stacklevel)
            return target
        if isinstance(target, (classmethod, staticmethod)):
            return type(target)(_warning(target.__func__, message, category, stacklevel))
        return _warning(target, message, category, stacklevel)

    return mark
