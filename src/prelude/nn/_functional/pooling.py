"""torch.nn.functional: pooling."""
import torch
from torch.nn.modules.utils import _list_with_default, _ntuple, _pair, _single, _triple

# what is defined here is known as a part of that module
__name__ = "torch.nn.functional"


def _max_pool(plain, with_indices):
    """The public function and its _with_indices twin, over the two operators."""

    def values_and_indices(
        input,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        ceil_mode=False,
        return_indices=False,
    ):
        stride = [] if stride is None else stride
        return with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)

    def pool(
        input,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        ceil_mode=False,
        return_indices=False,
    ):
        stride = [] if stride is None else stride
        operator = with_indices if return_indices else plain
        return operator(input, kernel_size, stride, padding, dilation, ceil_mode)

    return pool, values_and_indices


max_pool1d, max_pool1d_with_indices = _max_pool(torch.max_pool1d, torch.max_pool1d_with_indices)
max_pool2d, max_pool2d_with_indices = _max_pool(
    torch.max_pool2d, torch._C._nn.max_pool2d_with_indices
)
max_pool3d, max_pool3d_with_indices = _max_pool(
    torch.max_pool3d, torch._C._nn.max_pool3d_with_indices
)


def adaptive_max_pool1d_with_indices(input, output_size, return_indices=False):
    return torch.adaptive_max_pool1d(input, output_size)


def adaptive_max_pool2d_with_indices(input, output_size, return_indices=False):
    size = _list_with_default(output_size, input.size())
    return torch._C._nn.adaptive_max_pool2d(input, size)


def adaptive_max_pool3d_with_indices(input, output_size, return_indices=False):
    size = _list_with_default(output_size, input.size())
    return torch._C._nn.adaptive_max_pool3d(input, size)


def adaptive_max_pool1d(input, output_size, return_indices=False):
    pooled = adaptive_max_pool1d_with_indices(input, output_size)
    return pooled if return_indices else pooled[0]


def adaptive_max_pool2d(input, output_size, return_indices=False):
    pooled = adaptive_max_pool2d_with_indices(input, output_size)
    return pooled if return_indices else pooled[0]


def adaptive_max_pool3d(input, output_size, return_indices=False):
    pooled = adaptive_max_pool3d_with_indices(input, output_size)
    return pooled if return_indices else pooled[0]


def adaptive_avg_pool2d(input, output_size):
    size = _list_with_default(output_size, input.size())
    return torch._C._nn.adaptive_avg_pool2d(input, size)


def adaptive_avg_pool3d(input, output_size):
    size = _list_with_default(output_size, input.size())
    return torch._C._nn.adaptive_avg_pool3d(input, size)


def _lp_pool(average, input, norm_type, kernel_size, stride, ceil_mode, elements):
    stride = [] if stride is None else stride
    mean = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (torch.sign(mean) * torch.relu(torch.abs(mean))).mul(elements).pow(1.0 / norm_type)


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    return _lp_pool(
        torch.avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode, kernel_size
    )


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    high, wide = _pair(kernel_size)
    return _lp_pool(
        torch._C._nn.avg_pool2d, input, norm_type, kernel_size, stride, ceil_mode, high * wide
    )


def lp_pool3d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    deep, high, wide = _triple(kernel_size)
    elements = deep * high * wide
    return _lp_pool(
        torch._C._nn.avg_pool3d, input, norm_type, kernel_size, stride, ceil_mode, elements
    )


def _unpool_output_size(input, kernel_size, stride, padding, output_size):
    n = len(kernel_size)
    sizes = input.size()[-n:]
    natural = [(sizes[d] - 1) * stride[d] + kernel_size[d] - 2 * padding[d] for d in range(n)]
    if output_size is None:
        return natural
    if len(output_size) == n + 2:
        output_size = output_size[2:]
    if len(output_size) != n:
        raise ValueError(
            f"output_size should be a sequence containing {n} or {n + 2} elements, "
            f"but it has a length of '{len(output_size)}'"
        )
    for d in range(n):
        low = natural[d] - stride[d]
        high = natural[d] + stride[d]
        if not low < output_size[d] < high:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {d} must be between {low} and {high})'
            )
    return list(output_size)


def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    kernel_size = _single(kernel_size)
    stride = kernel_size if stride is None else _single(stride)
    size = _unpool_output_size(input, kernel_size, stride, _single(padding), output_size)
    input = input.unsqueeze(-1)
    return torch._C._nn.max_unpool2d(input, indices.unsqueeze(-1), size + [1]).squeeze(-1)


def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    kernel_size = _pair(kernel_size)
    stride = kernel_size if stride is None else _pair(stride)
    size = _unpool_output_size(input, kernel_size, stride, _pair(padding), output_size)
    return torch._C._nn.max_unpool2d(input, indices, size)


def max_unpool3d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    kernel_size = _triple(kernel_size)
    stride = kernel_size if stride is None else _triple(stride)
    padding = _triple(padding)
    size = _unpool_output_size(input, kernel_size, stride, padding, output_size)
    return torch._C._nn.max_unpool3d(input, indices, size, stride, padding)


def _fractional(n, operator, input, kernel_size, output_size, output_ratio, samples):
    if output_size is None and output_ratio is None:
        raise ValueError(
            f"fractional_max_pool{n}d requires specifying either "
            "an output_size or an output_ratio"
        )
    if output_size is None:
        ratio = _ntuple(n)(output_ratio)
        output_size = [int(input.size(d - n) * ratio[d]) for d in range(n)]
    if samples is None:
        batch = 1 if input.dim() == n + 1 else input.size(0)
        channels = input.size(-n - 1)
        samples = torch.rand(batch, channels, n, dtype=input.dtype, device=input.device)
    return operator(input, kernel_size, output_size, samples)


def fractional_max_pool2d_with_indices(
    input,
    kernel_size,
    output_size=None,
    output_ratio=None,
    return_indices=False,
    _random_samples=None,
):
    operator = torch._C._nn.fractional_max_pool2d
    return _fractional(2, operator, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool3d_with_indices(
    input,
    kernel_size,
    output_size=None,
    output_ratio=None,
    return_indices=False,
    _random_samples=None,
):
    operator = torch._C._nn.fractional_max_pool3d
    return _fractional(3, operator, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool2d(
    input,
    kernel_size,
    output_size=None,
    output_ratio=None,
    return_indices=False,
    _random_samples=None,
):
    operator = torch._C._nn.fractional_max_pool2d
    pooled = _fractional(
        2, operator, input, kernel_size, output_size, output_ratio, _random_samples
    )
    return pooled if return_indices else pooled[0]


def fractional_max_pool3d(
    input,
    kernel_size,
    output_size=None,
    output_ratio=None,
    return_indices=False,
    _random_samples=None,
):
    operator = torch._C._nn.fractional_max_pool3d
    pooled = _fractional(
        3, operator, input, kernel_size, output_size, output_ratio, _random_samples
    )
    return pooled if return_indices else pooled[0]
