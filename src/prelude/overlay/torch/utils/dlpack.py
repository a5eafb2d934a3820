"""Memory shared between libraries: here between the shell's own tensors and arrays."""
from torch import from_dlpack


def to_dlpack(tensor):
    """What from_dlpack takes: the tensor itself, as no other library is here."""
    return tensor
