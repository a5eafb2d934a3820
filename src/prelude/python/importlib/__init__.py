"""Imports by name."""

from _imp import import_module as _import


def import_module(name, package=None):
    """The module of that name; dots before it count from the package."""
    if name.startswith("."):
        if not package:
            raise TypeError(f"the 'package' argument is required to perform a relative import for {name!r}")
        from importlib.util import resolve_name

        name = resolve_name(name, package)
    return _import(name)


def reload(module):
    """Runs the file of a module again, over the names it has."""
    import sys
    import types

    if not isinstance(module, types.ModuleType):
        raise TypeError("reload() argument must be a module")
    name = module.__name__
    if sys.modules.get(name) is not module:
        raise ImportError(f"module {name} not in sys.modules", name=name)
    path = getattr(module, "__file__", None)
    if path:
        from importlib.machinery import SourceFileLoader

        SourceFileLoader(name, path).exec_module(module)
    return sys.modules[name]


def invalidate_caches():
    """Nothing is kept of what folders hold."""


def __getattr__(name):
    if name == "__import__":
        return __import__
    raise AttributeError(f"module 'importlib' has no attribute {name!r}")
