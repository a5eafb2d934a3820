"""A picture in memory: whole numbers of 8 bits, no file formats."""
from enum import IntEnum

import _absent
import torch


class Resampling(IntEnum):
    NEAREST, BOX, BILINEAR, HAMMING, BICUBIC, LANCZOS = 0, 4, 2, 5, 3, 1


class Transpose(IntEnum):
    FLIP_LEFT_RIGHT, FLIP_TOP_BOTTOM = 0, 1


class Transform(IntEnum):
    AFFINE, PERSPECTIVE = 0, 2


NEAREST, BOX, BILINEAR, HAMMING, BICUBIC, LANCZOS = 0, 4, 2, 5, 3, 1
FLIP_LEFT_RIGHT, FLIP_TOP_BOTTOM, AFFINE, PERSPECTIVE = 0, 1, 0, 2
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


class Image:
    """A picture: `mode`, `size` (width, height), and its pixels as a tensor of [channels, height, width]."""

    def __init__(self, pixels):
        self._pixels = pixels
        self.mode = _MODES[pixels.shape[0]]

    @property
    def size(self):
        return self._pixels.shape[2], self._pixels.shape[1]

    @property
    def width(self):
        return self.size[0]

    @property
    def height(self):
        return self.size[1]

    def getbands(self):
        return tuple(self.mode)

    def copy(self):
        return Image(self._pixels.clone())

    def crop(self, box):
        """The part between (left, top) and (right, bottom); what lies outside is 0."""
        left, top, right, bottom = box
        width, height = self.size
        part = self._pixels[:, max(top, 0):max(bottom, 0), max(left, 0):max(right, 0)]
        sides = [max(-left, 0), max(right - max(width, left), 0), max(-top, 0), max(bottom - max(height, top), 0)]
        return Image(torch.nn.functional.pad(part, sides))

    def transpose(self, method):
        if method not in (FLIP_LEFT_RIGHT, FLIP_TOP_BOTTOM):
            raise NotImplementedError("a picture is only flipped in this shell: ToTensor() first")
        return Image(self._pixels.flip(2 if method == FLIP_LEFT_RIGHT else 1))

    def convert(self, mode=None, *args, **kwargs):
        if mode in (None, self.mode):
            return self.copy()
        raise NotImplementedError(f"a picture is not converted to mode {mode!r} in this shell: ToTensor() first")

    def __array__(self, dtype=None, copy=None):
        array = self._pixels.permute(1, 2, 0).contiguous().numpy()
        array = array[:, :, 0] if self.mode == "L" else array
        return array if dtype is None else array.astype(dtype)

    def __eq__(self, other):
        return isinstance(other, Image) and torch.equal(self._pixels, other._pixels)

    def __getattr__(self, name):
        if name in _REFUSED:
            raise NotImplementedError(f"{name}() of a PIL image is not in this shell: ToTensor() first, the steps work on tensors")
        raise AttributeError(f"'Image' object has no attribute '{name}'")

    def __repr__(self):
        width, height = self.size
        return f"<PIL.Image.Image image mode={self.mode} size={width}x{height} at 0x{id(self):X}>"


_REFUSED = (
    "resize rotate transform filter point paste save show split thumbnail tobytes getpixel putpixel load quantize reduce"
    " getdata histogram draft effect_spread alpha_composite putalpha getchannel"
).split()


def fromarray(obj, mode=None):
    """A picture of an array of bytes: [height, width] or [height, width, channels]."""
    pixels = torch.from_numpy(obj[:, :, None] if obj.ndim == 2 else obj)
    if pixels.dtype != torch.uint8 or pixels.ndim != 3 or pixels.shape[2] not in _MODES:
        raise TypeError(f"a picture must hold bytes (torch.uint8 or numpy.uint8) in 1 to 4 channels, not {obj.dtype} of {obj.shape}")
    made = Image(pixels.permute(2, 0, 1).contiguous())
    if mode is not None and mode != made.mode:
        raise NotImplementedError(f"a picture of mode {mode!r} is not in this shell, this one is {made.mode}")
    return made


__getattr__, __dir__ = _absent.names("PIL.Image", "open new frombytes frombuffer merge blend composite eval", "no picture's file is read or written")
