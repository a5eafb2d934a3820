"""What went wrong, as text. Frames are not kept as objects here, so it is the last line."""

import sys


def format_exception_only(kind, value=None):
    value = kind if value is None else value
    name, text = type(value).__name__, str(value)
    return [f"{name}: {text}\n" if text else f"{name}\n"]


def format_exc(limit=None, chain=True):
    kind, value, _ = sys.exc_info()
    if value is None:
        return "NoneType: None\n"
    return "Traceback (most recent call last):\n" + "".join(format_exception_only(kind, value))


def print_exc(limit=None, file=None, chain=True):
    print(format_exc(), end="", file=sys.stderr if file is None else file)


def format_exception(kind, value=None, tb=None):
    return ["Traceback (most recent call last):\n", *format_exception_only(kind, value)]
