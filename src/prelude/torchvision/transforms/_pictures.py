"""What stands for a picture of PIL: whole numbers of 8 bits, no file formats."""
import torch


class Image:
    """A picture: `mode`, `size` (width, height), and its pixels as a tensor of [channels, height, width]."""

    def __init__(self, pixels):
        self._pixels = pixels
        self.mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[pixels.shape[0]]

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

    def __array__(self, dtype=None, copy=None):
        array = self._pixels.permute(1, 2, 0).contiguous().numpy()
        return array[:, :, 0] if self.mode == "L" else array

    def __eq__(self, other):
        return isinstance(other, Image) and torch.equal(self._pixels, other._pixels)

    def __repr__(self):
        width, height = self.size
        return f"<PIL.Image.Image image mode={self.mode} size={width}x{height} at 0x{id(self):X}>"
