"""torch.accelerator: whatever device computes beside the CPU; here, NVIDIA's GPUs."""
from collections import OrderedDict

import torch
from torch.cuda import device_count, empty_cache, is_available


def current_accelerator(check_available=False):
    """The kind of device, or None where there is none."""
    return torch.device("cuda") if is_available() else None


def _needs_one():
    if not is_available():
        raise RuntimeError("there is no accelerator on this machine")


def current_device_index():
    _needs_one()
    return torch.cuda.current_device()


current_device_idx = current_device_index


def set_device_index(device):
    _needs_one()
    torch.cuda.set_device(device)


set_device_idx = set_device_index


def synchronize(device=None):
    _needs_one()
    torch.cuda.synchronize(device)


class device_index:
    """`with torch.accelerator.device_index(1):`"""

    def __init__(self, device):
        self.idx, self.prev_idx = device, -1

    def __enter__(self):
        if self.idx is not None:
            self.prev_idx = current_device_index()
            set_device_index(self.idx)

    def __exit__(self, *_):
        if self.idx is not None:
            set_device_index(self.prev_idx)


def memory_stats(device_index=None):
    return OrderedDict()


def memory_allocated(device_index=None):
    return torch.cuda.memory_allocated()


def max_memory_allocated(device_index=None):
    return torch.cuda.max_memory_allocated()


def memory_reserved(device_index=None):
    return torch.cuda.memory_reserved()


def max_memory_reserved(device_index=None):
    return torch.cuda.max_memory_reserved()


def reset_peak_memory_stats(device_index=None):
    return torch.cuda.reset_peak_memory_stats()
