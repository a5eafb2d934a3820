"""Files and bytes, and names that programs ask numpy for."""
import torch
from numpy import array, dtype as _dtype, generic
from numpy._tensors import result, tensor


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    dtype = _dtype(dtype)
    data = bytes(buffer)[offset:] if count < 0 else bytes(buffer)[offset : offset + count * dtype.itemsize]
    if len(data) % dtype.itemsize:
        raise ValueError("buffer size must be a multiple of element size")
    if len(data) < count * dtype.itemsize:
        raise ValueError("buffer is smaller than requested size")
    if not data:
        return array([], dtype=dtype.newbyteorder("="))
    found = array(torch.frombuffer(data, dtype=torch.uint8))
    if dtype.byteorder == ">":
        return found.view(dtype.newbyteorder("=")).byteswap()
    return found.view(dtype)


def _to_file(array, file, sep):
    if sep:
        data = sep.join([str(item) for item in array.flatten().tolist()]).encode()
    else:
        data = array.tobytes()
    if hasattr(file, "write"):
        file.write(data)
        return
    with open(file, "wb") as opened:
        opened.write(data)


class _Flags:
    """What numpy says of an array's memory."""

    def __init__(self, c_contiguous, f_contiguous):
        self.c_contiguous, self.f_contiguous = c_contiguous, f_contiguous
        self.contiguous, self.fortran, self.fnc = c_contiguous, f_contiguous, f_contiguous and not c_contiguous
        self.forc, self.owndata, self.writeable, self.aligned, self.writebackifcopy = c_contiguous or f_contiguous, False, True, True, False

    def __getitem__(self, name):
        names = {"C": "c_contiguous", "F": "f_contiguous", "W": "writeable", "A": "aligned", "O": "owndata"}
        return getattr(self, names.get(name, name.lower()))

    def __repr__(self):
        names = ("C_CONTIGUOUS", "F_CONTIGUOUS", "OWNDATA", "WRITEABLE", "ALIGNED", "WRITEBACKIFCOPY")
        return "".join([f"  {name} : {self[name]}\n" for name in names])


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
