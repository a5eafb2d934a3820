"""torchvision.utils: many pictures in one; drawing and writing files are names only."""
import math

import _absent
import torch


def make_grid(tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0):
    """Pictures of a batch side by side, `nrow` in a row."""
    if normalize:
        raise NotImplementedError("torchvision.utils.make_grid(normalize=True) is not in this shell")
    if isinstance(tensor, list):
        tensor = torch.stack(tensor, dim=0)
    if tensor.dim() == 2:
        tensor = tensor.unsqueeze(0)
    if tensor.dim() == 3:
        tensor = (torch.cat((tensor, tensor, tensor), 0) if tensor.size(0) == 1 else tensor).unsqueeze(0)
    if tensor.size(1) == 1:
        tensor = torch.cat((tensor, tensor, tensor), 1)
    if tensor.size(0) == 1:
        return tensor.squeeze(0)
    count = tensor.size(0)
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    height, width = tensor.size(2) + padding, tensor.size(3) + padding
    grid = tensor.new_full((tensor.size(1), height * rows + padding, width * columns + padding), pad_value)
    for k in range(count):
        top, left = k // columns * height + padding, k % columns * width + padding
        grid[:, top:top + height - padding, left:left + width - padding] = tensor[k]
    return grid


__getattr__, __dir__ = _absent.names(
    "torchvision.utils", "save_image draw_bounding_boxes draw_segmentation_masks draw_keypoints flow_to_image",
    "no file of a picture is written here",
)


def _log_api_usage_once(obj):
    """Nothing is counted."""


def _make_ntuple(x, n):
    """A number for each dimension, or those that were given."""
    from collections.abc import Iterable

    return tuple(x) if isinstance(x, Iterable) else (x,) * n


def _log_api_usage_once(obj):
    """Nothing is counted."""


def _Image_fromarray(obj, mode):
    from PIL import Image

    return Image.fromarray(obj, mode)
