"""safetensors.numpy: files of arrays, read and written whole."""
import numpy as np
import torch
from safetensors import SafetensorError, TensorSpec, _files, deserialize, safe_open, serialize, serialize_file
from safetensors import torch as _torch


def _tensors(tensor_dict):
    """The arrays as tensors; those that share memory are written each for itself."""
    found = {}
    for name, array in tensor_dict.items():
        if not isinstance(array, (np.ndarray, np.generic)):
            raise AttributeError(f"'{type(array).__name__}' object has no attribute 'dtype'")
        found[name] = torch.from_numpy(np.ascontiguousarray(array)).clone()
    return found


def save(tensor_dict, metadata=None):
    """The bytes of such a file."""
    return _torch.save(_tensors(tensor_dict), metadata)


def save_file(tensor_dict, filename, metadata=None):
    """Write arrays."""
    _torch.save_file(_tensors(tensor_dict), filename, metadata)


def load(data):
    """The arrays of such a file's bytes."""
    return {name: tensor.numpy() for name, tensor in _torch.load(data).items()}


def load_file(filename, *, backend="mmap"):
    """The arrays of a file."""
    with safe_open(filename, framework="np", backend=backend) as file:
        return file.get_tensors()
