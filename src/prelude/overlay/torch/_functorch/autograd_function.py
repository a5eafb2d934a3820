"""Functions of the program within functions of functions: there, tensors are not wrapped, so it is the plain call."""


def custom_function_call(function, *args, **kwargs):
    return function.apply(*args, **kwargs)
