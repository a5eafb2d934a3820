"""Abstract classes: objects of a class whose abstract methods are still open are refused."""


class ABC:
    pass


# `metaclass=ABCMeta` makes it a base.
ABCMeta = ABC


def abstractmethod(function):
    function.__isabstractmethod__ = True
    return function


def abstractproperty(function):
    return property(abstractmethod(function))
