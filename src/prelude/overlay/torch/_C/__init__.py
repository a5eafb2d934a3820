"""What PyTorch's Python asks of its C++ besides operators: answers for a program that is never traced, compiled or scripted."""
import enum

from torch._C._archive import PyTorchFileReader, PyTorchFileWriter
from torch._C._functions import _FunctionBase


def _log_api_usage_once(event):
    """Nothing is counted."""


def _get_tracing_state():
    """Nothing is traced."""


def _get_privateuse1_backend_name():
    return "privateuseone"


def _is_any_autocast_enabled():
    import torch

    return torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")


def _are_functorch_transforms_active():
    return False


def _disabled_torch_function_impl(func, types, args=(), kwargs=None):
    return func(*args, **(kwargs or {}))


def _add_docstr(function, text):
    """Operators are rows of the shell: their text is kept beside them."""
    docstrings[id(function)] = text
    return function


docstrings = {}


def _infer_size(a, b):
    import torch

    return torch.broadcast_shapes(a, b)


def _group_tensors_by_device_and_dtype(tensorlistlist, with_indices=False):
    groups = {}
    for place, first in enumerate(tensorlistlist[0]):
        lists, indices = groups.setdefault((first.device, first.dtype), ([[] for _ in tensorlistlist], []))
        for group, tensors in zip(lists, tensorlistlist):
            if tensors:
                group.append(tensors[place])
        if with_indices:
            indices.append(place)
    return groups


class ScriptMethod:
    """TorchScript's: there is none here."""


class _ScalingType(enum.Enum):
    TensorWise = 0
    RowWise = 1
    BlockWise1x16 = 2
    BlockWise1x32 = 3
    BlockWise1x128 = 4
    BlockWise128x128 = 5


class _SwizzleType(enum.Enum):
    NO_SWIZZLE = 0
    SWIZZLE_32_4_4 = 1


class _SDPBackend(enum.Enum):
    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


class _SDPAParams:
    """What attention is asked to compute with."""

    def __init__(self, query, key, value, attn_mask=None, dropout=0.0, is_causal=False, enable_gqa=False):
        self.query, self.key, self.value, self.attn_mask = query, key, value, attn_mask
        self.dropout, self.is_causal, self.enable_gqa = dropout, is_causal, enable_gqa


_order = [1, 2, 0, 3, 4]


def _get_sdp_priority_order():
    return list(_order)


def _set_sdp_priority_order(order):
    _order[:] = [int(backend) for backend in order]
