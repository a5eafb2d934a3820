"""Abstract classes. That a method is abstract is noted; making an object of its class is not refused."""


class ABC:
    pass


class ABCMeta:
    pass


def abstractmethod(function):
    function.__isabstractmethod__ = True
    return function


def abstractproperty(function):
    return property(abstractmethod(function))
