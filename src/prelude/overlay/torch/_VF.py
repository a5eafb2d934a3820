"""The operators of torch by the name under which TorchScript finds them."""
from torch import _C


def __getattr__(name):
    found = getattr(_C._VariableFunctions, name)
    globals()[name] = found
    return found
