"""torchvision.ops: the parts of layers that models share."""
from torchvision.ops.misc import MLP, Conv2dNormActivation, Permute, SqueezeExcitation
from torchvision.ops.stochastic_depth import StochasticDepth, stochastic_depth
