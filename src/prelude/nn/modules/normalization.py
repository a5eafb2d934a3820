"""torch.nn.modules.normalization"""
from torch.nn import functional as F
from torch.nn import init
from torch.nn.modules._make import set_weight_and_bias, show
from torch.nn.modules.module import Module


class LocalResponseNorm(Module):
    """Normalisation over neighbouring channels."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input):
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self):
        return f"{self.size}, " + show(self, "alpha", "beta", "k")


class CrossMapLRN2d(LocalResponseNorm):
    """The older form of LocalResponseNorm; k is printed as it was given."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1):
        super().__init__(size, alpha, beta, k)


class _ShapeNorm(Module):
    def _set_up(self, normalized_shape, eps, elementwise_affine, bias, device, dtype):
        Module.__init__(self)
        if isinstance(normalized_shape, int):
            normalized_shape = (normalized_shape,)
        self.normalized_shape = tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine

    def extra_repr(self):
        return f"{self.normalized_shape}, " + show(self, "eps", "elementwise_affine")


class LayerNorm(_ShapeNorm):
    """Normalisation over the last dimensions, then weight and bias of that shape."""

    def __init__(
        self,
        normalized_shape,
        eps=1e-5,
        elementwise_affine=True,
        bias=True,
        device=None,
        dtype=None,
    ):
        self._set_up(normalized_shape, eps, elementwise_affine, bias, device, dtype)
        shape = self.normalized_shape if elementwise_affine else None
        set_weight_and_bias(self, shape, shape if bias else None, device, dtype)
        self.reset_parameters()

    def reset_parameters(self):
        if self.elementwise_affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(_ShapeNorm):
    """Division by the root mean square of the last dimensions."""

    def __init__(
        self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None
    ):
        self._set_up(normalized_shape, eps, elementwise_affine, False, device, dtype)
        shape = self.normalized_shape if elementwise_affine else None
        set_weight_and_bias(self, shape, None, device, dtype)
        del self._parameters["bias"]
        self.reset_parameters()

    def reset_parameters(self):
        if self.elementwise_affine:
            init.ones_(self.weight)

    def forward(self, x):
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)


class GroupNorm(Module):
    """Normalisation over groups of channels."""

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None):
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        shape = num_channels if affine else None
        set_weight_and_bias(self, shape, shape, device, dtype)
        self.reset_parameters()

    def reset_parameters(self):
        if self.affine:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.num_groups}, {self.num_channels}, " + show(self, "eps", "affine")
