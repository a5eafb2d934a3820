"""Classes that hold data."""

import copy
import keyword

from types import MappingProxyType


class _Missing:
    def __repr__(self):
        return "<dataclasses._MISSING_TYPE object>"


class _KeywordOnly:
    def __repr__(self):
        return "KW_ONLY"


class FrozenInstanceError(AttributeError):
    pass


MISSING = _Missing()
KW_ONLY = _KeywordOnly()


class InitVar:
    """What `__init__` takes and hands to `__post_init__` without keeping it."""

    def __init__(self, type):
        self.type = type

    def __class_getitem__(cls, type):
        return cls(type)

    def __repr__(self):
        is_plain = isinstance(self.type, type) and not hasattr(self.type, "__args__")
        return f"dataclasses.InitVar[{self.type.__name__ if is_plain else repr(self.type)}]"


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = MappingProxyType({} if metadata is None else metadata)
        self.kw_only = kw_only
        self._field_type = None

    def __set_name__(self, owner, name):
        # A default may want to know its name, as it would without `field()` around it.
        told = getattr(type(self.default), "__set_name__", None)
        if told is not None:
            told(self.default, owner, name)

    def __repr__(self):
        names = ("name", "type", "default", "default_factory", "init", "repr", "hash", "compare", "metadata", "kw_only", "_field_type")
        return "Field(" + ",".join([f"{name}={getattr(self, name)!r}" for name in names]) + ")"

    @property
    def _has_default(self):
        return self.default is not MISSING or self.default_factory is not MISSING


class _Kind:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


_FIELD, _FIELD_CLASSVAR, _FIELD_INITVAR = _Kind("_FIELD"), _Kind("_FIELD_CLASSVAR"), _Kind("_FIELD_INITVAR")


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=MISSING):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True,
              kw_only=False, slots=False, weakref_slot=False):
    options = _Parameters(init, repr, eq, order, unsafe_hash, frozen)

    def wrap(cls):
        return _process(cls, options, match_args, kw_only, slots)

    return wrap if cls is None else wrap(cls)


class _Parameters:
    def __init__(self, init, repr, eq, order, unsafe_hash, frozen):
        self.init, self.repr, self.eq, self.order, self.unsafe_hash, self.frozen = init, repr, eq, order, unsafe_hash, frozen

    def __repr__(self):
        return "_DataclassParams(" + ",".join([f"{name}={value!r}" for name, value in self.__dict__.items()]) + ")"


def _kind_of(annotation):
    text = annotation if isinstance(annotation, str) else repr(annotation)
    if isinstance(annotation, InitVar) or annotation is InitVar or text.startswith(("InitVar[", "dataclasses.InitVar[")):
        return _FIELD_INITVAR
    if text.startswith(("typing.ClassVar", "ClassVar", "t.ClassVar")):
        return _FIELD_CLASSVAR
    return _FIELD


def _own_fields(cls, kw_only):
    found, seen_keyword_only = [], False
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        if annotation is KW_ONLY or isinstance(annotation, str) and annotation in ("KW_ONLY", "dataclasses.KW_ONLY"):
            if seen_keyword_only:
                raise TypeError(f"{name!r} is KW_ONLY, but KW_ONLY has already been specified")
            seen_keyword_only = kw_only = True
            continue
        default = getattr(cls, name, MISSING)
        new = default if isinstance(default, Field) else field(default=default)
        new.name, new.type = name, annotation
        new._field_type = _kind_of(annotation)
        if new._field_type is not _FIELD and new.default_factory is not MISSING:
            raise TypeError(f"field {name} cannot have a default factory")
        if new._field_type is _FIELD_CLASSVAR and new.kw_only is not MISSING:
            raise TypeError(f"field {name} is a ClassVar but specifies kw_only")
        if new.kw_only is MISSING:
            new.kw_only = kw_only
        if new._field_type is _FIELD and type(new.default).__hash__ is None:
            raise ValueError(f"mutable default {type(new.default)} for field {name} is not allowed: use default_factory")
        found.append(new)
        if isinstance(default, Field):
            if new.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, new.default)
    for name, value in cls.__dict__.items():
        if isinstance(value, Field) and name not in cls.__dict__.get("__annotations__", {}):
            raise TypeError(f"{name!r} is a field but has no type annotation")
    return found


