"""Sorting, searching, counting."""
import torch
from numpy._tensors import real, result, tensor


def sort(a, axis=-1):
    return result(torch.sort(*_along(a, axis)).values)


def argsort(a, axis=-1, kind=None):
    a, axis = _along(a, axis)
    return result(torch.sort(a, stable=True, dim=axis).indices)


def _along(a, axis):
    a = tensor(a)
    return (a.flatten(), 0) if axis is None else (a, axis)


def unique(ar, return_index=False, return_inverse=False, return_counts=False):
    flat = tensor(ar).flatten()
    values, inverse, counts = torch.unique(flat, return_inverse=True, return_counts=True)
    found = [result(values)]
    if return_index:
        first = torch.full((len(values),), len(flat))
        first.scatter_reduce_(0, inverse, torch.arange(len(flat)), "amin")
        found.append(result(first))
    if return_inverse:
        found.append(result(inverse.reshape(tensor(ar).shape)))
    if return_counts:
        found.append(result(counts))
    return found[0] if len(found) == 1 else tuple(found)


def nonzero(a):
    return tuple(result(places) for places in torch.nonzero(tensor(a), as_tuple=True))


def argwhere(a):
    return result(torch.argwhere(tensor(a)))


def flatnonzero(a):
    return result(torch.nonzero(tensor(a).flatten()).flatten())


def searchsorted(a, v, side="left"):
    return result(torch.searchsorted(tensor(a), tensor(v), side=side))


def digitize(x, bins, right=False):
    return result(torch.bucketize(tensor(x), tensor(bins), right=not right))


def isin(element, test_elements, invert=False):
    return result(torch.isin(tensor(element), tensor(test_elements), invert=invert))


def in1d(ar1, ar2):
    return isin(ar1, ar2)


def intersect1d(ar1, ar2):
    values = torch.unique(tensor(ar1))
    return result(values[torch.isin(values, tensor(ar2))])


def setdiff1d(ar1, ar2):
    values = torch.unique(tensor(ar1))
    return result(values[~torch.isin(values, tensor(ar2))])


def union1d(ar1, ar2):
    return result(torch.unique(torch.cat([tensor(ar1).flatten(), tensor(ar2).flatten()])))


def bincount(x, weights=None, minlength=0):
    return result(torch.bincount(tensor(x), None if weights is None else real(weights), minlength))


def histogram(a, bins=10, range=None):
    a = real(a).flatten().double()
    if isinstance(bins, int):
        low, high = range if range is not None else (float(a.min()), float(a.max()))
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = torch.linspace(low, high, bins + 1, dtype=torch.float64)
    else:
        edges = real(bins).double()
    counts = torch.histogram(a, edges).hist.long()
    return result(counts), result(edges)


def interp(x, xp, fp):
    x, xp, fp = real(x), real(xp), real(fp)
    right = torch.searchsorted(xp, x).clamp(1, len(xp) - 1)
    slope = (fp[right] - fp[right - 1]) / (xp[right] - xp[right - 1])
    inside = slope * (x - xp[right - 1]) + fp[right - 1]
    return result(torch.where(x <= xp[0], fp[0], torch.where(x >= xp[-1], fp[-1], inside)))


def _other_name(name, of):
    def call(a, axis=None, out=None, keepdims=False):
        import numpy

        if out is not None:
            raise NotImplementedError(f"numpy.{name}(out=...) is not in this shell")
        return getattr(numpy, of)(a, axis=axis, keepdims=keepdims)

    call.__name__ = call.__qualname__ = name
    return call


amax, amin = _other_name("amax", "max"), _other_name("amin", "min")
__all__ = [name for name in globals() if not name.startswith("_") and name not in ("torch", "real", "result", "tensor")]
