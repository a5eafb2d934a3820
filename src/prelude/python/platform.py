"""The machine and the system, by name."""

import sys


def system():
    return "Linux" if sys.platform == "linux" else sys.platform.capitalize()


def python_version():
    return ".".join(str(part) for part in sys.version_info[:3])


def python_version_tuple():
    return tuple(python_version().split("."))


def python_implementation():
    return "CPython"


