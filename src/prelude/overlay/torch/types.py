"""Names of annotations."""
from typing import Any, Union

import torch
from torch import Size, Tensor
from torch import device as _device
from torch import dtype as _dtype
from torch import layout as _layout

Number = Union[int, float, bool]
_Number = (int, float, bool)
Device = Any
_size = _symsize = Union[torch.Size, list[int], tuple[int, ...]]
_int, _float, _bool, _complex, _str = int, float, bool, complex, str
IntLikeType, FloatLikeType, BoolLikeType = int, float, bool
FileLike = Any
_TensorOrTensors = _TensorOrOptionalTensors = Any


class Storage:
    """An annotation's name for storages."""
