"""What PyTorch's own files of functions of functions ask for."""


def exposed_in(module):
    """The module that a function is said to be of."""

    def wrapper(function):
        function.__module__ = module
        return function

    return wrapper


def unwrap_dead_wrappers(args):
    """No tensor wraps another here."""
    return args
