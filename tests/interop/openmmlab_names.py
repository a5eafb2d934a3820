"""OpenMMLab's names, as `mmpretrain` 1.2 has them (`models/backbones/{resnet,vision_transformer}.py`), against timm and torchvision."""

import os

import torch
from surgery import shell

LAYER = ["ln1", "attn.qkv", "attn.proj", "ln2", "ffn.layers.0.0", "ffn.layers.1"]
OUTSIDE = ["patch_embed.projection", "ln1"]


def vit_names(layers):
    names = ["backbone.cls_token", "backbone.pos_embed"]
    modules = [f"backbone.{name}" for name in OUTSIDE] + [f"backbone.layers.{n}.{name}" for n in range(layers) for name in LAYER]
    return set(names + [f"{name}.{end}" for name in [*modules, "head.layers.head"] for end in ("weight", "bias")])


def differences(torchsh, folder):
    import timm
    import torchvision

    torch.manual_seed(0)
    vit = timm.create_model("vit_tiny_patch16_224", img_size=16, patch_size=8, embed_dim=16, depth=2, num_heads=2, num_classes=3)
    resnet = torchvision.models.resnet18(num_classes=3)
    torch.save(vit.state_dict(), os.path.join(folder, "vit.pt"))
    torch.save({"meta": {}, "state_dict": {f"module.{key}": value for key, value in resnet.state_dict().items()}}, os.path.join(folder, "resnet.pt"))
    found = shell(
        torchsh,
        folder,
        "p = load('vit.pt')\nq = rename p preset 'timm vit to mm vit'\nsave q 'vit.out'\n"
        "r = rename q preset 'mm vit to timm vit'\nassert list(r) == list(p) and all(torch.equal(p[k], r[k]) for k in p)\n"
        "b = rename (rename q 'backbone\\\\.' '') preset 'mm vit to timm vit'\nassert 'blocks.1.mlp.fc2.bias' in b, list(b)\n"
        "p = rename load('resnet.pt') preset 'wrappers'\nq = rename p preset 'torchvision resnet to mm resnet'\nsave q 'resnet.out'\n"
        "r = rename q preset 'mm resnet to torchvision resnet'\nassert list(r) == list(p) and all(torch.equal(p[k], r[k]) for k in p)\n",
    )
    if found:
        return found
    names = set(torch.load(os.path.join(folder, "vit.out")))
    if names != vit_names(2):
        found.append(f"mm vit: {sorted(names ^ vit_names(2))[:6]}")
    names = set(torch.load(os.path.join(folder, "resnet.out")))
    wanted = {f"head.{key}" if key.startswith("fc.") else f"backbone.{key}" for key in resnet.state_dict()}
    if names != wanted:
        found.append(f"mm resnet: {sorted(names ^ wanted)[:6]}")
    return found
