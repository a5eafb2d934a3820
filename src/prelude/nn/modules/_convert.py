"""Module.to: where its arguments are read, and how a parameter becomes what it is converted to."""
import torch
from torch.__future__ import _settings
from torch._shell import Parameter


def convert_parameter(module, name, param, fn):
    """Puts what a conversion makes of a parameter, and of its gradient, in their place."""
    new, grad = fn(param), param.grad
    new_grad = None if grad is None else fn(grad)
    if _settings["swap"]:
        param.grad = None
        torch.utils.swap_tensors(param, Parameter(new, requires_grad=param.requires_grad))
        if grad is not None:
            torch.utils.swap_tensors(grad, new_grad.requires_grad_(grad.requires_grad))
            param.grad = grad
    elif new.is_meta != param.is_meta or _settings["overwrite"]:
        module._parameters[name] = made = Parameter(new, param.requires_grad)
        if grad is not None and new_grad.is_meta == new.is_meta:
            made.grad = new_grad.requires_grad_(grad.requires_grad)
    else:
        param.data = new
        if grad is not None:
            grad.data = new_grad


def module_to(module, args, kwargs):
    device, dtype, non_blocking, memory_format = _read(args, dict(kwargs))
    if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
        raise TypeError(
            "nn.Module.to only accepts floating point or complex "
            f"dtypes, but got desired dtype={dtype}"
        )

    def convert(t):
        own = dtype if t.is_floating_point() or t.is_complex() else None
        if memory_format is not None and t.dim() in (4, 5):
            return t.to(
                device=device, dtype=own, non_blocking=non_blocking, memory_format=memory_format
            )
        if device is None and own is None:
            return t
        return t.to(device=device, dtype=own, non_blocking=non_blocking)

    return module._apply(convert)


def _read(args, kwargs):
    device = kwargs.pop("device", None)
    dtype = kwargs.pop("dtype", None)
    non_blocking = kwargs.pop("non_blocking", False)
    memory_format = kwargs.pop("memory_format", None)
    like = kwargs.pop("tensor", None)
    kwargs.pop("copy", None)
    if kwargs:
        name = next(iter(kwargs))
        raise TypeError(f"to() got an unexpected keyword argument '{name}'")
    for arg in args:
        if isinstance(arg, torch.dtype):
            dtype = arg
        elif isinstance(arg, torch.Tensor):
            like = arg
        elif isinstance(arg, bool):
            non_blocking = arg
        elif arg is not None:
            device = arg
    if like is not None:
        device = like.device
        dtype = like.dtype
    if device is not None and not isinstance(device, torch.device):
        device = torch.device(device)
    return device, dtype, non_blocking, memory_format
