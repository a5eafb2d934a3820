"""What makes tensors with a mask, by name."""
from torch.masked.maskedtensor.core import MaskedTensor


def masked_tensor(data, mask, requires_grad=False):
    return MaskedTensor(data, mask, requires_grad)


def as_masked_tensor(data, mask):
    return MaskedTensor(data, mask)
