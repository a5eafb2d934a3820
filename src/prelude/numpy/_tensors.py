"""From arrays to tensors and back: the functions of numpy here are operators of torch."""
import torch
from numpy import asarray, ndarray


def tensor(value, dtype=None):
    """The tensor on an array's memory; lists become arrays first, with numpy's own dtypes."""
    found = value if isinstance(value, torch.Tensor) else torch.from_numpy(asarray(value))
    return found if dtype is None else found.to(dtype)


def real(value):
    """As tensor(), whole numbers as float64."""
    found = tensor(value)
    return found if found.dtype.is_floating_point or found.dtype.is_complex else found.double()


def result(found):
    """The array, or the scalar where there are no dimensions."""
    return found.detach().numpy()[()]


_SIGNED = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}


def chosen(condition, a, b):
    """torch.where, also for the numbers without a sign that libtorch has no kernel for."""
    signed = _SIGNED.get(a.dtype)
    if signed is None:
        return torch.where(condition, a, b)
    return torch.where(condition, a.view(signed), b.view(signed)).view(a.dtype)


def pair(a, b):
    """Both as tensors of one dtype. A number of Python takes the other's dtype if it can hold it."""
    plain = (int, float, bool)
    if isinstance(a, plain) and not isinstance(b, plain):
        b, a = pair(b, a)
        return a, b
    a = tensor(a)
    if isinstance(b, plain):
        return a.to(torch.result_type(a, b)), torch.tensor(b, dtype=torch.result_type(a, b))
    b = tensor(b)
    dtype = torch.promote_types(a.dtype, b.dtype)
    # a whole number of 32 bits or more and a float32 make a float64
    if dtype in (torch.float16, torch.float32) and not (a.dtype.is_floating_point and b.dtype.is_floating_point):
        whole = a if not a.dtype.is_floating_point else b
        if whole.dtype.itemsize > 2:
            dtype = torch.float64
    return a.to(dtype), b.to(dtype)
