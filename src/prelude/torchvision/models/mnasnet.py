"""torchvision.models.mnasnet: inverted residuals of two kernel sizes, found by search."""
from torch import nn
from torchvision.models._api import make_divisible, untrained

_BN_MOMENTUM = 1 - 0.9997

# kernel, stride of the first, expansion, how often
_STACKS = [(3, 2, 3, 3), (5, 2, 3, 3), (5, 2, 6, 3), (3, 1, 6, 2), (5, 2, 6, 4), (3, 1, 6, 1)]


def _conv(inp, oup, kernel, stride=1, groups=1, activation=True):
    layers = [
        nn.Conv2d(
            inp, oup, kernel, padding=kernel // 2, stride=stride, groups=groups, bias=False
        ),
        nn.BatchNorm2d(oup, momentum=_BN_MOMENTUM),
    ]
    return layers + [nn.ReLU(inplace=True)] if activation else layers


class _InvertedResidual(nn.Module):
    def __init__(self, in_ch, out_ch, kernel_size, stride, expansion_factor):
        super().__init__()
        middle = in_ch * expansion_factor
        self.apply_residual = in_ch == out_ch and stride == 1
        self.layers = nn.Sequential(
            *_conv(in_ch, middle, 1),
            *_conv(middle, middle, kernel_size, stride, groups=middle),
            *_conv(middle, out_ch, 1, activation=False),
        )

    def forward(self, input):
        return self.layers(input) + input if self.apply_residual else self.layers(input)


def _stack(inp, oup, kernel, stride, expansion, repeats):
    blocks = [_InvertedResidual(inp, oup, kernel, stride, expansion)]
    blocks += [_InvertedResidual(oup, oup, kernel, 1, expansion) for _ in range(repeats - 1)]
    return nn.Sequential(*blocks)


class MNASNet(nn.Module):
    _version = 2

    def __init__(self, alpha, num_classes=1000, dropout=0.2):
        super().__init__()
        if alpha <= 0.0:
            raise ValueError(f"alpha should be greater than 0.0 instead of {alpha}")
        self.alpha = alpha
        self.num_classes = num_classes
        first, *widths = [
            make_divisible(width * alpha, 8) for width in (32, 16, 24, 40, 80, 96, 192, 320)
        ]
        layers = [
            *_conv(3, first, 3, stride=2),
            *_conv(first, first, 3, groups=first),
            *_conv(first, widths[0], 1, activation=False),
        ]
        for inp, oup, row in zip(widths, widths[1:], _STACKS):
            layers.append(_stack(inp, oup, *row))
        layers += _conv(widths[-1], 1280, 1)
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout, inplace=True), nn.Linear(1280, num_classes)
        )
        for module in self.modules():
            initialize(module)

    def forward(self, x):
        return self.classifier(self.layers(x).mean([2, 3]))


def initialize(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.kaiming_uniform_(module.weight, mode="fan_out", nonlinearity="sigmoid")
        nn.init.zeros_(module.bias)


def _mnasnet(weights, kwargs, alpha):
    untrained(weights, kwargs)
    return MNASNet(alpha, **kwargs)


def mnasnet0_5(weights=None, progress=True, **kwargs):
    return _mnasnet(weights, kwargs, 0.5)


def mnasnet0_75(weights=None, progress=True, **kwargs):
    return _mnasnet(weights, kwargs, 0.75)


def mnasnet1_0(weights=None, progress=True, **kwargs):
    return _mnasnet(weights, kwargs, 1.0)


def mnasnet1_3(weights=None, progress=True, **kwargs):
    return _mnasnet(weights, kwargs, 1.3)