def _process(cls, options, match_args, kw_only, slots):
    known = {}
    for base in reversed(cls.__mro__[1:]):
        inherited = base.__dict__.get("__dataclass_fields__")
        if inherited is None:
            continue
        known.update(inherited)
        if base.__dict__["__dataclass_params__"].frozen != options.frozen:
            how = "frozen dataclass from a non-frozen one" if options.frozen else "non-frozen dataclass from a frozen one"
            raise TypeError(f"cannot inherit {how}")
    for new in _own_fields(cls, kw_only):
        known[new.name] = new
    cls.__dataclass_fields__ = known
    cls.__dataclass_params__ = options
    if options.init:
        made = _make_init(cls, known, options.frozen)
        if "__init__" not in cls.__dict__:
            _set(cls, "__init__", made)
    if options.repr:
        _set_new(cls, "__repr__", _repr)
    if options.eq:
        _set_new(cls, "__eq__", _eq)
    if options.order:
        _set_order(cls, options)
    if options.frozen:
        for name, method in (("__setattr__", _refuse_set), ("__delattr__", _refuse_delete)):
            if name in cls.__dict__:
                raise TypeError(f"Cannot overwrite attribute {name} in class {cls.__name__}")
            setattr(cls, name, method)
    _set_hash(cls, options)
    if match_args and "__match_args__" not in cls.__dict__:
        cls.__match_args__ = tuple([f.name for f in known.values() if f.init and not f.kw_only and f._field_type is not _FIELD_CLASSVAR])
    if not cls.__doc__:
        cls.__doc__ = cls.__name__ + _documented_call(cls, known)
    if slots:
        return _with_slots(cls, known)
    return cls


def _documented_call(cls, known):
    if not hasattr(cls.__dict__.get("__init__"), "__dataclass_parameters__"):
        import inspect

        return str(inspect.signature(cls)).replace(" -> None", "")
    taken = [f for f in known.values() if f.init and f._field_type is not _FIELD_CLASSVAR]
    return "(" + ", ".join([_documented(f) for f in taken]) + ")"


def _documented(f):
    if isinstance(f.type, type) and not hasattr(f.type, "__args__"):
        kind = f.type.__qualname__ if f.type.__module__ == "builtins" else f"{f.type.__module__}.{f.type.__qualname__}"
    else:
        kind = repr(f.type).replace("typing.", "")
    default = " = <factory>" if f.default_factory is not MISSING else f" = {f.default!r}" if f.default is not MISSING else ""
    return f"{f.name}: {kind}{default}"


def _with_slots(cls, known):
    if "__slots__" in cls.__dict__:
        raise TypeError(f"{cls.__name__} already specifies __slots__")
    cls.__slots__ = tuple([name for name, f in known.items() if f._field_type is _FIELD])
    for name in cls.__slots__:
        if name in cls.__dict__:
            delattr(cls, name)
    return cls


def _set(cls, name, method):
    method.__name__ = name
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    setattr(cls, name, method)


def _set_new(cls, name, method):
    if name not in cls.__dict__:
        setattr(cls, name, method)


def _set_order(cls, options):
    if not options.eq:
        raise ValueError("eq must be true if order is true")
    for name, method in (("__lt__", _lt), ("__le__", _le), ("__gt__", _gt), ("__ge__", _ge)):
        if name in cls.__dict__:
            raise TypeError(f"Cannot overwrite attribute {name} in class {cls.__name__}. Consider using functools.total_ordering")
        setattr(cls, name, method)


def _set_hash(cls, options):
    written = cls.__dict__.get("__hash__", MISSING)
    if options.unsafe_hash:
        if written is not MISSING and written is not None:
            raise TypeError(f"Cannot overwrite attribute __hash__ in class {cls.__name__}")
        cls.__hash__ = _hash
    elif options.eq and written is MISSING:
        cls.__hash__ = _hash if options.frozen else None


def _listed(names):
    quoted = [f"'{name}'" for name in names]
    if len(quoted) <= 2:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + ", and " + quoted[-1]


def _make_init(cls, known, frozen):
    assign = object.__setattr__ if frozen else setattr
    taken = [f for f in known.values() if f._field_type is not _FIELD_CLASSVAR]
    by_place = [f for f in taken if f.init and not f.kw_only]
    by_name = [f for f in taken if f.init and f.kw_only]
    with_default = False
    for f in by_place:
        if f._has_default:
            with_default = True
        elif with_default:
            raise TypeError(f"non-default argument {f.name!r} follows default argument")
    names = [f.name for f in by_place]
    accepted = {f.name for f in by_place + by_name}
    optional = len([f for f in by_place if f._has_default])
    has_post_init = hasattr(cls, "__post_init__")
    title = f"{cls.__qualname__}.__init__()"

    def __init__(self, /, *args, **kwargs):
        if len(args) > len(names):
            takes, given = len(names) + 1, len(args) + 1
            takes = f"from {takes - optional} to {takes}" if optional else takes
            plural = "" if takes == 1 else "s"
            raise TypeError(f"{title} takes {takes} positional argument{plural} but {given} {'was' if given == 1 else 'were'} given")
        values = dict(zip(names, args))
        for name, value in kwargs.items():
            if name not in accepted:
                raise TypeError(f"{title} got an unexpected keyword argument '{name}'")
            if name in values:
                raise TypeError(f"{title} got multiple values for argument '{name}'")
            values[name] = value
        for group, kind in ((by_place, "positional"), (by_name, "keyword-only")):
            missing = [f.name for f in group if f.name not in values and not f._has_default]
            if missing:
                plural = "s" if len(missing) > 1 else ""
                raise TypeError(f"{title} missing {len(missing)} required {kind} argument{plural}: {_listed(missing)}")
        handed = []
        for f in taken:
            if f.name in values:
                value = values[f.name]
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif f.default is not MISSING and f.init:
                value = f.default
            else:
                # Without a place in `__init__`, a default stays with the class.
                continue
            if f._field_type is _FIELD_INITVAR:
                handed.append(value)
            else:
                assign(self, f.name, value)
        if has_post_init:
            self.__post_init__(*handed)

    __init__.__dataclass_parameters__ = (by_place, by_name)
    __init__.__annotations__ = {f.name: f.type for f in by_place + by_name}
    __init__.__annotations__["return"] = None
    return __init__


