"""torch.distributed.tensor: names only; a tensor of one process has no parts elsewhere."""
import _absent

__getattr__, __dir__ = _absent.names(
    "torch.distributed.tensor",
    "DTensor distribute_tensor distribute_module Shard Replicate Partial Placement ones empty full rand randn zeros",
    "this shell is one process",
)
