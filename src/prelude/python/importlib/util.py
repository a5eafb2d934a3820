"""Modules found and loaded step by step."""

import os
import sys

from _imp import locate
from importlib.machinery import BuiltinImporter, ModuleSpec, SourceFileLoader


def resolve_name(name, package):
    """The whole name of one that begins with dots."""
    if not name.startswith("."):
        return name
    if not package:
        raise ImportError(f"no package specified for {name!r} (required for relative module names)")
    rest = name.lstrip(".")
    parts = package.split(".")
    up = len(name) - len(rest) - 1
    if up >= len(parts):
        raise ImportError("attempted relative import beyond top-level package")
    base = ".".join(parts[: len(parts) - up])
    return f"{base}.{rest}" if rest else base


def find_spec(name, package=None):
    """What a module would be loaded from; None where there is none. The packages that it lies in are imported."""
    name = resolve_name(name, package)
    parent = name.rpartition(".")[0]
    if parent:
        from importlib import import_module

        import_module(parent)
    elif name in sys.modules:
        module = sys.modules[name]
        if getattr(module, "__spec__", None) is not None:
            return module.__spec__
    return _spec_of(name)


def _spec_of(name):
    found = locate(name)
    if found is None:
        return None
    file, folders = found
    if file == "built-in":
        spec = ModuleSpec(name, BuiltinImporter, origin=file)
    elif file is None:
        spec = ModuleSpec(name, None)
    else:
        spec = spec_from_file_location(name, file)
    spec.submodule_search_locations = folders
    return spec


def spec_from_file_location(name, location=None, *, loader=None, submodule_search_locations=None):
    """What a module made from this file would be."""
    path = os.path.abspath(location)
    if loader is None:
        if not path.endswith(".py"):
            return None
        loader = SourceFileLoader(name, path)
    spec = ModuleSpec(name, loader, origin=path)
    spec.has_location = True
    spec.submodule_search_locations = submodule_search_locations
    return spec


def spec_from_loader(name, loader, *, origin=None, is_package=None):
    return ModuleSpec(name, loader, origin=origin, is_package=is_package)


def module_from_spec(spec):
    """The module, before its code has run."""
    import types

    module = spec.loader.create_module(spec) if hasattr(spec.loader, "create_module") else None
    if module is None:
        module = types.ModuleType(spec.name)
        module.__spec__ = spec
        module.__loader__ = spec.loader
        module.__package__ = spec.parent
        if spec.submodule_search_locations is not None:
            module.__path__ = spec.submodule_search_locations
        if spec.has_location:
            module.__file__ = spec.origin
    return module
