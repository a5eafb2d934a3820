"""numpy: what stands in the table of builtins, and the rest by name, its file read when a name of it is first used."""
from importlib import import_module

_PARTS = ("_elementwise", "_shapes", "_sorted", "_files", "_io", "_numbers", "_printing", "_text_files", "_general", "_objects", "_records")


def __getattr__(name):
    if not name.startswith("_"):
        for part in _PARTS:
            module = import_module("numpy." + part)
            if name in module.__all__:
                value = globals()[name] = getattr(module, name)
                return value
    raise AttributeError(f"module 'numpy' has no attribute '{name}'")


def __dir__():
    names = []
    for part in _PARTS:
        names.extend(import_module("numpy." + part).__all__)
    return names
