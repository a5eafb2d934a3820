"""torch.nn: padding."""
import torch.nn.functional as F
from torch.nn.modules.module import Module
from torch.nn.modules.utils import _ntuple


class _Pad(Module):
    """Padding of the last `_spatial` dimensions; `_mode` is how it is filled."""

    def __init__(self, padding):
        super().__init__()
        self.padding = _ntuple(2 * self._spatial)(padding)

    def forward(self, input):
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self):
        return f"{self.padding}"


class _CircularPad(_Pad):
    _mode = "circular"

    def forward(self, input):
        low, high = self._spatial + 1, self._spatial + 2
        if input.dim() not in (low, high):
            raise ValueError(f"expected {low}D or {high}D input (got {input.dim()}D input)")
        return super().forward(input)


class CircularPad1d(_CircularPad):
    _spatial = 1


class CircularPad2d(_CircularPad):
    _spatial = 2


class CircularPad3d(_CircularPad):
    _spatial = 3


class _ConstantPad(_Pad):
    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self):
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    _spatial = 1


class ConstantPad2d(_ConstantPad):
    _spatial = 2


class ConstantPad3d(_ConstantPad):
    _spatial = 3


class ZeroPad1d(ConstantPad1d):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"


class ReflectionPad1d(_Pad):
    _spatial = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    _spatial = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    _spatial = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    _spatial = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    _spatial = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    _spatial = 3
    _mode = "replicate"
