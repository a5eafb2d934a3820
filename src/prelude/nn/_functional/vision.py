"""torch.nn.functional: padding, resampling, patches."""
import warnings

import torch
from torch.nn.modules.utils import _pair

# what is defined here is known as a part of that module
__name__ = "torch.nn.functional"

_CORNERS_WARNING = (
    "Default grid_sample and affine_grid behavior has changed "
    "to align_corners=False since 1.3.0. Please specify "
    "align_corners=True if the old behavior is desired. "
    "See the documentation of grid_sample for details."
)
_ALIGNED_MODE_OF = {3: "linear", 4: "bilinear", 5: "trilinear"}
_RANK_OF = {"linear": 3, "bilinear": 4, "trilinear": 5}


def pad(input, pad, mode="constant", value=None):
    return torch._C._nn.pad(input, pad, mode, value)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    return torch._C._nn.im2col(
        input, _pair(kernel_size), _pair(dilation), _pair(padding), _pair(stride)
    )


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    return torch._C._nn.col2im(
        input,
        _pair(output_size),
        _pair(kernel_size),
        _pair(dilation),
        _pair(padding),
        _pair(stride),
    )


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the "
                "interpolating modes: linear | bilinear | bicubic | trilinear"
            )
    elif align_corners is None:
        align_corners = False
    rank = input.dim() - 2
    size, scales = _size_or_scales(input, rank, size, scale_factor)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if recompute_scale_factor or mode == "area" and size is None:
        size = [int(input.size(i + 2) * scales[i]) for i in range(rank)]
        scales = None
    if antialias and not (mode in ("bilinear", "bicubic") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D"
            " tensor as input"
        )
    return _resample(input, size, scales, mode, align_corners, antialias)


def _size_or_scales(input, rank, size, scale_factor):
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = scale_factor if size is None else size
    if not isinstance(given, (list, tuple)):
        given = [given] * rank
    elif len(given) != rank:
        both, what, place, letter = (
            ("scale_factor", "scale_factor of shape", "scale_factor", "s")
            if size is None
            else ("output", "output size of", "output size", "o")
        )
        raise ValueError(
            f"Input and {both} must have the same number of spatial dimensions, but got input"
            f" with spatial dimensions of {list(input.shape[2:])} and {what} {given}. Please"
            f" provide input tensor in (N, C, d1, d2, ...,dK) format and {place} in"
            f" ({letter}1, {letter}2, ...,{letter}K) format."
        )
    return (given, None) if size is not None else (None, given)


def _resample(input, size, scales, mode, align_corners, antialias):
    nn = torch._C._nn
    dim = input.dim()
    if dim in (3, 4, 5):
        if mode == "nearest":
            return getattr(nn, f"upsample_nearest{dim - 2}d")(input, size, scales)
        if mode == "nearest-exact":
            return getattr(nn, f"_upsample_nearest_exact{dim - 2}d")(input, size, scales)
        if mode == "area":
            import torch.nn.functional as F

            return getattr(F, f"adaptive_avg_pool{dim - 2}d")(input, size)
        if mode == _ALIGNED_MODE_OF[dim] or mode == "bicubic" and dim == 4:
            name = f"upsample_{mode}{dim - 2}d"
            operator = getattr(nn, f"_{name}_aa" if antialias else name)
            return operator(input, size, align_corners, scales)
        if mode in _RANK_OF:
            raise NotImplementedError(
                f"Got {dim}D input, but {mode} mode needs {_RANK_OF[mode]}D input"
            )
    raise NotImplementedError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported"
        f" (got {dim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area |"
        f" nearest-exact (got {mode})"
    )


def _deprecated(old):
    warnings.warn(
        f"`nn.functional.{old}` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=3,
    )


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    modes = ["bilinear", "nearest", "bicubic"]
    if mode not in modes:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic',"
            f" but got: '{mode}'"
        )
    paddings = ["zeros", "border", "reflection"]
    if padding_mode not in paddings:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or"
            f" 'reflection', but got: '{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(_CORNERS_WARNING, stacklevel=2)
        align_corners = False
    return torch.grid_sampler(
        input, grid, modes.index(mode), paddings.index(padding_mode), align_corners
    )


def affine_grid(theta, size, align_corners=None):
    if align_corners is None:
        warnings.warn(_CORNERS_WARNING, stacklevel=2)
        align_corners = False
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms,"
            f" respectively. Got size {size}."
        )
    rank = len(size) - 2
    if theta.dim() != 3 or theta.shape[-2] != rank or theta.shape[-1] != rank + 1:
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size"
            f" {size}. Got {theta.shape}."
        )
    if min(size) <= 0 and not (align_corners and min(size[2:]) == 1):
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return torch.affine_grid_generator(theta, size, align_corners)
