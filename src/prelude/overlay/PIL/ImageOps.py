"""What is done with a picture as a whole."""
import _absent
import torch
from PIL.Image import Image


def expand(image, border=0, fill=0):
    """A border around it: one width, (horizontal, vertical), or (left, top, right, bottom)."""
    sides = (border,) if isinstance(border, int) else tuple(border)
    left, top, right, bottom = (sides * 4)[:4]
    pixels = image._pixels
    fills = list(fill) if isinstance(fill, (tuple, list)) else [fill] * pixels.shape[0]
    wide = [torch.nn.functional.pad(channel, [left, right, top, bottom], value=value) for channel, value in zip(pixels, fills)]
    return Image(torch.stack(wide))


def invert(image):
    return Image(255 - image._pixels)


__getattr__, __dir__ = _absent.names("PIL.ImageOps", "autocontrast equalize posterize solarize fit pad grayscale mirror flip", "ToTensor() first, the steps work on tensors")
