"""Models of torchvision and timm: state_dicts, whole pickled modules, and models of the shell's own zoo."""

import functools
import os

import torch
from registry import Written, case


def load_into(model):
    """A reader that puts a state_dict into the model, every key of it, and gives what the model then holds."""

    def read(path):
        fresh = torch.load(path, weights_only=True)
        for tensor in model.state_dict().values():
            tensor.zero_()
        model.load_state_dict(fresh)
        return model.state_dict()

    return read


def both(path, model):
    """The model's state_dict in one file and the whole of it in another."""
    folder = os.path.dirname(path)
    state, whole = os.path.join(folder, "state.pth"), os.path.join(folder, "whole.pth")
    torch.save(model.state_dict(), state)
    torch.save(model, whole)
    written = dict(rewritable=True, takes="state_dict(p)", readers={"back.pt": load_into(model)})
    return [
        Written(path=state, holds=model.state_dict(), rewritable=True),
        Written(path=whole, holds=model, asks=("list(state_dict(p))", "len(state_dict(p))"), **written),
    ]


def small(name):
    """The arguments that make a torchvision model light enough for a test."""
    import torchvision.models as models

    return {
        "vgg11_bn": lambda: models.VGG(models.vgg.make_layers([8, "M", 8, "M"], batch_norm=True), num_classes=2),
        "vit": lambda: models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=2),
        "swin_v2": lambda: models.SwinTransformer([2, 2], 12, [1, 1], [1, 2], [4, 4], num_classes=2),
        "maxvit": lambda: models.MaxVit((64, 64), 8, 2, [8, 8], [1, 1], 8, 0.0, num_classes=2),
        "convnext": lambda: models.ConvNeXt([models.convnext.CNBlockConfig(8, 16, 1), models.convnext.CNBlockConfig(16, None, 1)]),
    }[name]()


CLASSIFIERS = (
    "densenet121 efficientnet_b0 googlenet mnasnet0_5 mobilenet_v2 mobilenet_v3_small regnet_y_400mf resnet18 resnext50_32x4d "
    "shufflenet_v2_x0_5 squeezenet1_1"
).split()


def torchvision_cases():
    import torchvision.models as models

    def built(name):
        options = {"init_weights": False} if name == "googlenet" else {}
        return models.get_model(name, weights=None, num_classes=3, **options)

    for name in CLASSIFIERS:
        case(f"torchvision/{name}")(lambda path, name=name: both(path, built(name)))
    for name in ("vgg11_bn", "vit", "swin_v2", "maxvit", "convnext"):
        case(f"torchvision/{name}-small")(lambda path, name=name: both(path, small(name)))
    others = {
        "segmentation": lambda: models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=2),
        "detection": lambda: models.detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=2),
        "video": lambda: models.video.s3d(num_classes=2),
        "quantizable": lambda: models.quantization.mobilenet_v2(num_classes=2),
        "ema": lambda: torch.optim.swa_utils.AveragedModel(models.squeezenet1_0(num_classes=2)),
        "compiled": lambda: torch.compile(models.squeezenet1_0(num_classes=2)),
        "extractor": extractor,
    }
    for name, build in others.items():
        case(f"torchvision/{name}")(lambda path, build=build: both(path, build()))


def extractor():
    """A module of torch.fx, which pickles as a call of a function with its source."""
    import torchvision.models as models
    from torchvision.models.feature_extraction import create_feature_extractor

    return create_feature_extractor(models.resnet18(num_classes=2), ["layer1"])


torchvision_cases()


TIMM = (
    "test_byobnet test_convnext test_convnext2 test_efficientnet test_efficientnet_gn test_mambaout test_nfnet test_resnet test_vit "
    "test_vit2 test_vit4 botnet26t_256 levit_conv_128s pit_ti_224 tiny_vit_5m_224 xcit_nano_12_p16_224 gernet_s hardcorenas_a "
    "repvgg_a0 ghostnet_050 lcnet_035 edgenext_xx_small poolformerv2_s12"
).split()


def timm_cases():
    import timm

    for name in TIMM:
        case(f"timm/{name}")(lambda path, name=name: both(path, timm.create_model(name, num_classes=2)))


timm_cases()


@case("timm/vit-inside-a-dict")
def timm_whole(path):
    import timm

    model = timm.create_model("vit_tiny_patch16_224", num_classes=2, embed_dim=24, depth=2, num_heads=2)
    torch.save({"model": model, "args": {"name": "vit"}}, path)
    return {"model": model}


@case("timm/checkpoint-saver")
def timm_checkpoint(path):
    """What timm's train.py leaves behind, and timm's own reader for what torchsh makes of it."""
    import argparse

    import timm
    from timm.optim import create_optimizer_v2
    from timm.utils import CheckpointSaver, ModelEmaV2

    model = timm.create_model("test_vit", num_classes=2)
    optimizer = create_optimizer_v2(model, opt="adamw", lr=1e-3)
    model(torch.randn(1, 3, 160, 160)).sum().backward()
    optimizer.step()
    folder = os.path.dirname(path)
    arguments = argparse.Namespace(model="test_vit", lr=1e-3, opt_betas=None)
    saver = CheckpointSaver(model, optimizer, args=arguments, model_ema=ModelEmaV2(model), checkpoint_dir=folder, recovery_dir=folder)
    saver.save_checkpoint(3, metric=0.5)
    path = os.path.join(folder, "last.pth.tar")
    asks = ("p['epoch']", "p['arch']", "p['args']", "p['args'].lr", "p['metric']", "list(p)")
    readers = {name: functools.partial(timm_read, model) for name in ("back.pt", "back.safetensors")}
    held = torch.load(path, weights_only=False)
    state = Written(path=path, holds=held, asks=asks)
    return [
        state,
        Written(
            path=path,
            holds={"state_dict_ema": held["state_dict_ema"]},
            names=False,
            rewritable=True,
            takes="p['state_dict_ema']",
            readers=readers,
        ),
    ]


def timm_read(model, path):
    import timm

    for tensor in model.state_dict().values():
        tensor.zero_()
    timm.models.load_checkpoint(model, path)
    return model.state_dict()
