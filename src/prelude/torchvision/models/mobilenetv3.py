"""torchvision.models.mobilenetv3: inverted residuals with channel weights."""
from functools import partial

import torch
from torch import nn
from torchvision.models._api import make_divisible, untrained
from torchvision.models.mobilenetv2 import initialize
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation

# input, kernel, expanded, output, channel weights, activation, stride;
# the rows marked True are the tail, which can be narrowed and dilated
_LARGE = [
    (16, 3, 16, 16, False, "RE", 1, False),
    (16, 3, 64, 24, False, "RE", 2, False),
    (24, 3, 72, 24, False, "RE", 1, False),
    (24, 5, 72, 40, True, "RE", 2, False),
    (40, 5, 120, 40, True, "RE", 1, False),
    (40, 5, 120, 40, True, "RE", 1, False),
    (40, 3, 240, 80, False, "HS", 2, False),
    (80, 3, 200, 80, False, "HS", 1, False),
    (80, 3, 184, 80, False, "HS", 1, False),
    (80, 3, 184, 80, False, "HS", 1, False),
    (80, 3, 480, 112, True, "HS", 1, False),
    (112, 3, 672, 112, True, "HS", 1, False),
    (112, 5, 672, 160, True, "HS", 2, True),
    (160, 5, 960, 160, True, "HS", 1, True),
    (160, 5, 960, 160, True, "HS", 1, True),
]
_SMALL = [
    (16, 3, 16, 16, True, "RE", 2, False),
    (16, 3, 72, 24, False, "RE", 2, False),
    (24, 3, 88, 24, False, "RE", 1, False),
    (24, 5, 96, 40, True, "HS", 2, False),
    (40, 5, 240, 40, True, "HS", 1, False),
    (40, 5, 240, 40, True, "HS", 1, False),
    (40, 5, 120, 48, True, "HS", 1, False),
    (48, 5, 144, 48, True, "HS", 1, False),
    (48, 5, 288, 96, True, "HS", 2, True),
    (96, 5, 576, 96, True, "HS", 1, True),
    (96, 5, 576, 96, True, "HS", 1, True),
]


class InvertedResidualConfig:
    def __init__(
        self,
        input_channels,
        kernel,
        expanded_channels,
        out_channels,
        use_se,
        activation,
        stride,
        dilation,
        width_mult,
    ):
        self.input_channels = self.adjust_channels(input_channels, width_mult)
        self.kernel = kernel
        self.expanded_channels = self.adjust_channels(expanded_channels, width_mult)
        self.out_channels = self.adjust_channels(out_channels, width_mult)
        self.use_se = use_se
        self.use_hs = activation == "HS"
        self.stride = stride
        self.dilation = dilation

    @staticmethod
    def adjust_channels(channels, width_mult):
        return make_divisible(channels * width_mult, 8)


class InvertedResidual(nn.Module):
    def __init__(self, cnf, norm_layer):
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError("illegal stride value")
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        settings = {
            "norm_layer": norm_layer,
            "activation_layer": nn.Hardswish if cnf.use_hs else nn.ReLU,
        }
        wide = cnf.expanded_channels
        layers = []
        if wide != cnf.input_channels:
            layers.append(
                Conv2dNormActivation(cnf.input_channels, wide, kernel_size=1, **settings)
            )
        layers.append(
            Conv2dNormActivation(
                wide,
                wide,
                kernel_size=cnf.kernel,
                stride=1 if cnf.dilation > 1 else cnf.stride,
                dilation=cnf.dilation,
                groups=wide,
                **settings,
            )
        )
        if cnf.use_se:
            layers.append(
                SqueezeExcitation(
                    wide, make_divisible(wide // 4, 8), scale_activation=nn.Hardsigmoid
                )
            )
        settings["activation_layer"] = None
        layers.append(Conv2dNormActivation(wide, cnf.out_channels, kernel_size=1, **settings))
        self.block = nn.Sequential(*layers)
        self.out_channels = cnf.out_channels
        self._is_cn = cnf.stride > 1

    def forward(self, input):
        result = self.block(input)
        if self.use_res_connect:
            result += input
        return result


class MobileNetV3(nn.Module):
    def __init__(
        self,
        inverted_residual_setting,
        last_channel,
        num_classes=1000,
        block=None,
        norm_layer=None,
        dropout=0.2,
    ):
        super().__init__()
        setting = inverted_residual_setting
        if not setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        block = InvertedResidual if block is None else block
        if norm_layer is None:
            norm_layer = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
        settings = {"norm_layer": norm_layer, "activation_layer": nn.Hardswish}
        first = setting[0].input_channels
        layers = [Conv2dNormActivation(3, first, kernel_size=3, stride=2, **settings)]
        layers += [block(cnf, norm_layer) for cnf in setting]
        narrow = setting[-1].out_channels
        wide = 6 * narrow
        layers.append(Conv2dNormActivation(narrow, wide, kernel_size=1, **settings))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(wide, last_channel),
            nn.Hardswish(inplace=True),
            nn.Dropout(p=dropout, inplace=True),
            nn.Linear(last_channel, num_classes),
        )
        for module in self.modules():
            initialize(module)

    def forward(self, x):
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def _mobilenet_v3(
    rows, last_channel, weights, kwargs, width_mult=1.0, reduced_tail=False, dilated=False
):
    untrained(weights, kwargs)
    divider = 2 if reduced_tail else 1
    setting = []
    tail_before = False
    for row in rows:
        input_channels, kernel, expanded, out, use_se, activation, stride, tail = row
        if tail:
            out = out // divider
            # the first of the tail still takes what comes before it
            if tail_before:
                input_channels = input_channels // divider
                expanded = expanded // divider
        tail_before = tail
        dilation = 2 if dilated and tail else 1
        setting.append(
            InvertedResidualConfig(
                input_channels,
                kernel,
                expanded,
                out,
                use_se,
                activation,
                stride,
                dilation,
                width_mult,
            )
        )
    last = InvertedResidualConfig.adjust_channels(last_channel // divider, width_mult)
    return MobileNetV3(setting, last, **kwargs)


def _options(kwargs):
    names = ("width_mult", "reduced_tail", "dilated")
    return {name: kwargs.pop(name) for name in names if name in kwargs}


def mobilenet_v3_large(weights=None, progress=True, **kwargs):
    options = _options(kwargs)
    return _mobilenet_v3(_LARGE, 1280, weights, kwargs, **options)


def mobilenet_v3_small(weights=None, progress=True, **kwargs):
    options = _options(kwargs)
    return _mobilenet_v3(_SMALL, 1024, weights, kwargs, **options)
