"""torchvision.ops.stochastic_depth: a branch left out at random while training."""
import torch
from torch import nn


def stochastic_depth(input, p, mode, training=True):
    """The input, or zeros for a share p of the rows (or of the batches), the rest scaled up."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}")
    if mode not in ("batch", "row"):
        raise ValueError(f"mode has to be either 'batch' or 'row', but got {mode}")
    if not training or p == 0.0:
        return input
    rows = input.shape[0] if mode == "row" else 1
    kept = torch.empty(
        [rows] + [1] * (input.ndim - 1), dtype=input.dtype, device=input.device
    ).bernoulli_(1.0 - p)
    if p < 1.0:
        kept.div_(1.0 - p)
    return input * kept


class StochasticDepth(nn.Module):
    def __init__(self, p, mode):
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, input):
        return stochastic_depth(input, self.p, self.mode, self.training)

    def __repr__(self):
        return f"{type(self).__name__}(p={self.p}, mode={self.mode})"
