"""Names of annotations."""
from typing import Union

import torch

DeviceLikeType = Union[str, torch.device, int]
