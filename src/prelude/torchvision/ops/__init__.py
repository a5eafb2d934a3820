"""torchvision.ops: the parts of layers that models share."""
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation
