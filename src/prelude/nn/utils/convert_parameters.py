"""torch.nn.utils: parameters as one vector."""
import torch


def _check_device(param, device):
    if device is not None and param.device != device:
        raise TypeError(
            "Found two parameters on different devices, this is currently not supported."
        )
    return param.device


def parameters_to_vector(parameters):
    device = None
    parts = []
    for param in parameters:
        device = _check_device(param, device)
        parts.append(param.view(-1))
    return torch.cat(parts)


def vector_to_parameters(vec, parameters):
    if not isinstance(vec, torch.Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {torch.typename(vec)}")
    device = None
    start = 0
    for param in parameters:
        device = _check_device(param, device)
        end = start + param.numel()
        param.data = vec[start:end].view_as(param).data
        start = end
