"""Tensors of a compiler's: there are none here."""
import _absent


class FakeTensor:
    """No tensor is one."""


FakeTensorMode = _absent.made("torch._subclasses.fake_tensor", "FakeTensorMode", "tensors of device 'meta' have shapes without memory")
FakeTensorConverter = _absent.made("torch._subclasses.fake_tensor", "FakeTensorConverter", "tensors of device 'meta' have shapes without memory")
