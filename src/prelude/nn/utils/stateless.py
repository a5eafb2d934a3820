"""torch.nn.utils.stateless: functional_call by its early home."""
from torch.func._modules import functional_call
