"""torchvision.transforms.v2: the steps of torchvision.transforms, and those that are only here."""
import torch
from PIL.Image import Image
from torchvision import transforms as _first
from torchvision.transforms import (
    CenterCrop, Compose, ConvertImageDtype, Grayscale, InterpolationMode, Lambda, Normalize, Pad, PILToTensor, RandomApply,
    RandomChoice, RandomCrop, RandomHorizontalFlip, RandomOrder, RandomResizedCrop, RandomVerticalFlip, Resize, ToPILImage,
    ToTensor, functional,
)


class ToImage:
    """A picture or an array as a tensor of bytes."""

    def __call__(self, pic):
        if isinstance(pic, torch.Tensor):
            return pic
        if isinstance(pic, Image):
            return functional.pil_to_tensor(pic)
        return torch.from_numpy(pic[:, :, None] if pic.ndim == 2 else pic).permute(2, 0, 1).contiguous()

    def __repr__(self):
        return "ToImage()"


class ToDtype(torch.nn.Module):
    """Another kind of numbers, scaled where asked."""

    def __init__(self, dtype, scale=False):
        super().__init__()
        self.dtype, self.scale = dtype, scale

    def forward(self, image):
        return functional.convert_image_dtype(image, self.dtype) if self.scale else image.to(self.dtype)

    def extra_repr(self):
        return f"scale={self.scale}"


class Identity(torch.nn.Module):
    def forward(self, image):
        return image


ToPureTensor = Identity


def __getattr__(name):
    return getattr(_first, name)
