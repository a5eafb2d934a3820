"""What objects of Python's library are pickled as, and how they are made again: as those of Python itself.

A class is known by its module and name, so that no module is read for it that the program did not ask for.
"""


def _date_bytes(value):
    return bytes([value.year // 256, value.year % 256, value.month, value.day])


def _time_bytes(value):
    micro = value.microsecond
    return bytes([value.hour, value.minute, value.second, micro >> 16, micro >> 8 & 255, micro & 255])


def _date_of(data):
    return data[0] * 256 + data[1], data[2] & 127, data[3]


def _time_of(data):
    return data[0] & 127, data[1], data[2], data[3] << 16 | data[4] << 8 | data[5]


def _zoned(data, zone):
    return (data,) if zone is None else (data, zone)


def _partial(value):
    own = {name: one for name, one in value.__dict__.items() if name not in ("func", "args", "keywords")}
    return (value.func,), (value.func, value.args, value.keywords, own or None)


def _methodcaller(value):
    if value._kwargs:
        raise TypeError("cannot pickle 'operator.methodcaller' object with keyword arguments in this shell")
    return ((value._name, *value._args),)


def _refused(value):
    cls = type(value)
    raise TypeError(f"cannot pickle '{cls.__module__}.{cls.__qualname__}' object")


# What follows the arguments is state and items.
_REDUCE = {
    ("datetime", "timedelta"): lambda x: ((x.days, x.seconds, x.microseconds),),
    ("datetime", "timezone"): lambda x: ((x._offset, x._name) if x._name else (x._offset,),),
    ("datetime", "date"): lambda x: ((_date_bytes(x),),),
    ("datetime", "time"): lambda x: (_zoned(_time_bytes(x), x.tzinfo),),
    ("datetime", "datetime"): lambda x: (_zoned(_date_bytes(x) + _time_bytes(x), x.tzinfo),),
    ("pathlib", "PosixPath"): lambda x: (x.parts,),
    ("pathlib", "PurePosixPath"): lambda x: (x.parts,),
    ("pathlib", "PureWindowsPath"): lambda x: (x.parts,),
    ("types", "SimpleNamespace"): lambda x: ((), x.__dict__),
    ("random", "Random"): lambda x: ((), x.getstate()),
    ("decimal", "Decimal"): lambda x: ((str(x),),),
    ("fractions", "Fraction"): lambda x: ((str(x),),),
    ("builtins", "bytearray"): lambda x: ((bytes(x),),),
    ("array", "array"): lambda x: ((x.typecode, x.tolist()),),
    ("operator", "itemgetter"): lambda x: (x._items,),
    ("operator", "attrgetter"): lambda x: (x._attrs,),
    ("operator", "methodcaller"): _methodcaller,
    ("itertools", "count"): _refused,
    ("functools", "partial"): _partial,
    ("threading", "Lock"): _refused,
    ("threading", "RLock"): _refused,
    ("threading", "Condition"): _refused,
    ("threading", "Event"): _refused,
    ("threading", "Semaphore"): _refused,
    ("numpy.random", "PCG64"): lambda x: _generator("__bit_generator_ctor", "PCG64", x.state),
    ("numpy.random", "MT19937"): lambda x: _generator("__bit_generator_ctor", "MT19937", x.state),
    ("numpy.random", "Generator"): lambda x: _generator("__generator_ctor", x._bit_generator),
    ("numpy.random", "RandomState"): lambda x: _generator("__randomstate_ctor", x._bit_generator, x.get_state(legacy=False)),
}


def _generator(name, argument, *state):
    """By the function that numpy itself names."""
    return ("numpy.random._pickle", name, (argument,), *state)


def _timezone(module, offset, name=None):
    if name is None and offset == module.timedelta(0):
        return module.timezone.utc
    return module.timezone(offset, name)


def _listed(items):
    """What a file has as items: nothing that would first have to be made, as a range of any length."""
    if not isinstance(items, (list, tuple, bytes)):
        raise TypeError(f"items in a {type(items).__name__}")
    return items


def _zone(zone):
    if zone is not None and not hasattr(zone, "utcoffset"):
        raise TypeError("this shell does not have the class of this time zone")
    return zone


def _fraction(module, above, below=None):
    if isinstance(above, str) and "e" in above.lower():
        raise ValueError("a fraction is not pickled with an exponent")
    return module.Fraction(above) if below is None else module.Fraction(above, below)


def _type_of(module, value):
    """The types without a name of their own; no other class is asked for."""
    if value is not None and value is not ... and value is not NotImplemented:
        raise TypeError("the class of an object")
    return type(value)


def _subscripted(module, of, key):
    """`Optional[int]`; of nothing else a part is taken for a file."""
    if type(of).__module__ != "typing":
        raise TypeError("a part of an object")
    return of[key]


def _method(module, of, name):
    """A method of a module of torch.nn, as its hooks are pickled; no other attribute is looked up for a file."""
    import types

    from torch.nn import Module

    found = getattr(type(of), name, None)
    if not isinstance(of, Module) or not isinstance(found, types.FunctionType):
        raise TypeError("only an attribute of a module can be asked for here")
    return types.MethodType(found, of)


# From the module and the arguments; none: the class is called with the arguments.
_MAKE = {
    ("datetime", "timedelta"): None,
    ("datetime", "timezone"): _timezone,
    ("datetime", "date"): lambda module, data: module.date(*_date_of(data)),
    ("datetime", "time"): lambda module, data, zone=None: module.time(*_time_of(data), _zone(zone)),
    ("datetime", "datetime"): lambda module, data, zone=None: module.datetime(
        *_date_of(data), *_time_of(data[4:]), _zone(zone)
    ),
    ("pathlib", "PosixPath"): lambda module, *parts: module.Path(*parts),
    ("pathlib", "WindowsPath"): lambda module, *parts: module.Path(*parts),
    ("pathlib", "PurePosixPath"): None,
    ("pathlib", "PureWindowsPath"): None,
    ("random", "Random"): None,
    ("types", "SimpleNamespace"): None,
    ("collections", "deque"): lambda module, items=(), most=None: module.deque(_listed(items), most),
    ("decimal", "Decimal"): None,
    ("fractions", "Fraction"): _fraction,
    ("functools", "partial"): None,
    ("operator", "getitem"): _subscripted,
    ("operator", "itemgetter"): None,
    ("operator", "attrgetter"): None,
    ("operator", "methodcaller"): None,
    ("array", "array"): lambda module, code, items=(): module.array(code, _listed(items)),
    ("array", "_array_reconstructor"): lambda module, cls, code, kind, data: module._array_reconstructor(
        module.array, code, kind, data
    ),
    ("ipaddress", "IPv4Address"): None,
    ("ipaddress", "IPv6Address"): None,
    ("ipaddress", "IPv4Network"): None,
    ("ipaddress", "IPv6Network"): None,
    ("ipaddress", "IPv4Interface"): None,
    ("ipaddress", "IPv6Interface"): None,
    ("numpy.random._pickle", "__bit_generator_ctor"): lambda numpy, *a: numpy.random._pickle.__bit_generator_ctor(*a),
    ("numpy.random._pickle", "__generator_ctor"): lambda numpy, *a: numpy.random._pickle.__generator_ctor(*a),
    ("numpy.random._pickle", "__randomstate_ctor"): lambda numpy, *a: numpy.random._pickle.__randomstate_ctor(*a),
    ("re", "_compile"): lambda module, pattern, flags: module.compile(pattern, flags),
    ("builtins", "type"): _type_of,
    ("builtins", "getattr"): _method,
    ("builtins", "range"): None,
    ("builtins", "slice"): None,
}


def reduce(value):
    """`(module, name, arguments[, state[, items]])`; None for what is pickled as any object."""
    cls = type(value)
    if hasattr(cls, "_member_map_"):
        return cls.__module__, cls.__qualname__, (value._value_,)
    if cls.__module__ == "torch.return_types":
        return cls.__module__, cls.__qualname__, (tuple(value), {})
    if cls.__module__ == "re" and cls.__name__ == "Pattern":
        return "re", "_compile", (value.pattern, int(value.flags))
    found = _REDUCE.get((cls.__module__, cls.__qualname__))
    if found is None or cls.__module__ == "numpy.random":
        return None if found is None else found(value)
    return (cls.__module__, cls.__qualname__) + found(value)


def make(module, name, arguments):
    """The object again; None for a class that is none of these."""
    module = {"pathlib._local": "pathlib", "__builtin__": "builtins", "_operator": "operator"}.get(module, module)
    name = {"xrange": "range"}.get(name, name)
    if (module, name) not in _MAKE:
        return None
    home = __import__(module)
    by = _MAKE[module, name]
    return getattr(home, name)(*arguments) if by is None else by(home, *arguments)
