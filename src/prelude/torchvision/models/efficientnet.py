"""torchvision.models.efficientnet: inverted residuals, deeper and wider by one number."""
import math
from functools import partial

import torch
from torch import nn
from torchvision.models._api import make_divisible, untrained
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation, StochasticDepth

# expansion, kernel, stride of the first, channels in and out, how often
_FIRST = [
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
]

# the same of the second version, whose first stages are fused
_SECOND = {
    "s": (
        [(1, 3, 1, 24, 24, 2), (4, 3, 2, 24, 48, 4), (4, 3, 2, 48, 64, 4)],
        [(4, 3, 2, 64, 128, 6), (6, 3, 1, 128, 160, 9), (6, 3, 2, 160, 256, 15)],
    ),
    "m": (
        [(1, 3, 1, 24, 24, 3), (4, 3, 2, 24, 48, 5), (4, 3, 2, 48, 80, 5)],
        [
            (4, 3, 2, 80, 160, 7),
            (6, 3, 1, 160, 176, 14),
            (6, 3, 2, 176, 304, 18),
            (6, 3, 1, 304, 512, 5),
        ],
    ),
    "l": (
        [(1, 3, 1, 32, 32, 4), (4, 3, 2, 32, 64, 7), (4, 3, 2, 64, 96, 7)],
        [
            (4, 3, 2, 96, 192, 10),
            (6, 3, 1, 192, 224, 19),
            (6, 3, 2, 224, 384, 25),
            (6, 3, 1, 384, 640, 7),
        ],
    ),
}


class _Config:
    """One stage: num_layers blocks of a kind."""

    def __init__(
        self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block
    ):
        self.expand_ratio = expand_ratio
        self.kernel = kernel
        self.stride = stride
        self.input_channels = input_channels
        self.out_channels = out_channels
        self.num_layers = num_layers
        self.block = block

    @staticmethod
    def adjust_channels(channels, width_mult, min_value=None):
        return make_divisible(channels * width_mult, 8)


class MBConvConfig(_Config):
    def __init__(
        self,
        expand_ratio,
        kernel,
        stride,
        input_channels,
        out_channels,
        num_layers,
        width_mult=1.0,
        depth_mult=1.0,
        block=None,
    ):
        super().__init__(
            expand_ratio,
            kernel,
            stride,
            self.adjust_channels(input_channels, width_mult),
            self.adjust_channels(out_channels, width_mult),
            self.adjust_depth(num_layers, depth_mult),
            MBConv if block is None else block,
        )

    @staticmethod
    def adjust_depth(num_layers, depth_mult):
        return int(math.ceil(num_layers * depth_mult))


class FusedMBConvConfig(_Config):
    def __init__(
        self,
        expand_ratio,
        kernel,
        stride,
        input_channels,
        out_channels,
        num_layers,
        block=None,
    ):
        block = FusedMBConv if block is None else block
        super().__init__(
            expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block
        )


class _Residual(nn.Module):
    def __init__(self, cnf, stochastic_depth_prob, layers):
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError("illegal stride value")
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.out_channels = cnf.out_channels

    def forward(self, input):
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