_shown = []


def _repr(self):
    if id(self) in _shown:
        return "..."
    _shown.append(id(self))
    try:
        parts = [f"{f.name}={getattr(self, f.name)!r}" for f in self.__dataclass_fields__.values() if f.repr and f._field_type is _FIELD]
    finally:
        _shown.pop()
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _key(self):
    return tuple([getattr(self, f.name) for f in self.__dataclass_fields__.values() if f.compare and f._field_type is _FIELD])


def _hash(self):
    return hash(tuple([getattr(self, f.name) for f in self.__dataclass_fields__.values()
                       if f._field_type is _FIELD and (f.compare if f.hash is None else f.hash)]))


def _eq(self, other):
    return _key(self) == _key(other) if type(other) is type(self) else NotImplemented


def _lt(self, other):
    return _key(self) < _key(other) if type(other) is type(self) else NotImplemented


def _le(self, other):
    return _key(self) <= _key(other) if type(other) is type(self) else NotImplemented


def _gt(self, other):
    return _key(self) > _key(other) if type(other) is type(self) else NotImplemented


def _ge(self, other):
    return _key(self) >= _key(other) if type(other) is type(self) else NotImplemented


def _refuse_set(self, name, value):
    if "__dataclass_fields__" in type(self).__dict__ or name in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _refuse_delete(self, name):
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def fields(thing):
    known = getattr(thing, "__dataclass_fields__", None)
    if known is None:
        raise TypeError("must be called with a dataclass type or instance")
    return tuple([f for f in known.values() if f._field_type is _FIELD])


def is_dataclass(thing):
    return hasattr(thing if isinstance(thing, type) else type(thing), "__dataclass_fields__")


def _is_instance(thing):
    return hasattr(type(thing), "__dataclass_fields__")


def _plain(thing, of_dataclass):
    if _is_instance(thing):
        return of_dataclass(thing)
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):
        return type(thing)(*[_plain(x, of_dataclass) for x in thing])
    if isinstance(thing, (list, tuple)):
        return type(thing)([_plain(x, of_dataclass) for x in thing])
    if isinstance(thing, dict):
        pairs = [(_plain(k, of_dataclass), _plain(v, of_dataclass)) for k, v in thing.items()]
        if hasattr(type(thing), "default_factory"):
            made = type(thing)(thing.default_factory)
            made.update(pairs)
            return made
        return type(thing)(pairs)
    return copy.deepcopy(thing)


def asdict(thing, *, dict_factory=dict):
    if not _is_instance(thing):
        raise TypeError("asdict() should be called on dataclass instances")
    made = lambda value: dict_factory([(f.name, _plain(getattr(value, f.name), made)) for f in fields(value)])
    return made(thing)


def astuple(thing, *, tuple_factory=tuple):
    if not _is_instance(thing):
        raise TypeError("astuple() should be called on dataclass instances")
    made = lambda value: tuple_factory([_plain(getattr(value, f.name), made) for f in fields(value)])
    return made(thing)


def replace(thing, /, **changes):
    if not _is_instance(thing):
        raise TypeError("replace() should be called on dataclass instances")
    for f in thing.__dataclass_fields__.values():
        if f._field_type is _FIELD_CLASSVAR:
            continue
        if not f.init:
            if f.name in changes:
                raise ValueError(f"field {f.name} is declared with init=False, it cannot be specified with replace()")
            continue
        if f.name not in changes:
            if f._field_type is _FIELD_INITVAR and f.default is MISSING:
                raise ValueError(f"InitVar {f.name!r} must be specified with replace()")
            changes[f.name] = getattr(thing, f.name)
    return type(thing)(**changes)


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, **options):
    names = dict(namespace or {})
    annotations = {}
    for item in fields:
        if not isinstance(item, str) and len(item) not in (2, 3):
            raise TypeError(f"Invalid field: {item!r}")
        name, kind, *default = (item, "typing.Any") if isinstance(item, str) else item
        if not isinstance(name, str) or not name.isidentifier():
            raise TypeError(f"Field names must be valid identifiers: {name!r}")
        if keyword.iskeyword(name):
            raise TypeError(f"Field names must not be keywords: {name!r}")
        if name in annotations:
            raise TypeError(f"Field name duplicated: {name!r}")
        annotations[name] = kind
        if default:
            names[name] = default[0]
    names["__annotations__"] = annotations
    return dataclass(type(cls_name, tuple(bases), names), **options)
