"""The files of a package."""

from importlib import import_module
from pathlib import Path


def files(package):
    """The folder of a package."""
    module = import_module(package) if isinstance(package, str) else package
    folders = getattr(module, "__path__", None)
    if not folders:
        raise TypeError(f"{module.__name__!r} is not a package with files of its own")
    return Path(folders[0])


def read_text(package, resource, encoding="utf-8"):
    return (files(package) / resource).read_text(encoding=encoding)


def read_binary(package, resource):
    return (files(package) / resource).read_bytes()
