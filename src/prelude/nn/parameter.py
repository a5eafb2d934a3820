"""torch.nn.parameter: Parameter is the shell's own; Buffer is a mark that Module takes off."""
from torch._shell import Parameter


class Buffer:
    """A tensor that becomes a buffer when it is assigned to a module's attribute."""

    def __init__(self, data=None, *, persistent=True):
        self.data = data
        self.persistent = persistent


class UninitializedTensorMixin:
    """What lazy modules hold before their first input; this shell has no lazy modules."""


class UninitializedParameter(UninitializedTensorMixin):
    pass


class UninitializedBuffer(UninitializedTensorMixin):
    pass


def is_lazy(param):
    return isinstance(param, UninitializedTensorMixin)
