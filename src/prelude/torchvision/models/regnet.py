"""torchvision.models.regnet: stages whose widths and depths follow from four numbers."""
import math
from collections import OrderedDict
from functools import partial

import torch
from torch import nn
from torchvision.models._api import make_divisible, untrained
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation

# depth, first width, slope of the widths, their step, width of a group
_Y = {
    "400mf": (16, 48, 27.89, 2.09, 8),
    "800mf": (14, 56, 38.84, 2.4, 16),
    "1_6gf": (27, 48, 20.71, 2.65, 24),
    "3_2gf": (21, 80, 42.63, 2.66, 24),
    "8gf": (17, 192, 76.82, 2.19, 56),
    "16gf": (18, 200, 106.23, 2.48, 112),
    "32gf": (20, 232, 115.89, 2.53, 232),
    "128gf": (27, 456, 160.83, 2.52, 264),
}
_X = {
    "400mf": (22, 24, 24.48, 2.54, 16),
    "800mf": (16, 56, 35.73, 2.28, 16),
    "1_6gf": (18, 80, 34.01, 2.25, 24),
    "3_2gf": (25, 88, 26.31, 2.25, 48),
    "8gf": (23, 80, 49.56, 2.88, 120),
    "16gf": (22, 216, 55.59, 2.1, 128),
    "32gf": (23, 320, 69.86, 2.0, 168),
}


class SimpleStemIN(Conv2dNormActivation):
    def __init__(self, width_in, width_out, norm_layer, activation_layer):
        super().__init__(
            width_in,
            width_out,
            kernel_size=3,
            stride=2,
            norm_layer=norm_layer,
            activation_layer=activation_layer,
        )


class BottleneckTransform(nn.Sequential):
    def __init__(
        self,
        width_in,
        width_out,
        stride,
        norm_layer,
        activation_layer,
        group_width,
        bottleneck_multiplier,
        se_ratio,
    ):
        settings = {"norm_layer": norm_layer, "activation_layer": activation_layer}
        middle = int(round(width_out * bottleneck_multiplier))
        groups = middle // group_width
        layers = OrderedDict()
        layers["a"] = Conv2dNormActivation(width_in, middle, kernel_size=1, **settings)
        layers["b"] = Conv2dNormActivation(middle, middle, 3, stride, groups=groups, **settings)
        if se_ratio:
            squeezed = int(round(se_ratio * width_in))
            layers["se"] = SqueezeExcitation(middle, squeezed, activation=activation_layer)
        settings["activation_layer"] = None
        layers["c"] = Conv2dNormActivation(middle, width_out, kernel_size=1, **settings)
        super().__init__(layers)


class ResBottleneckBlock(nn.Module):
    def __init__(
        self,
        width_in,
        width_out,
        stride,
        norm_layer,
        activation_layer,
        group_width=1,
        bottleneck_multiplier=1.0,
        se_ratio=None,
    ):
        super().__init__()
        self.proj = None
        if width_in != width_out or stride != 1:
            self.proj = Conv2dNormActivation(
                width_in,
                width_out,
                kernel_size=1,
                stride=stride,
                norm_layer=norm_layer,
                activation_layer=None,
            )
        self.f = BottleneckTransform(
            width_in,
            width_out,
            stride,
            norm_layer,
            activation_layer,
            group_width,
            bottleneck_multiplier,
            se_ratio,
        )
        self.activation = activation_layer(inplace=True)

    def forward(self, x):
        past = x if self.proj is None else self.proj(x)
        return self.activation(past + self.f(x))


class AnyStage(nn.Sequential):
    def __init__(self, width_in, width_out, stride, depth, block, stage_index, settings):
        super().__init__()
        for number in range(depth):
            first = number == 0
            made = block(
                width_in if first else width_out, width_out, stride if first else 1, **settings
            )
            self.add_module(f"block{stage_index}-{number}", made)


