"""Functions of single numbers, and what sums them up."""
import operator as _o
import torch
from numpy import asarray
from numpy._tensors import chosen, pair, real, result, tensor


def _like(found, *given):
    """A tensor where one was given, else an array."""
    return found if any([isinstance(x, torch.Tensor) for x in given]) else result(found)


def _of_one(operator, take=tensor):
    return lambda x: _like(operator(take(x)), x)


def _of_two(operator):
    return lambda x1, x2: _like(operator(*pair(x1, x2)), x1, x2)


def _by(operator, of_tensors):
    """An operator of Python, which knows every dtype of numpy."""

    def function(x1, x2):
        if isinstance(x1, torch.Tensor) or isinstance(x2, torch.Tensor):
            return _like(of_tensors(*pair(x1, x2)), x1, x2)
        plain = isinstance(x1, (int, float, complex, bool))
        return operator(x1, asarray(x2)) if plain else operator(asarray(x1), x2)

    return function


def _chosen(operator, first):
    """The greater or the lesser of two; libtorch has none for numbers without a sign and wider than a byte."""

    def function(x1, x2):
        a, b = pair(x1, x2)
        if a.dtype in (torch.uint16, torch.uint32, torch.uint64):
            return result(chosen(tensor(first(a.numpy(), b.numpy())), a, b))
        return _like(operator(a, b), x1, x2)

    return function


floor, ceil, trunc, fix = (_of_one(f, real) for f in (torch.floor, torch.ceil, torch.trunc, torch.trunc))
sign, square, negative, absolute, fabs = (_of_one(f) for f in (torch.sign, torch.square, torch.neg, torch.abs, torch.abs))
exp2, expm1, log1p, cbrt = (_of_one(f, real) for f in (torch.exp2, torch.expm1, torch.log1p, lambda x: x.sign() * x.abs() ** (1 / 3)))
tan, arcsin, arccos, arctan = (_of_one(f, real) for f in (torch.tan, torch.asin, torch.acos, torch.atan))
sinh, cosh, arcsinh, arccosh, arctanh = (_of_one(f, real) for f in (torch.sinh, torch.cosh, torch.asinh, torch.acosh, torch.atanh))
reciprocal, deg2rad, rad2deg = (_of_one(f, real) for f in (torch.reciprocal, torch.deg2rad, torch.rad2deg))
radians, degrees = deg2rad, rad2deg
signbit = _of_one(torch.signbit)
isposinf, isneginf = _of_one(torch.isposinf), _of_one(torch.isneginf)
logical_not, invert = _of_one(torch.logical_not), _of_one(torch.bitwise_not)
bitwise_not = invert
real_part, conj = _of_one(torch.real), _of_one(torch.conj)

add, subtract, multiply, power = _by(_o.add, torch.add), _by(_o.sub, torch.sub), _by(_o.mul, torch.mul), _by(_o.pow, torch.pow)
maximum, minimum = _chosen(torch.maximum, _o.ge), _chosen(torch.minimum, _o.le)
fmax, fmin, fmod = (_of_two(f) for f in (torch.fmax, torch.fmin, torch.fmod))
floor_divide, mod = _by(_o.floordiv, torch.floor_divide), _by(_o.mod, torch.remainder)
remainder = mod
equal, not_equal, less = _by(_o.eq, torch.eq), _by(_o.ne, torch.ne), _by(_o.lt, torch.lt)
less_equal, greater, greater_equal = _by(_o.le, torch.le), _by(_o.gt, torch.gt), _by(_o.ge, torch.ge)
logical_and, logical_or, logical_xor = (_of_two(f) for f in (torch.logical_and, torch.logical_or, torch.logical_xor))
bitwise_and, bitwise_or = _by(_o.and_, torch.bitwise_and), _by(_o.or_, torch.bitwise_or)
bitwise_xor = _by(_o.xor, torch.bitwise_xor)


def _of_two_real(operator):
    def function(x1, x2):
        a, b = pair(x1, x2)
        return _like(operator(real(a), real(b)), x1, x2)

    return function


divide, arctan2, hypot, logaddexp = (_of_two_real(f) for f in (torch.div, torch.atan2, torch.hypot, torch.logaddexp))
true_divide = divide


