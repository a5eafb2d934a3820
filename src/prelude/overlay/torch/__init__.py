"""Names of torch that are Python in PyTorch: what compilers, symbols and tracing leave behind where there are none."""
from torch._linalg_utils import _symeig as symeig, eig, lstsq, matrix_rank, solve
from torch._lobpcg import lobpcg
from torch._lowrank import pca_lowrank, svd_lowrank


def sym_int(value):
    return int(value)


def sym_float(value):
    return float(value)


def sym_not(value):
    return not value


def _disable_dynamo(fn=None, recursive=True):
    return fn if fn is not None else (lambda fn: fn)


class SymInt:
    """An int of a compiler's: there are none here."""


class SymFloat:
    """A float of a compiler's: there are none here."""


class SymBool:
    """A bool of a compiler's: there are none here."""


def _check_with(error_type, cond, message):
    if not cond:
        raise error_type(message() if callable(message) else "Expected cond to be True, but got False.")


def _assert(condition, message):
    assert condition, message


def compiled_with_cxx11_abi():
    return True


def set_default_tensor_type(t):
    """The older way to set the dtype of floats: torch.DoubleTensor, or its name."""
    import torch

    name = t if isinstance(t, str) else f"{t.__module__}.{t.__name__}"
    kind = getattr(torch, name.removeprefix("torch."), None) if name.startswith("torch.") else None
    dtype = getattr(kind, "dtype", None)
    if "cuda" in name or not isinstance(dtype, torch.dtype):
        raise TypeError(f"invalid type object: set_default_tensor_type() takes a tensor type of the CPU, not {name}")
    if not dtype.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    torch.set_default_dtype(dtype)


def is_deterministic_algorithms_warn_only_enabled():
    import torch

    return torch._C._deterministic_warns_only()


def get_deterministic_debug_mode():
    import torch

    if not torch.are_deterministic_algorithms_enabled():
        return 0
    return 1 if is_deterministic_algorithms_warn_only_enabled() else 2


def set_deterministic_debug_mode(debug_mode):
    """0 or "default", 1 or "warn", 2 or "error"."""
    import torch

    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    modes = {"default": 0, "warn": 1, "error": 2}
    if isinstance(debug_mode, str):
        if debug_mode not in modes:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got " + debug_mode
            )
        debug_mode = modes[debug_mode]
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    torch.use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def get_autocast_cpu_dtype():
    import torch

    return torch.get_autocast_dtype("cpu")


def is_autocast_cpu_enabled():
    import torch

    return torch.is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled):
    import torch

    torch.set_autocast_enabled("cpu", enabled)


def set_autocast_cpu_dtype(dtype):
    import torch

    torch.set_autocast_dtype("cpu", dtype)


def get_autocast_gpu_dtype():
    import torch

    return torch.get_autocast_dtype("cuda")


def set_autocast_gpu_dtype(dtype):
    import torch

    torch.set_autocast_dtype("cuda", dtype)


def _by_other_name(name, of):
    def call(*args, **kwargs):
        import torch

        found = torch
        for part in of.split("."):
            found = getattr(found, part)
        return found(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    return call


spmm, dsmm = _by_other_name("spmm", "mm"), _by_other_name("dsmm", "mm")
hsmm, saddmm = _by_other_name("hsmm", "hspmm"), _by_other_name("saddmm", "sparse.addmm")


def get_device(tensor):
    return tensor.get_device()


def from_dlpack(ext_tensor, *, device=None, copy=None):
    """A tensor on the memory of an array or a tensor of this program."""
    import numpy
    import torch

    if isinstance(ext_tensor, torch.Tensor):
        made = ext_tensor.detach()
    elif isinstance(ext_tensor, numpy.ndarray):
        made = torch.from_numpy(ext_tensor)
    else:
        raise NotImplementedError(
            f"torch.from_dlpack of a {type(ext_tensor).__name__}: in this shell memory is shared between its own tensors and"
            " arrays only"
        )
    made = made.clone() if copy else made
    return made if device is None else made.to(device)
