"""Warnings go to the person at the shell, never into a program's output."""

import _warnings
import re

_filters = []
_shown = set()
_recorders = []


class WarningMessage:
    def __init__(self, message, category, filename="", lineno=0, file=None, line=None, source=None):
        self.message, self.category = message, category
        self.filename, self.lineno, self.file, self.line, self.source = filename, lineno, file, line, source

    def __str__(self):
        return (f"{{message : {self.message!r}, category : {self.category.__name__!r}, filename : {self.filename!r}, "
                f"lineno : {self.lineno}, line : {self.line!r}}}")


def warn(message, category=None, stacklevel=1, source=None):
    if isinstance(message, Warning):
        category = type(message)
    category = UserWarning if category is None else category
    if not (isinstance(category, type) and issubclass(category, Warning)):
        raise TypeError(f"category must be a Warning subclass, not '{type(category).__name__}'")
    text = str(message)
    action = _action_for(text, category)
    if action == "ignore":
        return
    if action == "error":
        raise message if isinstance(message, Warning) else category(text)
    if action in ("once", "default", "module") and not _recorders or action == "once":
        if (text, category) in _shown:
            return
        _shown.add((text, category))
    if _recorders:
        made = message if isinstance(message, Warning) else category(text)
        _recorders[-1].append(WarningMessage(made, category))
        return
    _warnings.show(f"{category.__name__}: {text}")


def _action_for(text, category):
    for action, kind, pattern in _filters:
        if issubclass(category, kind) and (not pattern or re.match(pattern, text, re.IGNORECASE)):
            return action
    return "default"


def warn_explicit(message, category, filename, lineno, *rest):
    warn(message, category)


def _add(entry, append):
    if entry in _filters:
        _filters.remove(entry)
    _filters.insert(len(_filters) if append else 0, entry)


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    if action not in ("error", "ignore", "always", "default", "module", "once"):
        raise AssertionError(f"invalid action: {action!r}")
    _add((action, category, message), append)


def simplefilter(action, category=Warning, lineno=0, append=False):
    if action not in ("error", "ignore", "always", "default", "module", "once"):
        raise AssertionError(f"invalid action: {action!r}")
    _add((action, category, ""), append)


def resetwarnings():
    _filters.clear()


def formatwarning(message, category, filename, lineno, line=None):
    return f"{filename}:{lineno}: {category.__name__}: {message}\n"


def showwarning(message, category, filename, lineno, file=None, line=None):
    _warnings.show(f"{category.__name__}: {message}")


class catch_warnings:
    def __init__(self, *, record=False, module=None, action=None, category=Warning, lineno=0, append=False):
        self._record, self._action, self._category = record, action, category

    def __enter__(self):
        self._before = list(_filters)
        self._recorded = [] if self._record else None
        if self._record:
            _recorders.append(self._recorded)
        if self._action is not None:
            simplefilter(self._action, self._category)
        return self._recorded

    def __exit__(self, *rest):
        _filters[:] = self._before
        if self._record:
            _recorders.remove(self._recorded)
