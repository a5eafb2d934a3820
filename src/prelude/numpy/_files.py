"""Files and bytes, and names that programs ask numpy for."""
import torch
from numpy import array, dtype as _dtype, generic
from numpy._tensors import result, tensor


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    found = torch.frombuffer(buffer, dtype=_torch_dtype(dtype), count=count, offset=offset)
    return result(found.clone())


def _torch_dtype(named):
    return tensor(array([0], dtype=named)).dtype


def fromiter(iter, dtype, count=-1):
    return array(list(iter), dtype=dtype)


def issubdtype(arg1, arg2):
    return issubclass(_class(arg1), _class(arg2))


def _class(named):
    return named if isinstance(named, type) and issubclass(named, generic) else _dtype(named).type


def iinfo(type):
    return torch.iinfo(_torch_dtype(type))


class finfo:
    def __init__(self, dtype):
        found = torch.finfo(_torch_dtype(dtype))
        self.bits, self.dtype = found.bits, _dtype(dtype)
        for name in ("eps", "max", "min", "tiny", "smallest_normal", "resolution"):
            setattr(self, name, self.dtype.type(getattr(found, name)))


def isscalar(element):
    return isinstance(element, (int, float, complex, str, bytes, generic))


def may_share_memory(a, b):
    return tensor(a).untyped_storage().data_ptr() == tensor(b).untyped_storage().data_ptr()


shares_memory = may_share_memory
__all__ = [
    "frombuffer", "fromiter", "issubdtype", "iinfo", "finfo", "isscalar", "may_share_memory", "shares_memory",
]
