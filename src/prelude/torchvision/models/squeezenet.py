"""torchvision.models.squeezenet: few parameters by narrow 1x1 convolutions."""
import torch
from torch import nn
from torch.nn import init
from torchvision.models._api import untrained

# width and kernel of the first convolution; then the width of each Fire's squeeze, M: halve the image
_LAYERS = {
    "1_0": (96, 7, "M 16 16 32 M 32 48 48 64 M 64"),
    "1_1": (64, 3, "M 16 16 M 32 32 M 48 48 64 64"),
}


class Fire(nn.Module):
    def __init__(self, inplanes, squeeze_planes, expand1x1_planes, expand3x3_planes):
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        small = self.expand1x1_activation(self.expand1x1(x))
        large = self.expand3x3_activation(self.expand3x3(x))
        return torch.cat([small, large], 1)


def _features(version):
    channels, kernel, steps = _LAYERS[version]
    layers = [nn.Conv2d(3, channels, kernel_size=kernel, stride=2), nn.ReLU(inplace=True)]
    for step in steps.split():
        if step == "M":
            layers.append(nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
            continue
        squeeze = int(step)
        # each of both expansions is four times as wide as the squeeze
        layers.append(Fire(channels, squeeze, 4 * squeeze, 4 * squeeze))
        channels = 8 * squeeze
    return nn.Sequential(*layers)


class SqueezeNet(nn.Module):
    def __init__(self, version="1_0", num_classes=1000, dropout=0.5):
        super().__init__()
        self.num_classes = num_classes
        if version not in _LAYERS:
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        self.features = _features(version)
        last = nn.Conv2d(512, num_classes, kernel_size=1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), last, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                if module is last:
                    init.normal_(module.weight, mean=0.0, std=0.01)
                else:
                    init.kaiming_uniform_(module.weight)
                init.constant_(module.bias, 0)

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


def squeezenet1_0(weights=None, progress=True, **kwargs):
    untrained(weights, kwargs)
    return SqueezeNet("1_0", **kwargs)


def squeezenet1_1(weights=None, progress=True, **kwargs):
    untrained(weights, kwargs)
    return SqueezeNet("1_1", **kwargs)
