"""Kinds of numbers, what errors do, spaced numbers, bits, and loops over arrays."""
import torch
import numpy as _numpy
from numpy import arange, array, asarray, dtype as _dtype, generic, geterr, ndarray, seterr
from numpy._tensors import pair, real, result, tensor


class errstate:
    def __init__(self, **modes):
        self._modes = modes

    def __enter__(self):
        self._before = seterr(**self._modes)

    def __exit__(self, *_):
        seterr(**self._before)

    def __call__(self, function):
        def wrapped(*args, **kwargs):
            with errstate(**self._modes):
                return function(*args, **kwargs)

        return wrapped


def promote_types(type1, type2):
    return (array([0], dtype=type1)[:0] + array([0], dtype=type2)[:0]).dtype if _dtype(type1) != _dtype(type2) else _dtype(type1)


def result_type(*arrays_and_dtypes):
    found, numbers = None, []
    for one in arrays_and_dtypes:
        if isinstance(one, (bool, int, float, complex)) and not isinstance(one, generic):
            numbers.append(one)
            continue
        one = one.dtype if isinstance(one, (ndarray, generic)) else _dtype(one)
        found = one if found is None else promote_types(found, one)
    for number in numbers:
        found = (array([0], dtype=found)[:0] + number).dtype if found is not None else asarray(number).dtype
    return found


_SAFE = {"b": "buifc", "u": "uifc", "i": "ifc", "f": "fc", "c": "c"}


def can_cast(from_, to, casting="safe"):
    from_ = from_.dtype if isinstance(from_, (ndarray, generic)) else _dtype(from_)
    to = _dtype(to)
    if casting == "unsafe" or from_ == to:
        return True
    if casting in ("no", "equiv"):
        return False
    if casting == "same_kind":
        return to.kind in _SAFE[from_.kind]
    return promote_types(from_, to) == to


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    found = _numpy.power(float(base), _numpy.linspace(start, stop, num, endpoint=endpoint))
    return found if dtype is None else found.astype(dtype)


def geomspace(start, stop, num=50, endpoint=True, dtype=None):
    found = logspace(float(_numpy.log10(start)), float(_numpy.log10(stop)), num, endpoint)
    if num:
        found[0] = start
    if num > 1 and endpoint:
        found[-1] = stop
    return found if dtype is None else found.astype(dtype)


def inner(a, b):
    a, b = pair(a, b)
    return result(a * b if a.dim() == 0 or b.dim() == 0 else torch.inner(a, b))


def cov(m, rowvar=True, ddof=None, bias=False):
    m = real(m)
    found = torch.cov(m if rowvar else m.T, correction=ddof if ddof is not None else 0 if bias else 1)
    return result(found)


def corrcoef(x, y=None):
    x = real(x)
    return result(torch.corrcoef(x if y is None else torch.stack([x, real(y)])))


def left_shift(x1, x2):
    return asarray(x1) << x2


def right_shift(x1, x2):
    return asarray(x1) >> x2


def nextafter(x1, x2):
    return result(torch.nextafter(real(x1), real(x2)))


def packbits(a, axis=None, bitorder="big"):
    bits = tensor(a) != 0
    bits = bits.flatten() if axis is None else bits.movedim(axis, -1)
    bits = torch.nn.functional.pad(bits, (0, -bits.shape[-1] % 8)).reshape(*bits.shape[:-1], -1, 8)
    places = torch.arange(8)
    found = (bits.long() << (places if bitorder == "little" else 7 - places)).sum(-1).to(torch.uint8)
    return result(found if axis is None else found.movedim(-1, axis))


def unpackbits(a, axis=None, count=None, bitorder="big"):
    bytes_ = tensor(a)
    if bytes_.dtype != torch.uint8:
        raise TypeError("Expected an input array of unsigned byte data type")
    bytes_ = bytes_.flatten() if axis is None else bytes_.movedim(axis, -1)
    places = torch.arange(8, dtype=torch.uint8)
    bits = (bytes_[..., None] >> (places if bitorder == "little" else 7 - places)) & 1
    bits = bits.reshape(*bytes_.shape[:-1], -1)
    bits = bits if count is None else bits[..., :count]
    return result(bits if axis is None else bits.movedim(-1, axis))


def argpartition(a, kth, axis=-1):
    return _numpy.argsort(a, axis)


def partition(a, kth, axis=-1):
    return _numpy.sort(a, axis)


def ndindex(*shape):
    shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    return _places(tuple(shape))


def _places(shape):
    if not shape:
        yield ()
        return
    for at in range(shape[0]):
        for rest in _places(shape[1:]):
            yield (at,) + rest


def ndenumerate(arr):
    arr = asarray(arr)
    for place in _places(arr.shape):
        yield place, arr[place]


def broadcast_shapes(*args):
    return tuple(torch.broadcast_shapes(*args))


def broadcast_arrays(*args):
    return tuple(result(found) for found in torch.broadcast_tensors(*[tensor(a) for a in args]))


class _Index:
    def __getitem__(self, item):
        return item


s_ = index_exp = _Index()


def ix_(*args):
    count = len(args)
    return tuple(result(tensor(a).reshape([-1 if i == at else 1 for i in range(count)])) for at, a in enumerate(args))


class vectorize:
    def __init__(self, pyfunc, otypes=None):
        self.pyfunc, self.otypes = pyfunc, otypes

    def __call__(self, *args):
        args = broadcast_arrays(*args)
        found = [self.pyfunc(*one) for one in zip(*[a.flatten() for a in args])]
        return array(found, dtype=self.otypes[0] if self.otypes else None).reshape(args[0].shape)


def apply_along_axis(func1d, axis, arr):
    arr = tensor(arr).movedim(axis, -1)
    found = array([func1d(result(row)) for row in arr.reshape(-1, arr.shape[-1])])
    return found.reshape(arr.shape[:-1] + found.shape[1:])


def asanyarray(a, dtype=None):
    return asarray(a, dtype)


def asfortranarray(a, dtype=None):
    return asarray(a, dtype).T.copy().T


def isfortran(a):
    return a.flags.fnc


__all__ = [
    "errstate", "promote_types", "result_type", "can_cast", "logspace", "geomspace", "inner", "cov", "corrcoef", "left_shift",
    "right_shift", "nextafter", "packbits", "unpackbits", "argpartition", "partition", "ndindex", "ndenumerate",
    "broadcast_shapes", "broadcast_arrays", "s_", "index_exp", "ix_", "vectorize", "apply_along_axis", "asanyarray",
    "asfortranarray", "isfortran",
]
