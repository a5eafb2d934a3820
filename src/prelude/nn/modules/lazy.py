"""torch.nn.modules.lazy: layers that take their input's size from their first input."""
import torch
from torch.nn.modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from torch.nn.modules.conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from torch.nn.modules.instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from torch.nn.modules.linear import Linear
from torch.nn.modules.module import Module
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy


class LazyModuleMixin:
    """Its parameters are uninitialized until it is called, or loads a state_dict."""

    cls_to_become = None

    def _delay(self, names, buffers=(), device=None, dtype=None):
        self.__dict__["_delayed"] = (device, dtype)
        for name in names:
            self._parameters[name] = UninitializedParameter(device=device, dtype=dtype)
        for name in buffers:
            self._buffers[name] = UninitializedBuffer(device=device, dtype=dtype)

    def _materialize(self, name, shape):
        """Memory for a parameter or buffer, if it has none yet."""
        for table in (self._parameters, self._buffers):
            if is_lazy(table.get(name)):
                table[name] = table[name].materialize(shape)

    def has_uninitialized_params(self):
        tables = (self._parameters, self._buffers)
        return any([is_lazy(tensor) for table in tables for tensor in table.values()])

    def initialize_parameters(self, *args, **kwargs):
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def _become(self):
        if self.cls_to_become is not None:
            self.__class__ = self.cls_to_become

    def reset_parameters(self):
        if not self.has_uninitialized_params() and self._size() != 0:
            self.cls_to_become.reset_parameters(self)

    def __call__(self, *args, **kwargs):
        self.initialize_parameters(*args, **kwargs)
        if self.has_uninitialized_params():
            raise RuntimeError(
                f"module {self._get_name()} has not been fully initialized"
            )
        self._become()
        return Module.__call__(self, *args, **kwargs)

    def _load_from_state_dict(self, state_dict, prefix, *rest):
        for table in (self._parameters, self._buffers):
            for name, tensor in table.items():
                given = state_dict.get(prefix + name)
                if is_lazy(tensor) and given is not None and not is_lazy(given):
                    table[name] = tensor.materialize(given.shape)
        self.cls_to_become._load_from_state_dict(self, state_dict, prefix, *rest)


class LazyLinear(LazyModuleMixin, Linear):
    cls_to_become = Linear

    def __init__(self, out_features, bias=True, device=None, dtype=None):
        super().__init__(0, 0, False)
        self._delay(["weight", "bias"] if bias else ["weight"], (), device, dtype)
        self.out_features = out_features

    def _size(self):
        return self.in_features

    def initialize_parameters(self, input):
        if self.has_uninitialized_params():
            with torch.no_grad():
                self.in_features = input.shape[-1]
                self._materialize("weight", (self.out_features, self.in_features))
                self._materialize("bias", (self.out_features,))
                self.reset_parameters()
        if self.in_features == 0:
            self.in_features = self.weight.shape[-1]


class _LazyConv(LazyModuleMixin):
    def _begin(self, out_channels, bias, device, dtype):
        self._delay(["weight", "bias"] if bias else ["weight"], (), device, dtype)
        self.out_channels = out_channels

    def _size(self):
        return self.in_channels

    def _channels_of(self, input):
        n = self._dimensions
        if input.dim() not in (n + 1, n + 2):
            raise RuntimeError(
                f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to"
                f" {type(self).__name__}, but got input of size: {input.shape}"
            )
        return input.shape[1] if input.dim() == n + 2 else input.shape[0]

    def initialize_parameters(self, input, *args, **kwargs):
        if not self.has_uninitialized_params():
            return
        self.in_channels = self._channels_of(input)
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        shape = (self.out_channels, self.in_channels // self.groups)
        if self.transposed:
            shape = (self.in_channels, self.out_channels // self.groups)
        self._materialize("weight", (*shape, *self.kernel_size))
        self._materialize("bias", (self.out_channels,))
        self.reset_parameters()


class _LazyPlainConv(_LazyConv):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode
        )
        self._begin(out_channels, bias, device, dtype)


class _LazyConvTranspose(_LazyConv):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode
        )
        self._begin(out_channels, bias, device, dtype)


class LazyConv1d(_LazyPlainConv, Conv1d):
    cls_to_become = Conv1d


class LazyConv2d(_LazyPlainConv, Conv2d):
    cls_to_become = Conv2d


class LazyConv3d(_LazyPlainConv, Conv3d):
    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    cls_to_become = ConvTranspose3d


class _LazyNorm(LazyModuleMixin):
    def _begin(self, eps, momentum, affine, track_running_stats, device, dtype):
        super().__init__(0, eps, momentum, False, False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        means = ["running_mean", "running_var"] if track_running_stats else []
        self._delay(["weight", "bias"] if affine else [], means, device, dtype)
        if track_running_stats:
            self._buffers["num_batches_tracked"] = torch.tensor(0, dtype=torch.long, device=device)

    def _size(self):
        return self.num_features

    def initialize_parameters(self, input):
        if self.has_uninitialized_params():
            self.num_features = input.shape[1]
            for name in ("weight", "bias", "running_mean", "running_var"):
                self._materialize(name, (self.num_features,))
            self.reset_parameters()


class _LazyBatchNorm(_LazyNorm):
    def __init__(
        self,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
    ):
        self._begin(eps, momentum, affine, track_running_stats, device, dtype)


class _LazyInstanceNorm(_LazyNorm):
    def __init__(
        self,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
    ):
        self._begin(eps, momentum, affine, track_running_stats, device, dtype)


class LazyBatchNorm1d(_LazyBatchNorm, BatchNorm1d):
    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyBatchNorm, BatchNorm2d):
    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyBatchNorm, BatchNorm3d):
    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm, InstanceNorm3d):
    cls_to_become = InstanceNorm3d


# PyTorch has each beside the class it becomes, and pickles it by that name.
for _lazy in list(globals().values()):
    if isinstance(_lazy, type) and "cls_to_become" in _lazy.__dict__ and _lazy.cls_to_become is not None:
        _lazy.__module__ = _lazy.cls_to_become.__module__
