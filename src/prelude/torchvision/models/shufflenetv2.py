"""torchvision.models.shufflenetv2: half of the channels pass by, then all are shuffled."""
import torch
from torch import nn
from torchvision.models._api import untrained


def channel_shuffle(x, groups):
    """The channels of each group in turn: the first of all, the second of all …"""
    batch, channels, height, width = x.size()
    x = x.view(batch, groups, channels // groups, height, width)
    return torch.transpose(x, 1, 2).contiguous().view(batch, channels, height, width)


def _pointwise(inp, oup):
    conv = nn.Conv2d(inp, oup, kernel_size=1, stride=1, padding=0, bias=False)
    return [conv, nn.BatchNorm2d(oup), nn.ReLU(inplace=True)]


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride):
        super().__init__()
        if not 1 <= stride <= 3:
            raise ValueError("illegal stride value")
        self.stride = stride
        half = oup // 2
        if stride == 1 and inp != half << 1:
            raise ValueError(
                f"Invalid combination of stride {stride}, inp {inp} and oup {oup} values. If"
                " stride == 1 then inp should be equal to oup // 2 << 1."
            )
        self.branch1 = nn.Sequential()
        if stride > 1:
            self.branch1 = nn.Sequential(
                self.depthwise_conv(inp, inp, kernel_size=3, stride=stride, padding=1),
                nn.BatchNorm2d(inp),
                *_pointwise(inp, half),
            )
        self.branch2 = nn.Sequential(
            *_pointwise(inp if stride > 1 else half, half),
            self.depthwise_conv(half, half, kernel_size=3, stride=stride, padding=1),
            nn.BatchNorm2d(half),
            *_pointwise(half, half),
        )

    @staticmethod
    def depthwise_conv(i, o, kernel_size, stride=1, padding=0, bias=False):
        return nn.Conv2d(i, o, kernel_size, stride, padding, bias=bias, groups=i)

    def forward(self, x):
        if self.stride == 1:
            past, x = x.chunk(2, dim=1)
        else:
            past = self.branch1(x)
        return channel_shuffle(torch.cat((past, self.branch2(x)), dim=1), 2)


class ShuffleNetV2(nn.Module):
    def __init__(
        self,
        stages_repeats,
        stages_out_channels,
        num_classes=1000,
        inverted_residual=InvertedResidual,
    ):
        super().__init__()
        if len(stages_repeats) != 3:
            raise ValueError("expected stages_repeats as list of 3 positive ints")
        if len(stages_out_channels) != 5:
            raise ValueError("expected stages_out_channels as list of 5 positive ints")
        self._stage_out_channels = stages_out_channels
        first, *widths, last = stages_out_channels
        self.conv1 = nn.Sequential(
            nn.Conv2d(3, first, 3, 2, 1, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
        )
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        before = first
        for number, repeats, width in zip((2, 3, 4), stages_repeats, widths):
            blocks = [inverted_residual(before, width, 2)]
            blocks += [inverted_residual(width, width, 1) for _ in range(repeats - 1)]
            setattr(self, f"stage{number}", nn.Sequential(*blocks))
            before = width
        self.conv5 = nn.Sequential(*_pointwise(before, last))
        self.fc = nn.Linear(last, num_classes)

    def forward(self, x):
        x = self.maxpool(self.conv1(x))
        x = self.conv5(self.stage4(self.stage3(self.stage2(x))))
        return self.fc(x.mean([2, 3]))


def _shufflenetv2(weights, kwargs, *widths):
    untrained(weights, kwargs)
    return ShuffleNetV2([4, 8, 4], [24, *widths], **kwargs)


def shufflenet_v2_x0_5(weights=None, progress=True, **kwargs):
    return _shufflenetv2(weights, kwargs, 48, 96, 192, 1024)


def shufflenet_v2_x1_0(weights=None, progress=True, **kwargs):
    return _shufflenetv2(weights, kwargs, 116, 232, 464, 1024)


def shufflenet_v2_x1_5(weights=None, progress=True, **kwargs):
    return _shufflenetv2(weights, kwargs, 176, 352, 704, 1024)


def shufflenet_v2_x2_0(weights=None, progress=True, **kwargs):
    return _shufflenetv2(weights, kwargs, 244, 488, 976, 2048)
