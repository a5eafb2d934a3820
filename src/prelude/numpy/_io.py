"""npy and npz files, read by torch.load and written here."""
import builtins
import os
import tempfile
import torch
from collections.abc import Mapping
from numpy import asarray

_MAGIC = b"\x93NUMPY"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def load(file, mmap_mode=None, allow_pickle=False, fix_imports=True, encoding="ASCII"):
    """An array of an npy file, the arrays of an npz file; other pickles with allow_pickle=True. Nothing is executed."""
    start = _beginning(file)
    if not start:
        raise EOFError("No data left in file")
    if not allow_pickle and not start.startswith((_MAGIC,) + _ZIP):
        raise ValueError(
            "This file contains pickled (object) data. If you trust the file you can load it unsafely using the "
            "`allow_pickle=` keyword argument or `pickle.load()`."
        )
    found = torch.load(file, allow_pickle=allow_pickle)
    if start.startswith(_ZIP):
        return NpzFile(file, {name: _array(value) for name, value in found.items()})
    return _array(found)


def _beginning(file):
    if not hasattr(file, "read"):
        with open(file, "rb") as opened:
            return opened.read(len(_MAGIC))
    at = file.tell()
    start = file.read(len(_MAGIC))
    file.seek(at)
    return start


def _array(found):
    if isinstance(found, torch.Tensor):
        return found.numpy()
    return found


class NpzFile(Mapping):
    """The arrays of an npz file by name."""

    def __init__(self, file, arrays):
        self._file, self._arrays = file, arrays
        self.files = list(arrays)

    def __getitem__(self, key):
        name = key if key in self._arrays else str(key).removesuffix(".npy")
        if name not in self._arrays:
            raise KeyError(f"{key} is not a file in the archive")
        return self._arrays[name]

    def __iter__(self):
        return iter(self.files)

    def __len__(self):
        return len(self.files)

    def __contains__(self, key):
        return key in self._arrays or str(key).removesuffix(".npy") in self._arrays

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        pass

    def __repr__(self):
        name = self._file if isinstance(self._file, (str, os.PathLike)) else "object"
        shown = ", ".join(self.files[:5]) + ("..." if len(self.files) > 5 else "")
        return f"NpzFile {str(name)!r} with keys: {shown}"


def save(file, arr, allow_pickle=True, fix_imports=True):
    """Writes an array as an npy file; .npy is put behind a name without it."""
    data = _npy(asarray(arr))
    if hasattr(file, "write"):
        file.write(data)
        return
    path = os.fspath(file)
    with open(path if path.endswith(".npy") else path + ".npy", "wb") as opened:
        opened.write(data)


def _npy(arr):
    tensor = torch.from_numpy(arr)
    fortran = arr.ndim > 1 and not tensor.is_contiguous() and tensor.T.is_contiguous()
    head = f"{{'descr': {arr.dtype.str!r}, 'fortran_order': {fortran}, 'shape': {arr.shape!r}, }}"
    if arr.ndim:
        # numpy leaves room for the dimension that grows when something is appended
        head += " " * (21 - len(repr(arr.shape[-1 if fortran else 0])))
    length = -(-(len(head) + 11) // 64) * 64 - 10
    head = head.ljust(length - 1) + "\n"
    order = arr.T if fortran else arr
    return _MAGIC + b"\x01\x00" + length.to_bytes(2, "little") + head.encode("latin1") + order.tobytes()


def savez(file, *args, **kwds):
    """Writes arrays as an npz file, whole or not at all, those without a name as arr_0, arr_1 …"""
    arrays = dict(kwds)
    for i, value in enumerate(args):
        if f"arr_{i}" in arrays:
            raise ValueError(f"Cannot use un-named variables and keyword arr_{i}")
        arrays[f"arr_{i}"] = value
    tensors = {name: torch.from_numpy(asarray(value)) for name, value in arrays.items()}
    if not hasattr(file, "write"):
        path = os.fspath(file)
        builtins.save(tensors, path if path.endswith(".npz") else path + ".npz")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "arrays.npz")
        builtins.save(tensors, path)
        with open(path, "rb") as written:
            file.write(written.read())


savez_compressed = savez
__all__ = ["load", "save", "savez", "savez_compressed"]