def round(a, decimals=0):
    return _like(torch.round(tensor(a), decimals=decimals), a)


around = round


def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low, high = a_min if min is None else min, a_max if max is None else max
    bound = lambda value: value if value is None or isinstance(value, (int, float)) else tensor(value)
    low, high = bound(low), bound(high)
    if isinstance(low, torch.Tensor) != isinstance(high, torch.Tensor):
        low, high = (x if x is None or isinstance(x, torch.Tensor) else torch.tensor(x) for x in (low, high))
    return _like(torch.clamp(tensor(a), low, high), a)


def where(condition, *values):
    if not values:
        return tuple(result(found) for found in torch.nonzero(tensor(condition), as_tuple=True))
    return result(chosen(tensor(condition).bool(), *pair(*values)))


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    a, b = pair(a, b)
    return result(torch.isclose(real(a), real(b), rtol=rtol, atol=atol, equal_nan=equal_nan))


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    return result(torch.nan_to_num(tensor(x), nan=nan, posinf=posinf, neginf=neginf))


def cumsum(a, axis=None):
    return result(torch.cumsum(*_along(a, axis)))


def cumprod(a, axis=None):
    return result(torch.cumprod(*_along(a, axis)))


def _along(a, axis):
    a = tensor(a)
    return (a.flatten(), 0) if axis is None else (a, axis)


def diff(a, n=1, axis=-1):
    return result(torch.diff(tensor(a), n=n, dim=axis))


def count_nonzero(a, axis=None):
    return result(torch.count_nonzero(tensor(a), dim=axis)) if axis is not None else int(torch.count_nonzero(tensor(a)))


def ptp(a, axis=None):
    a, axis = _along(a, axis)
    return result(torch.amax(a, axis) - torch.amin(a, axis))


def median(a, axis=None, keepdims=False):
    return quantile(a, 0.5, axis, keepdims=keepdims)


def percentile(a, q, axis=None, keepdims=False):
    return quantile(a, real(q) / 100, axis, keepdims=keepdims)


def quantile(a, q, axis=None, keepdims=False):
    a = real(a)
    found = torch.quantile(a.double(), tensor(q).double(), dim=axis, keepdim=keepdims)
    return result(found.to(a.dtype))


def average(a, axis=None, weights=None):
    a = real(a)
    if weights is None:
        return result(a.mean() if axis is None else a.mean(axis))
    w = tensor(weights).to(a.dtype)
    a, axis = _along(a, axis)
    if w.dim() == 1 and a.dim() > 1:
        w = w.reshape([-1 if i == axis % a.dim() else 1 for i in range(a.dim())])
    return result((a * w).sum(axis) / w.expand(a.shape).sum(axis))


def nanmean(a, axis=None):
    return result(torch.nanmean(real(a), dim=axis))


def nansum(a, axis=None):
    return result(torch.nansum(tensor(a), dim=axis))


def nanmax(a, axis=None):
    return result(torch.amax(*_nan_as(a, axis, float("-inf"))))


def nanmin(a, axis=None):
    return result(torch.amin(*_nan_as(a, axis, float("inf"))))


def _nan_as(a, axis, value):
    a, axis = _along(a, axis)
    return torch.where(torch.isnan(a), value, a), axis


def dot(a, b):
    a, b = pair(a, b)
    if a.dim() == 0 or b.dim() == 0:
        return result(a * b)
    return result(torch.matmul(a, b))


matmul = dot


def vdot(a, b):
    a, b = pair(a, b)
    return result(torch.vdot(a.flatten(), b.flatten()))


def outer(a, b):
    a, b = pair(a, b)
    return result(torch.outer(a.flatten(), b.flatten()))


def trace(a):
    return result(torch.trace(tensor(a)))


def einsum(subscripts, *operands):
    return result(torch.einsum(subscripts, *[tensor(x) for x in operands]))


def tensordot(a, b, axes=2):
    return result(torch.tensordot(*pair(a, b), dims=axes))


def kron(a, b):
    return result(torch.kron(*pair(a, b)))


__all__ = [name for name in globals() if not name.startswith("_") and name not in ("torch", "pair", "real", "result", "tensor", "asarray", "chosen")]