class MBConv(_Residual):
    def __init__(
        self, cnf, stochastic_depth_prob, norm_layer, se_layer=SqueezeExcitation
    ):
        settings = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        narrow = cnf.input_channels
        wide = cnf.adjust_channels(narrow, cnf.expand_ratio)
        layers = []
        if wide != narrow:
            layers.append(Conv2dNormActivation(narrow, wide, kernel_size=1, **settings))
        layers.append(
            Conv2dNormActivation(
                wide, wide, cnf.kernel, cnf.stride, groups=wide, **settings
            )
        )
        activation = partial(nn.SiLU, inplace=True)
        layers.append(se_layer(wide, max(1, narrow // 4), activation=activation))
        settings["activation_layer"] = None
        layers.append(Conv2dNormActivation(wide, cnf.out_channels, kernel_size=1, **settings))
        super().__init__(cnf, stochastic_depth_prob, layers)


class FusedMBConv(_Residual):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer):
        settings = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        narrow, out = cnf.input_channels, cnf.out_channels
        wide = cnf.adjust_channels(narrow, cnf.expand_ratio)
        first = wide if wide != narrow else out
        layers = [Conv2dNormActivation(narrow, first, cnf.kernel, cnf.stride, **settings)]
        if wide != narrow:
            settings["activation_layer"] = None
            layers.append(Conv2dNormActivation(wide, out, kernel_size=1, **settings))
        super().__init__(cnf, stochastic_depth_prob, layers)


class EfficientNet(nn.Module):
    def __init__(
        self,
        inverted_residual_setting,
        dropout,
        stochastic_depth_prob=0.2,
        num_classes=1000,
        norm_layer=None,
        last_channel=None,
    ):
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        norm_layer = nn.BatchNorm2d if norm_layer is None else norm_layer
        settings = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        first = inverted_residual_setting[0].input_channels
        layers = [Conv2dNormActivation(3, first, kernel_size=3, stride=2, **settings)]
        total = sum(stage.num_layers for stage in inverted_residual_setting)
        number = 0
        for stage in inverted_residual_setting:
            blocks = []
            for place in range(stage.num_layers):
                cnf = _at(stage, place)
                share = stochastic_depth_prob * float(number) / total
                blocks.append(stage.block(cnf, share, norm_layer))
                number += 1
            layers.append(nn.Sequential(*blocks))
        before = inverted_residual_setting[-1].out_channels
        last = 4 * before if last_channel is None else last_channel
        layers.append(Conv2dNormActivation(before, last, kernel_size=1, **settings))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout, inplace=True), nn.Linear(last, num_classes)
        )
        for module in self.modules():
            initialize(module)

    def forward(self, x):
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def _at(stage, place):
    """What a block of the stage is made by: only the first changes channels and size."""
    cnf = object.__new__(type(stage))
    cnf.__dict__.update(stage.__dict__)
    if place > 0:
        cnf.input_channels, cnf.stride = stage.out_channels, 1
    return cnf


def initialize(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        reach = 1.0 / math.sqrt(module.out_features)
        nn.init.uniform_(module.weight, -reach, reach)
        nn.init.zeros_(module.bias)


def _first(weights, kwargs, width, depth, dropout, norm_layer=None):
    untrained(weights, kwargs)
    setting = [MBConvConfig(*row, width_mult=width, depth_mult=depth) for row in _FIRST]
    dropout = kwargs.pop("dropout", dropout)
    if norm_layer is not None:
        kwargs["norm_layer"] = norm_layer
    return EfficientNet(setting, dropout, **kwargs)


def _second(weights, kwargs, size, dropout):
    untrained(weights, kwargs)
    fused, rest = _SECOND[size]
    setting = [FusedMBConvConfig(*row) for row in fused] + [MBConvConfig(*row) for row in rest]
    dropout = kwargs.pop("dropout", dropout)
    norm_layer = partial(nn.BatchNorm2d, eps=1e-03)
    return EfficientNet(setting, dropout, last_channel=1280, norm_layer=norm_layer, **kwargs)


_LARGE_NORM = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)


def efficientnet_b0(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 1.0, 1.0, 0.2)


def efficientnet_b1(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 1.0, 1.1, 0.2)


def efficientnet_b2(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 1.1, 1.2, 0.3)


def efficientnet_b3(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 1.2, 1.4, 0.3)


def efficientnet_b4(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 1.4, 1.8, 0.4)


def efficientnet_b5(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 1.6, 2.2, 0.4, _LARGE_NORM)


def efficientnet_b6(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 1.8, 2.6, 0.5, _LARGE_NORM)


def efficientnet_b7(weights=None, progress=True, **kwargs):
    return _first(weights, kwargs, 2.0, 3.1, 0.5, _LARGE_NORM)


def efficientnet_v2_s(weights=None, progress=True, **kwargs):
    return _second(weights, kwargs, "s", 0.2)


def efficientnet_v2_m(weights=None, progress=True, **kwargs):
    return _second(weights, kwargs, "m", 0.3)


def efficientnet_v2_l(weights=None, progress=True, **kwargs):
    return _second(weights, kwargs, "l", 0.4)
