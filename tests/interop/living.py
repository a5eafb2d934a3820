"""Whole models as they came: what they print and what can be done with them, their classes known or gone."""

import torch
import torchvision
from registry import Written, case
from torch import nn


class Gone(nn.Module):
    """A model whose code nobody has, of layers that everybody has."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3, padding="same", bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
        self.heads = nn.ModuleDict({"a": nn.Linear(4, 2), "b": nn.GRU(4, 2, bidirectional=True)})
        self.scales = nn.ParameterList([torch.ones(2)])
        self.register_buffer("kept", torch.arange(3))


LAYERS = [
    nn.Conv1d(2, 4, 3, groups=2, dilation=2), nn.ConvTranspose2d(2, 3, 3, output_padding=1, stride=2), nn.Embedding(5, 3, padding_idx=0),
    nn.EmbeddingBag(5, 3), nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.InstanceNorm2d(3), nn.RMSNorm(3), nn.MultiheadAttention(4, 2),
    nn.TransformerEncoderLayer(4, 2, 8), nn.LSTM(2, 3, num_layers=2, dropout=0.1), nn.Dropout(0.3), nn.MaxPool2d(2), nn.AvgPool2d(2, 1),
    nn.AdaptiveAvgPool2d((1, None)), nn.Upsample(scale_factor=2.0, mode="bilinear"), nn.Flatten(), nn.Unflatten(1, (2, 2)), nn.GELU("tanh"),
    nn.LeakyReLU(0.2), nn.PReLU(2), nn.Softmax(-1), nn.Hardtanh(-2.0, 2.0), nn.PixelShuffle(2), nn.ZeroPad2d(1), nn.Bilinear(2, 3, 4),
    nn.CosineSimilarity(), nn.Identity(), nn.CrossEntropyLoss(), nn.Threshold(0.1, 20.0), nn.Fold((4, 5), 2), nn.LocalResponseNorm(2),
    nn.utils.weight_norm(nn.Linear(2, 2)),
]  # fmt: skip


@case("living/layers")
def layers(path):
    """The text of every kind of layer."""
    values = {"layers": LAYERS}
    torch.save(values, path)
    asks = tuple(f"p['layers'][{place}]" for place in range(len(LAYERS)))
    return [Written(path=path, holds=values, asks=asks)]


@case("living/gone")
def gone(path):
    model = Gone()
    torch.save({"epoch": 1, "model": model}, path)
    asks = (
        "p['model']",
        "isinstance(p['model'], p['model'].heads.__class__.__mro__[1])",
        "sum(value.numel() for value in p['model'].parameters())",
        "[name for name, _ in p['model'].named_modules()]",
        "[name for name, _ in p['model'].named_buffers()]",
        "(len(p['model'].blocks), list(p['model'].heads.keys()))",
        "p['model'].heads['a'](p['model'].blocks[2](p['model'].heads['a'].weight))",
        "p['model'].eval().features[1].training",
        "p['model'].get_submodule('features.0')",
        "p['model'].half().heads['a'].weight.dtype",
        "p['model'].requires_grad_(False).blocks[0].bias.requires_grad",
        "p['model'].load_state_dict(state_dict(p['model']))",
    )
    return [Written(path=path, holds={"epoch": 1, "model": model}, asks=asks)]


@case("living/known")
def known(path):
    """torchvision's: the shell has the class, so the model runs."""
    torch.manual_seed(0)
    model = torchvision.models.resnet18(num_classes=3)
    torch.save(model, path)
    asks = ("p", "p.training", "p.eval().conv1.training", "tuple(p(p.conv1.weight[:, :, :, :].repeat(1, 1, 5, 5)).shape)")
    return [Written(path=path, holds=model, asks=asks)]
