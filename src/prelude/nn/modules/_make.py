"""What the layers with a weight, a bias or printed settings share."""
import torch
from torch._shell import Parameter


def empty_parameter(shape, device=None, dtype=None):
    """A parameter of that shape with no values yet."""
    return Parameter(torch.empty(shape, device=device, dtype=dtype))


def set_weight_and_bias(module, weight_shape, bias_shape, device=None, dtype=None):
    """Register weight and bias in this order; a shape of None registers the name with nothing."""
    for name, shape in (("weight", weight_shape), ("bias", bias_shape)):
        made = None if shape is None else empty_parameter(shape, device, dtype)
        module.register_parameter(name, made)


def show(module, *names):
    """name=value of each attribute, as a layer prints its settings."""
    return ", ".join([f"{name}={getattr(module, name)}" for name in names])
