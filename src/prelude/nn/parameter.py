"""torch.nn.parameter: Parameter is the shell's own; Buffer is a mark that Module takes off."""
import torch
from torch._shell import Parameter


class Buffer:
    """A tensor that becomes a buffer when it is assigned to a module's attribute."""

    def __new__(cls, data=None, *, persistent=True):
        # outside of a module it is the tensor, which remembers what it is for
        data = torch.empty(0) if data is None else data.detach().requires_grad_(data.requires_grad)
        data.persistent = persistent
        data._is_buffer = True
        return data


class UninitializedTensorMixin:
    """What lazy modules hold before their first input."""

    def __init__(self, requires_grad=True, device=None, dtype=None):
        self.requires_grad = requires_grad
        self.device = torch.device("cpu" if device is None else device)
        self.dtype = torch.get_default_dtype() if dtype is None else dtype
        self.grad = None
        self.is_leaf = True

    def _filled(self, shape, device, dtype):
        device = self.device if device is None else device
        return torch.empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)

    @property
    def shape(self):
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually"
            " happens in `load_state_dict` when trying to load an uninitialized parameter into an"
            " initialized one. Call `forward` to initialize the parameters before accessing their"
            " attributes."
        )

    def __getattr__(self, name):
        raise ValueError(
            f"Attempted to use an uninitialized parameter in <method '{name}' of"
            " 'torch._C.TensorBase' objects>. This error happens when you are using a `LazyModule`"
            f" or explicitly manipulating `torch.nn.parameter.{type(self).__name__}` objects. When"
            " using LazyModules Call `forward` with a dummy batch to initialize the parameters"
            " before calling torch functions"
        )

    def detach(self):
        return self

    def requires_grad_(self, requires_grad=True):
        self.requires_grad = requires_grad
        return self

    def __reduce_ex__(self, proto):
        return (type(self), (self.requires_grad,))

    def __repr__(self):
        return f"<{type(self).__name__}>"


class UninitializedParameter(UninitializedTensorMixin):
    """A parameter that has no shape yet."""

    def materialize(self, shape, device=None, dtype=None):
        return Parameter(self._filled(shape, device, dtype), self.requires_grad)


class UninitializedBuffer(UninitializedTensorMixin):
    """A buffer that has no shape yet."""

    def materialize(self, shape, device=None, dtype=None):
        return self._filled(shape, device, dtype)


def is_lazy(param):
    return isinstance(param, UninitializedTensorMixin)
