"""torchvision.models.convnext: wide depthwise convolutions with the layers of a transformer around them."""
from functools import partial

import torch
from torch import nn
from torchvision.models._api import untrained
from torchvision.ops import Conv2dNormActivation, Permute, StochasticDepth


class LayerNorm2d(nn.LayerNorm):
    """Over the channels of an image."""

    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = nn.functional.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class CNBlock(nn.Module):
    def __init__(self, dim, layer_scale, stochastic_depth_prob, norm_layer=None):
        super().__init__()
        norm_layer = partial(nn.LayerNorm, eps=1e-6) if norm_layer is None else norm_layer
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim, bias=True),
            Permute([0, 2, 3, 1]),
            norm_layer(dim),
            nn.Linear(dim, 4 * dim, bias=True),
            nn.GELU(),
            nn.Linear(4 * dim, dim, bias=True),
            Permute([0, 3, 1, 2]),
        )
        self.layer_scale = nn.Parameter(torch.ones(dim, 1, 1) * layer_scale)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")

    def forward(self, input):
        return self.stochastic_depth(self.layer_scale * self.block(input)) + input


class CNBlockConfig:
    """One stage: num_layers blocks, then more channels, if any are given."""

    def __init__(self, input_channels, out_channels, num_layers):
        self.input_channels = input_channels
        self.out_channels = out_channels
        self.num_layers = num_layers


class ConvNeXt(nn.Module):
    def __init__(
        self,
        block_setting,
        stochastic_depth_prob=0.0,
        layer_scale=1e-6,
        num_classes=1000,
        block=None,
        norm_layer=None,
        **kwargs,
    ):
        super().__init__()
        if not block_setting:
            raise ValueError("The block_setting should not be empty")
        block = CNBlock if block is None else block
        norm_layer = partial(LayerNorm2d, eps=1e-6) if norm_layer is None else norm_layer
        layers = [
            Conv2dNormActivation(
                3,
                block_setting[0].input_channels,
                kernel_size=4,
                stride=4,
                padding=0,
                norm_layer=norm_layer,
                activation_layer=None,
                bias=True,
            )
        ]
        total = sum(stage.num_layers for stage in block_setting)
        number = 0
        for stage in block_setting:
            blocks = []
            for _ in range(stage.num_layers):
                share = stochastic_depth_prob * number / (total - 1.0)
                blocks.append(block(stage.input_channels, layer_scale, share))
                number += 1
            layers.append(nn.Sequential(*blocks))
            if stage.out_channels is not None:
                halved = nn.Conv2d(stage.input_channels, stage.out_channels, 2, stride=2)
                layers.append(nn.Sequential(norm_layer(stage.input_channels), halved))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        last = block_setting[-1]
        width = last.input_channels if last.out_channels is None else last.out_channels
        self.classifier = nn.Sequential(
            norm_layer(width), nn.Flatten(1), nn.Linear(width, num_classes)
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)))


def _convnext(weights, kwargs, width, deep, stochastic_depth_prob):
    untrained(weights, kwargs)
    widths = [width, 2 * width, 4 * width, 8 * width, None]
    setting = [
        CNBlockConfig(before, after, count)
        for before, after, count in zip(widths, widths[1:], (3, 3, deep, 3))
    ]
    share = kwargs.pop("stochastic_depth_prob", stochastic_depth_prob)
    return ConvNeXt(setting, stochastic_depth_prob=share, **kwargs)


def convnext_tiny(weights=None, progress=True, **kwargs):
    return _convnext(weights, kwargs, 96, 9, 0.1)


def convnext_small(weights=None, progress=True, **kwargs):
    return _convnext(weights, kwargs, 96, 27, 0.4)


def convnext_base(weights=None, progress=True, **kwargs):
    return _convnext(weights, kwargs, 128, 27, 0.5)


def convnext_large(weights=None, progress=True, **kwargs):
    return _convnext(weights, kwargs, 192, 27, 0.5)
