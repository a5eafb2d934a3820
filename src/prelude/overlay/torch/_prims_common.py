"""Names of annotations."""
from typing import Union

import torch

DeviceLikeType = Union[str, torch.device, int]


def corresponding_real_dtype(dtype):
    return dtype.to_real()


def corresponding_complex_dtype(dtype):
    return dtype.to_complex()
