"""Classes that hold data."""


class _Missing:
    def __repr__(self):
        return "MISSING"


MISSING = _Missing()


class Field:
    def __init__(self, default, default_factory, init, repr, compare, metadata):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.metadata = metadata or {}


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, compare=True, hash=None, metadata=None, kw_only=False):
    return Field(default, default_factory, init, repr, compare, metadata)


class FrozenInstanceError(AttributeError):
    pass


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, slots=False, kw_only=False):
    def wrap(cls):
        return _process(cls, init, repr, eq, order, frozen)

    return wrap if cls is None else wrap(cls)


def _process(cls, init, repr, eq, order, frozen):
    known = {}
    for base in reversed(cls.__mro__[1:]):
        known.update(base.__dict__.get("__dataclass_fields__", {}))
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        default = cls.__dict__.get(name, MISSING)
        new = default if isinstance(default, Field) else field(default=default)
        if isinstance(new.default, (list, dict, set)):
            raise ValueError(f"mutable default {type(new.default)} for field {name} is not allowed: use default_factory")
        new.name, new.type = name, annotation
        known[name] = new
        if isinstance(default, Field):
            if new.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, new.default)
    cls.__dataclass_fields__ = known
    cls.__match_args__ = tuple(name for name, f in known.items() if f.init)
    if init and "__init__" not in cls.__dict__:
        cls.__init__ = _make_init(cls, known)
    if repr and "__repr__" not in cls.__dict__:
        cls.__repr__ = _repr
    if eq and "__eq__" not in cls.__dict__:
        cls.__eq__ = _eq
    if order:
        cls.__lt__ = lambda self, other: _key(self) < _key(other)
        cls.__le__ = lambda self, other: _key(self) <= _key(other)
        cls.__gt__ = lambda self, other: _key(self) > _key(other)
        cls.__ge__ = lambda self, other: _key(self) >= _key(other)
    if frozen:
        cls.__setattr__ = _refuse
        cls.__hash__ = lambda self: hash(_key(self))
    return cls


def _make_init(cls, known):
    def __init__(self, *args, **kwargs):
        names = [name for name, f in known.items() if f.init]
        if len(args) > len(names):
            optional = [f for f in known.values() if f.init and not (f.default is MISSING and f.default_factory is MISSING)]
            takes, given = len(names) + 1, len(args) + 1
            takes = f"from {takes - len(optional)} to {takes}" if optional else takes
            raise TypeError(f"{cls.__name__}.__init__() takes {takes} positional arguments but {given} were given")
        values = dict(zip(names, args))
        for name, value in kwargs.items():
            if name in values:
                raise TypeError(f"{cls.__name__}.__init__() got multiple values for argument '{name}'")
            if name not in names:
                raise TypeError(f"{cls.__name__}.__init__() got an unexpected keyword argument '{name}'")
            values[name] = value
        missing = []
        for name, f in known.items():
            if name in values:
                value = values[name]
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif f.default is not MISSING:
                value = f.default
            elif f.init:
                missing.append(name)
                continue
            else:
                continue
            object.__setattr__(self, name, value)
        if missing:
            plural = "s" if len(missing) > 1 else ""
            quoted = [f"'{name}'" for name in missing]
            listed = quoted[0] if len(quoted) == 1 else " and ".join(quoted) if len(quoted) == 2 else ", ".join(quoted[:-1]) + ", and " + quoted[-1]
            raise TypeError(f"{cls.__name__}.__init__() missing {len(missing)} required positional argument{plural}: {listed}")
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    return __init__


def _repr(self):
    shown = [f"{name}={getattr(self, name)!r}" for name, f in self.__dataclass_fields__.items() if f.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _key(self):
    return tuple(getattr(self, name) for name, f in self.__dataclass_fields__.items() if f.compare)


def _eq(self, other):
    if type(other) is not type(self):
        return NotImplemented
    return _key(self) == _key(other)


def _refuse(self, name, value):
    raise FrozenInstanceError(f"cannot assign to field '{name}'")


def fields(thing):
    return tuple(thing.__dataclass_fields__.values())


def is_dataclass(thing):
    return hasattr(thing, "__dataclass_fields__")


def asdict(thing, *, dict_factory=dict):
    if is_dataclass(thing):
        return dict_factory([(f.name, asdict(getattr(thing, f.name), dict_factory=dict_factory)) for f in fields(thing)])
    if isinstance(thing, (list, tuple)):
        return type(thing)([asdict(x, dict_factory=dict_factory) for x in thing])
    if isinstance(thing, dict):
        return {k: asdict(v, dict_factory=dict_factory) for k, v in thing.items()}
    return thing


def astuple(thing):
    return tuple(getattr(thing, f.name) for f in fields(thing))


def replace(thing, /, **changes):
    values = {f.name: getattr(thing, f.name) for f in fields(thing) if f.init}
    values.update(changes)
    return type(thing)(**values)
