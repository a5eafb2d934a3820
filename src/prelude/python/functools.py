"""Functions of functions: the parts of Python's functools that programs around checkpoints use."""


from _collections import namedtuple
from _functools import remembering
from types import MethodType

_CacheInfo = CacheInfo = namedtuple("CacheInfo", ["hits", "misses", "maxsize", "currsize"])


def reduce(function, iterable, *initial):
    iterator = iter(iterable)
    if initial:
        value = initial[0]
    else:
        try:
            value = next(iterator)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    for item in iterator:
        value = function(value, item)
    return value


class partial:
    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __setstate__(self, state):
        self.func, self.args, self.keywords, attributes = state
        self.__dict__.update(attributes or {})

    def __call__(self, /, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})

    def __repr__(self):
        parts = [repr(self.func)]
        parts.extend(repr(x) for x in self.args)
        parts.extend(f"{k}={v!r}" for k, v in self.keywords.items())
        return "functools.partial(" + ", ".join(parts) + ")"


WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    for name in assigned:
        if hasattr(wrapped, name):
            setattr(wrapper, name, getattr(wrapped, name))
    for name in updated:
        getattr(wrapper, name).update(
            {key: value for key, value in getattr(wrapped, name, {}).items() if key not in WRAPPER_ASSIGNMENTS})
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    return lambda wrapper: update_wrapper(wrapper, wrapped, assigned, updated)


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return _cached(maxsize, 128, False)
    if maxsize is not None and not isinstance(maxsize, int):
        raise TypeError("Expected first argument to be an integer, a callable, or None")
    return lambda function: _cached(function, None if maxsize is None else max(maxsize, 0), typed)


def cache(function):
    return _cached(function, None, False)


def _cached(function, maxsize, typed):
    wrapper = update_wrapper(remembering(function, maxsize, typed, CacheInfo), function)
    wrapper.cache_parameters = lambda: {"maxsize": maxsize, "typed": typed}
    return wrapper


class cached_property:
    def __init__(self, func):
        self.func = func
        self.name = self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        if self.name is not None and self.name != name:
            raise TypeError(
                f"Cannot assign the same cached_property to two different names ({self.name!r} and {name!r}).")
        self.name = self.attrname = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.name is None:
            raise TypeError("Cannot use cached_property instance without calling __set_name__ on it.")
        value = self.func(instance)
        instance.__dict__[self.name] = value
        return value


def cmp_to_key(mycmp):
    compare = mycmp

    class K:
        def __init__(self, value):
            self.value = value

        def __lt__(self, other):
            return compare(self.value, other.value) < 0

        def __gt__(self, other):
            return compare(self.value, other.value) > 0

        def __le__(self, other):
            return compare(self.value, other.value) <= 0

        def __ge__(self, other):
            return compare(self.value, other.value) >= 0

        def __eq__(self, other):
            return compare(self.value, other.value) == 0

        __hash__ = None

    return K


def _derived(name, test):
    """A comparison made of another; what that can't say, this one can't either."""

    def method(self, other):
        return test(self, other)

    method.__name__ = name
    return method


def _from(found, with_equal):
    def test(self, other):
        answer = getattr(type(self), found)(self, other)
        if answer is NotImplemented:
            return answer
        if with_equal == "or":
            return answer or self == other
        if with_equal == "and not":
            return not answer and self != other
        if with_equal == "and":
            return answer and self != other
        if with_equal == "not or":
            return not answer or self == other
        return not answer

    return test


_DERIVED = {
    "__lt__": {"__gt__": "and not", "__le__": "or", "__ge__": "not"},
    "__le__": {"__ge__": "not or", "__lt__": "and", "__gt__": "not"},
    "__gt__": {"__lt__": "and not", "__ge__": "or", "__le__": "not"},
    "__ge__": {"__le__": "not or", "__gt__": "and", "__lt__": "not"},
}


def total_ordering(cls):
    written = [name for name in _DERIVED if any(name in base.__dict__ for base in cls.__mro__ if base is not object)]
    if not written:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    root = next(name for name in ("__lt__", "__le__", "__gt__", "__ge__") if name in written)
    for name, how in _DERIVED[root].items():
        if name not in written:
            setattr(cls, name, _derived(name, _from(root, how)))
    return cls


class partialmethod:
    def __init__(self, func, /, *args, **keywords):
        if not callable(func) and not hasattr(func, "__get__"):
            raise TypeError(f"{func!r} is not callable or a descriptor")
        if isinstance(func, partialmethod):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func, self.args, self.keywords = func, args, keywords

    def _method(self):
        def method(first, /, *args, **keywords):
            return self.func(first, *self.args, *args, **{**self.keywords, **keywords})

        method._partialmethod = self
        return method

    def __get__(self, instance, owner=None):
        get = getattr(self.func, "__get__", None)
        # A class method, a static method or a partial is bound by its own rules; a function is given what comes first.
        if get is not None:
            bound = get(instance, owner)
            if bound is not self.func or isinstance(self.func, staticmethod):
                made = partial(bound, *self.args, **self.keywords)
                if hasattr(bound, "__self__"):
                    made.__self__ = bound.__self__
                return made
        method = self._method()
        return method if instance is None else MethodType(method, instance)

    def __repr__(self):
        parts = [repr(self.func)]
        parts.extend(repr(x) for x in self.args)
        parts.extend(f"{k}={v!r}" for k, v in self.keywords.items())
        return f"functools.partialmethod({', '.join(parts)})"


def singledispatch(function):
    """A function that is chosen by the type of its first argument."""
    registry = {object: function}

    def dispatch(cls):
        for base in cls.__mro__:
            if base in registry and base is not object:
                return registry[base]
        for kind in reversed(list(registry)):
            if kind is not object and issubclass(cls, kind):
                return registry[kind]
        return registry[object]

    def register(cls, func=None):
        if func is None:
            if isinstance(cls, type) or hasattr(cls, "__args__"):
                return lambda func: register(cls, func)
            func = cls
            hints = getattr(func, "__annotations__", {})
            if not hints:
                raise TypeError(
                    f"Invalid first argument to `register()`: {func!r}. "
                    "Use either `@register(some_class)` or plain `@register` on an annotated function.")
            cls = next(iter(hints.values()))
        for kind in getattr(cls, "__args__", (cls,)):
            registry[kind] = func
        return func

    def wrapper(*args, **keywords):
        if not args:
            raise TypeError(f"{function.__name__} requires at least 1 positional argument")
        return dispatch(type(args[0]))(*args, **keywords)

    update_wrapper(wrapper, function)
    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return wrapper


class singledispatchmethod:
    def __init__(self, func):
        self.func = func
        self.dispatcher = singledispatch(func)

    def register(self, cls, method=None):
        return self.dispatcher.register(cls, method)

    def __get__(self, instance, owner=None):
        def method(*args, **keywords):
            found = self.dispatcher.dispatch(type(args[0]))
            return found.__get__(instance, owner)(*args, **keywords)

        return update_wrapper(method, self.func)
