"""Abstract classes: objects of a class whose abstract methods are still open are refused."""

# What is built in and counts through something, by the names of its classes: they are iterators.
_ITERATORS = set(
    "map filter zip enumerate reversed generator callable_iterator list_iterator list_reverseiterator tuple_iterator set_iterator"
    " dict_keyiterator dict_valueiterator dict_itemiterator dict_reversekeyiterator str_iterator str_ascii_iterator range_iterator"
    " bytes_iterator bytearray_iterator".split()
)


def _is_abstract(value):
    if isinstance(value, property):
        return any(getattr(part, "__isabstractmethod__", False) for part in (value.fget, value.fset, value.fdel))
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    return getattr(value, "__isabstractmethod__", False) is True


class ABCMeta(type):
    def __new__(mcls, name, bases, namespace, /, **kwargs):
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        open = {name for name, value in namespace.items() if _is_abstract(value)}
        for base in bases:
            for name in getattr(base, "__abstractmethods__", ()):
                if _is_abstract(getattr(cls, name, None)):
                    open.add(name)
        cls.__abstractmethods__ = frozenset(open)
        cls._abc_registry = []
        return cls

    def register(cls, subclass):
        cls._abc_registry.append(subclass)
        return subclass

    def __instancecheck__(cls, instance):
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass):
        found = cls.__subclasshook__(subclass)
        if found is not NotImplemented:
            return found
        if cls in subclass.__mro__:
            return True
        if any(issubclass(subclass, registered) for registered in cls.__dict__["_abc_registry"]):
            return True
        return any(issubclass(subclass, made) for made in cls.__subclasses__())


class ABC(metaclass=ABCMeta):
    pass


def abstractmethod(function):
    function.__isabstractmethod__ = True
    return function


def abstractproperty(function):
    return property(abstractmethod(function))


def abstractclassmethod(function):
    return classmethod(abstractmethod(function))


def abstractstaticmethod(function):
    return staticmethod(abstractmethod(function))
