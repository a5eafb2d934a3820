"""__torch_function__ is written in C++: tensors of other libraries are none here, so nothing takes an operator over."""
import torch


def has_torch_function(relevant_args):
    return False


def has_torch_function_unary(arg):
    return False


def has_torch_function_variadic(*args):
    return False


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    return public_api(*args, **kwargs)


def is_tensor_like(value):
    return isinstance(value, torch.Tensor)


def get_default_nowrap_functions():
    return set()


def is_tensor_method_or_property(func):
    return hasattr(torch.Tensor, getattr(func, "__name__", ""))


def wrap_torch_function(dispatcher):
    return lambda function: function
