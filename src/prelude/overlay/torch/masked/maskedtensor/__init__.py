"""Tensors with a mask take over operators by __torch_dispatch__, which is C++: the functions of torch.masked take `mask=`."""
from torch.masked.maskedtensor.core import MaskedTensor, is_masked_tensor
from torch.masked.maskedtensor.creation import as_masked_tensor, masked_tensor
