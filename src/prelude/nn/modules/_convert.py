"""Module.to: where its arguments are read."""
import torch


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
