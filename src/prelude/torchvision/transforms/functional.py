"""torchvision.transforms.functional: pictures as tensors, cut, turned, scaled."""
import math
from enum import Enum

import _absent
import numpy as np
import torch
from torch import Tensor
from torchvision.transforms._pictures import Image


class InterpolationMode(Enum):
    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


def _pixels(img):
    """The tensor of a picture, and how to make what came in of it again."""
    if isinstance(img, Image):
        return img._pixels, Image
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be PIL Image or Tensor. Got {type(img)}")
    if img.ndim < 2:
        raise TypeError("Tensor is not a torch image.")
    return img, lambda pixels: pixels


def get_dimensions(img):
    pixels, _ = _pixels(img)
    channels = 1 if pixels.ndim == 2 else pixels.shape[-3]
    return [channels, pixels.shape[-2], pixels.shape[-1]]


def get_image_size(img):
    _, height, width = get_dimensions(img)
    return [width, height]


def get_image_num_channels(img):
    return get_dimensions(img)[0]


def to_tensor(pic):
    """A picture or an array of [height, width, channels] as [channels, height, width]; bytes become 0 to 1."""
    if isinstance(pic, Image):
        return pic._pixels.to(torch.get_default_dtype()).div(255)
    if not isinstance(pic, np.ndarray):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if pic.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    pixels = torch.from_numpy(pic[:, :, None] if pic.ndim == 2 else pic).permute(2, 0, 1).contiguous()
    return pixels.to(torch.get_default_dtype()).div(255) if pixels.dtype == torch.uint8 else pixels


def pil_to_tensor(pic):
    if not isinstance(pic, Image):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return pic._pixels.clone()


def to_pil_image(pic, mode=None):
    """A tensor of [channels, height, width], 0 to 1 or bytes, or an array of bytes, as a picture."""
    if isinstance(pic, np.ndarray):
        pic = torch.from_numpy(pic[:, :, None] if pic.ndim == 2 else pic).permute(2, 0, 1)
    elif not isinstance(pic, Tensor):
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    if pic.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    pic = pic[None] if pic.ndim == 2 else pic
    if pic.shape[0] > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {pic.shape[0]} channels.")
    if pic.is_floating_point():
        pic = pic.mul(255).byte()
    if pic.dtype != torch.uint8:
        raise TypeError(f"a picture must hold bytes (torch.uint8 or numpy.uint8), not {pic.dtype}")
    return Image(pic.contiguous())


