"""Warnings go to the person at the shell, never into a program's output."""

import _warnings

_filters = []


def warn(message, category=None, stacklevel=1, source=None):
    if isinstance(message, Warning):
        category, message = type(message), str(message)
    category = UserWarning if category is None else category
    for action, kind in reversed(_filters):
        if issubclass(category, kind):
            if action == "error":
                raise category(message)
            if action == "ignore":
                return
            break
    _warnings.show(f"{category.__name__}: {message}")


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    _filters.append((action, category))


def simplefilter(action, category=Warning, lineno=0, append=False):
    _filters.append((action, category))


def resetwarnings():
    _filters.clear()


class catch_warnings:
    def __init__(self, *, record=False, module=None, action=None, category=Warning):
        self._record = record

    def __enter__(self):
        self._before = list(_filters)
        return [] if self._record else None

    def __exit__(self, *rest):
        _filters[:] = self._before