class BlockParams:
    """The widths, depths and groups of the stages."""

    def __init__(
        self, depths, widths, group_widths, bottleneck_multipliers, strides, se_ratio=None
    ):
        self.depths = depths
        self.widths = widths
        self.group_widths = group_widths
        self.bottleneck_multipliers = bottleneck_multipliers
        self.strides = strides
        self.se_ratio = se_ratio

    @classmethod
    def from_init_params(
        cls, depth, w_0, w_a, w_m, group_width, bottleneck_multiplier=1.0, se_ratio=None, **kwargs
    ):
        """A line of widths, moved to the nearest power of w_m and multiple of eight."""
        if w_a < 0 or w_0 <= 0 or w_m <= 1 or w_0 % 8 != 0:
            raise ValueError("Invalid RegNet settings")
        line = torch.arange(depth) * w_a + w_0
        power = torch.round(torch.log(line / w_0) / math.log(w_m))
        rounded = torch.round(torch.divide(w_0 * torch.pow(w_m, power), 8)) * 8
        blocks = rounded.int().tolist()
        widths = list(dict.fromkeys(blocks))
        depths = [blocks.count(width) for width in widths]
        fitted, groups = [], []
        for width in widths:
            middle = int(width * bottleneck_multiplier)
            groups.append(min(group_width, middle))
            fitted.append(int(make_divisible(middle, groups[-1]) / bottleneck_multiplier))
        count = len(widths)
        return cls(depths, fitted, groups, [bottleneck_multiplier] * count, [2] * count, se_ratio)

    def stages(self):
        return zip(
            self.widths, self.strides, self.depths, self.group_widths, self.bottleneck_multipliers
        )


class RegNet(nn.Module):
    def __init__(
        self,
        block_params,
        num_classes=1000,
        stem_width=32,
        stem_type=None,
        block_type=None,
        norm_layer=None,
        activation=None,
    ):
        super().__init__()
        stem_type = SimpleStemIN if stem_type is None else stem_type
        block_type = ResBottleneckBlock if block_type is None else block_type
        norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer
        activation = nn.ReLU if activation is None else activation
        self.stem = stem_type(3, stem_width, norm_layer, activation)
        before = stem_width
        stages = OrderedDict()
        for number, stage in enumerate(block_params.stages(), 1):
            width, stride, depth, group_width, bottleneck = stage
            settings = {
                "norm_layer": norm_layer,
                "activation_layer": activation,
                "group_width": group_width,
                "bottleneck_multiplier": bottleneck,
                "se_ratio": block_params.se_ratio,
            }
            stages[f"block{number}"] = AnyStage(
                before, width, stride, depth, block_type, number, settings
            )
            before = width
        self.trunk_output = nn.Sequential(stages)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(in_features=before, out_features=num_classes)
        for module in self.modules():
            initialize(module)

    def forward(self, x):
        x = self.avgpool(self.trunk_output(self.stem(x)))
        return self.fc(x.flatten(start_dim=1))


def initialize(module):
    if isinstance(module, nn.Conv2d):
        fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
        nn.init.normal_(module.weight, mean=0.0, std=math.sqrt(2.0 / fan_out))
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, mean=0.0, std=0.01)
        nn.init.zeros_(module.bias)


def _builder(name, numbers, se_ratio):
    def build(weights=None, progress=True, **kwargs):
        untrained(weights, kwargs)
        params = BlockParams.from_init_params(*numbers, se_ratio=se_ratio)
        norm_layer = kwargs.pop("norm_layer", partial(nn.BatchNorm2d, eps=1e-05, momentum=0.1))
        return RegNet(params, norm_layer=norm_layer, **kwargs)

    build.__name__ = build.__qualname__ = name
    return build


for _kind, _sizes, _ratio in (("x", _X, None), ("y", _Y, 0.25)):
    for _size, _numbers in _sizes.items():
        _name = f"regnet_{_kind}_{_size}"
        globals()[_name] = _builder(_name, _numbers, _ratio)