def convert_image_dtype(image, dtype=torch.float):
    """Another kind of numbers, the largest value of one becoming that of the other."""
    if not isinstance(image, Tensor):
        raise TypeError("Input img should be Tensor Image")
    if image.dtype == dtype:
        return image
    if image.is_floating_point():
        if dtype.is_floating_point:
            return image.to(dtype)
        if (image.dtype, dtype) in [(torch.float32, torch.int32), (torch.float32, torch.int64), (torch.float64, torch.int64)]:
            raise RuntimeError(f"The cast from {image.dtype} to {dtype} cannot be performed safely.")
        return image.mul(torch.iinfo(dtype).max + 1.0 - 1e-3).to(dtype)
    most = torch.iinfo(image.dtype).max
    if dtype.is_floating_point:
        return image.to(dtype) / most
    wanted = torch.iinfo(dtype).max
    if most > wanted:
        return torch.div(image, (most + 1) // (wanted + 1), rounding_mode="floor").to(dtype)
    return image.to(dtype) * ((wanted + 1) // (most + 1))


def normalize(tensor, mean, std, inplace=False):
    """Each channel less its mean, divided by its deviation."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = {tensor.size()}")
    tensor = tensor if inplace else tensor.clone()
    mean = torch.as_tensor(mean, dtype=tensor.dtype, device=tensor.device)
    std = torch.as_tensor(std, dtype=tensor.dtype, device=tensor.device)
    if (std == 0).any():
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
    mean = mean.view(-1, 1, 1) if mean.ndim == 1 else mean
    std = std.view(-1, 1, 1) if std.ndim == 1 else std
    return tensor.sub_(mean).div_(std)


def _wanted_size(height, width, size, max_size):
    """[height, width] where one number is the length of the shorter edge."""
    if not isinstance(size, int) and len(size) == 2:
        return list(size)
    short, long = min(height, width), max(height, width)
    new_short = size if isinstance(size, int) else size[0]
    new_long = int(new_short * long / short)
    if max_size is not None and new_long > max_size:
        new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_short, new_long] if height <= width else [new_long, new_short]


def resize(img, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    """Another size, of tensors."""
    if isinstance(img, Image):
        raise NotImplementedError("resize() of a PIL image is not in this shell; ToTensor() first, then Resize() works on the tensor")
    pixels, _ = _pixels(img)
    height, width = pixels.shape[-2:]
    wanted = _wanted_size(height, width, size, max_size)
    if wanted == [height, width]:
        return img
    mode = interpolation.value
    if mode not in ("nearest", "nearest-exact", "bilinear", "bicubic"):
        raise ValueError("This interpolation mode is unsupported with Tensor input")
    smooth = mode in ("bilinear", "bicubic")
    batch = pixels.reshape((-1,) + tuple(pixels.shape[-3:])) if pixels.ndim >= 3 else pixels[None, None]
    is_whole = not batch.is_floating_point()
    batch = batch.float() if is_whole else batch
    scaled = torch.nn.functional.interpolate(
        batch, wanted, mode=mode, align_corners=False if smooth else None, antialias=smooth and bool(antialias))
    if mode == "bicubic" and pixels.dtype == torch.uint8:
        scaled = scaled.clamp(0, 255)
    scaled = scaled.round().to(pixels.dtype) if is_whole else scaled
    return scaled.reshape(tuple(pixels.shape[:-2]) + tuple(wanted))


_MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}


def pad(img, padding, fill=0, padding_mode="constant"):
    """A border around it: one width, (horizontal, vertical), or (left, top, right, bottom)."""
    pixels, again = _pixels(img)
    sides = [padding] if isinstance(padding, int) else list(padding)
    if len(sides) not in (1, 2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(sides)} element tuple")
    left, top, right, bottom = (sides * 4)[:4]
    if padding_mode not in _MODES:
        raise ValueError("Padding mode should be either constant, edge or reflect in this shell")
    if padding_mode == "constant":
        return again(torch.nn.functional.pad(pixels, [left, right, top, bottom], value=float(fill)))
    batch = pixels.reshape((1, -1) + tuple(pixels.shape[-2:])).float()
    wide = torch.nn.functional.pad(batch, [left, right, top, bottom], mode=_MODES[padding_mode])
    return again(wide.reshape(tuple(pixels.shape[:-2]) + tuple(wide.shape[-2:])).to(pixels.dtype))


def crop(img, top, left, height, width):
    """A part of it; what lies outside is 0."""
    pixels, again = _pixels(img)
    rows, columns = pixels.shape[-2:]
    part = pixels[..., max(top, 0):max(top + height, 0), max(left, 0):max(left + width, 0)]
    if top < 0 or left < 0 or top + height > rows or left + width > columns:
        sides = [max(-left, 0), max(-top, 0), max(left + width - columns, 0), max(top + height - rows, 0)]
        part = pad(part, sides)
    return again(part)


def center_crop(img, output_size):
    """The middle of it."""
    sizes = [output_size] if isinstance(output_size, (int, float)) else list(output_size)
    height, width = (int(sizes[0]), int(sizes[-1]))
    _, rows, columns = get_dimensions(img)
    if width > columns or height > rows:
        more = [max(width - columns, 0), max(height - rows, 0)]
        img = pad(img, [more[0] // 2, more[1] // 2, (more[0] + 1) // 2, (more[1] + 1) // 2])
        _, rows, columns = get_dimensions(img)
    return crop(img, int(round((rows - height) / 2.0)), int(round((columns - width) / 2.0)), height, width)


def resized_crop(img, top, left, height, width, size, interpolation=InterpolationMode.BILINEAR, antialias=True):
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def hflip(img):
    pixels, again = _pixels(img)
    return again(pixels.flip(-1))


def vflip(img):
    pixels, again = _pixels(img)
    return again(pixels.flip(-2))


def rgb_to_grayscale(img, num_output_channels=1):
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    if isinstance(img, Image):
        raise NotImplementedError("grayscale of a PIL image is not in this shell; ToTensor() first")
    if img.shape[-3] == 3:
        red, green, blue = img.unbind(dim=-3)
        img = (0.2989 * red + 0.587 * green + 0.114 * blue).to(img.dtype).unsqueeze(dim=-3)
    return img.expand(img.shape[:-3] + (3,) + img.shape[-2:]) if num_output_channels == 3 else img.clone()


to_grayscale = rgb_to_grayscale


def invert(img):
    pixels, again = _pixels(img)
    return again((1 if pixels.is_floating_point() else torch.iinfo(pixels.dtype).max) - pixels)


def erase(img, i, j, h, w, v, inplace=False):
    img = img if inplace else img.clone()
    img[..., i:i + h, j:j + w] = v
    return img


__getattr__, __dir__ = _absent.names(
    "torchvision.transforms.functional",
    "adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation adjust_sharpness affine autocontrast"
    " elastic_transform equalize five_crop gaussian_blur perspective posterize rotate solarize ten_crop",
)
