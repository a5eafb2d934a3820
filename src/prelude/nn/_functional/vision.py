"""torch.nn.functional: padding, resizing, sampling, patches."""
import warnings

import torch


def pad(input, pad, mode="constant", value=None):
    return torch._C._nn.pad(input, pad, mode, value)


_RESIZERS = {
    ("nearest", 3): "upsample_nearest1d",
    ("nearest", 4): "upsample_nearest2d",
    ("nearest", 5): "upsample_nearest3d",
    ("nearest-exact", 3): "_upsample_nearest_exact1d",
    ("nearest-exact", 4): "_upsample_nearest_exact2d",
    ("nearest-exact", 5): "_upsample_nearest_exact3d",
    ("linear", 3): "upsample_linear1d",
    ("bilinear", 4): "upsample_bilinear2d",
    ("trilinear", 5): "upsample_trilinear3d",
    ("bicubic", 4): "upsample_bicubic2d",
}


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    dims = input.dim() - 2
    plain = mode in ("nearest", "area", "nearest-exact")
    if plain and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear |"
            " bicubic | trilinear"
        )
    if not plain and align_corners is None:
        align_corners = False
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None and not isinstance(size, (list, tuple)):
        size = [size] * dims
    scales = None
    if scale_factor is not None:
        scales = list(scale_factor) if isinstance(scale_factor, (list, tuple)) else [scale_factor] * dims
        if recompute_scale_factor:
            size = [int(length * scale) for length, scale in zip(input.shape[2:], scales)]
            scales = None
    if mode == "area":
        if size is None:
            size = [int(length * scale) for length, scale in zip(input.shape[2:], scales)]
        pool = {3: torch.adaptive_avg_pool1d, 4: torch._C._nn.adaptive_avg_pool2d, 5: torch._C._nn.adaptive_avg_pool3d}
        return pool[input.dim()](input, size)
    if antialias:
        if input.dim() != 4 or mode not in ("bilinear", "bicubic"):
            raise ValueError("Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input")
        name = f"_upsample_{mode}2d_aa"
        return getattr(torch._C._nn, name)(input, size, align_corners, scales)
    name = _RESIZERS.get((mode, input.dim()))
    if name is None:
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got"
            f" {input.dim()}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area |"
            f" nearest-exact (got {mode})"
        )
    resize = getattr(torch._C._nn, name)
    if plain:
        return resize(input, size, scales)
    return resize(input, size, align_corners, scales)


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    modes = ("bilinear", "nearest", "bicubic")
    paddings = ("zeros", "border", "reflection")
    if mode not in modes:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in paddings:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but"
            f" got: '{padding_mode}'"
        )
    return torch.grid_sampler(input, grid, modes.index(mode), paddings.index(padding_mode), bool(align_corners))


def affine_grid(theta, size, align_corners=None):
    return torch.affine_grid_generator(theta, size, bool(align_corners))


def _two(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    return torch._C._nn.im2col(input, _two(kernel_size), _two(dilation), _two(padding), _two(stride))


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    sizes = (_two(output_size), _two(kernel_size), _two(dilation), _two(padding), _two(stride))
    return torch._C._nn.col2im(input, *sizes)
