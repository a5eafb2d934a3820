"""What typing has, under the name that brings it to older releases of Python."""

from typing import *
from typing import TYPE_CHECKING, runtime_checkable


def deprecated(message, /, *, category=DeprecationWarning, stacklevel=1):
    """A decorator: the function stays as it is, and says so."""
    def mark(function):
        function.__deprecated__ = message
        return function

    return mark
