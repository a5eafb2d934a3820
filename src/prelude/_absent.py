"""Names that programs import and this shell does not have: an import finds them, using one is refused by its name."""


class _Absent(type):
    """The class of what is not here."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")
        raise NotImplementedError(cls._why)


def _refuse(self, *args, **kwargs):
    raise NotImplementedError(type(self)._why)


def made(module, name, why):
    """A class of that name, to be inherited from and passed around; making an object of it is an error."""
    text = f"{module}.{name} is not in this shell" + (f": {why}" if why else "")
    return _Absent(name, (), {"__init__": _refuse, "__module__": module, "_why": text})


def names(module, listed, why=""):
    """A `__getattr__` for a module that has these names without what they stand for, and a `__dir__` that lists them."""
    known, found = listed.split(), {}

    def get(name):
        if name not in known:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if name not in found:
            found[name] = made(module, name, why)
        return found[name]

    return get, lambda: known
