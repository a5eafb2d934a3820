"""torch.backends.cuda: how GPUs compute; kept as it is set."""
import contextlib

import torch

_SWITCHES = {
    "allow_fp16_reduced_precision_reduction": True,
    "allow_fp16_reduced_precision_reduction_split_k": True,
    "allow_bf16_reduced_precision_reduction": True,
    "allow_bf16_reduced_precision_reduction_split_k": True,
    "allow_fp16_accumulation": False,
}


class cuBLASModule:
    """`torch.backends.cuda.matmul`: allow_tf32 is the other name of torch.set_float32_matmul_precision."""

    def __getattr__(self, name):
        if name == "allow_tf32":
            return torch.get_float32_matmul_precision() != "highest"
        if name == "fp32_precision":
            return "tf32" if self.allow_tf32 else "none"
        if name in _SWITCHES:
            return _SWITCHES[name]
        raise AttributeError("Unknown attribute " + name)

    def __setattr__(self, name, value):
        if name == "fp32_precision":
            name, value = "allow_tf32", value == "tf32"
        if name == "allow_tf32":
            torch.set_float32_matmul_precision("high" if value else "highest")
        elif name in _SWITCHES:
            if not isinstance(value, bool):
                raise TypeError(f"{name} expects a bool or a tuple/list of bools, but got {type(value)!r}")
            _SWITCHES[name] = value
        else:
            raise AttributeError("Unknown attribute " + name)


matmul = cuBLASModule()
_attention = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def flash_sdp_enabled():
    return _attention["flash"]


def enable_flash_sdp(enabled):
    _attention["flash"] = enabled


def mem_efficient_sdp_enabled():
    return _attention["mem_efficient"]


def enable_mem_efficient_sdp(enabled):
    _attention["mem_efficient"] = enabled


def math_sdp_enabled():
    return _attention["math"]


def enable_math_sdp(enabled):
    _attention["math"] = enabled


def cudnn_sdp_enabled():
    return _attention["cudnn"]


def enable_cudnn_sdp(enabled):
    _attention["cudnn"] = enabled


@contextlib.contextmanager
def sdp_kernel(enable_flash=True, enable_math=True, enable_mem_efficient=True, enable_cudnn=True):
    """Which kernels attention may use within it."""
    before = dict(_attention)
    _attention.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn)
    try:
        yield {}
    finally:
        _attention.update(before)


def can_use_flash_attention(params, debug=False):
    """Its kernels are those of GPUs."""
    return False


can_use_efficient_attention = can_use_cudnn_attention = can_use_flash_attention


def __getattr__(name):
    if name != "SDPAParams":
        raise AttributeError(f"module 'torch.backends.cuda' has no attribute {name!r}")
    return torch._C._SDPAParams
