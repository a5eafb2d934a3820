"""torchvision.models: every model by name, its file read when the name is first used.

Models start as torchvision starts them untrained; trained weights are never downloaded.
"""
from importlib import import_module

_HOMES = {
    "alexnet": "AlexNet alexnet",
    "convnext": "ConvNeXt convnext_tiny convnext_small convnext_base convnext_large",
    "densenet": "DenseNet densenet121 densenet161 densenet169 densenet201",
    "efficientnet": (
        "EfficientNet efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4"
        " efficientnet_b5 efficientnet_b6 efficientnet_b7 efficientnet_v2_s efficientnet_v2_m"
        " efficientnet_v2_l"
    ),
    "googlenet": "GoogLeNet GoogLeNetOutputs googlenet",
    "mnasnet": "MNASNet mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3",
    "mobilenetv2": "MobileNetV2 mobilenet_v2",
    "mobilenetv3": "MobileNetV3 mobilenet_v3_large mobilenet_v3_small",
    "regnet": (
        "RegNet regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf regnet_x_8gf regnet_x_16gf"
        " regnet_x_32gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf regnet_y_8gf"
        " regnet_y_16gf regnet_y_32gf regnet_y_128gf"
    ),
    "resnet": (
        "ResNet resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d"
        " resnext101_64x4d wide_resnet50_2 wide_resnet101_2"
    ),
    "shufflenetv2": (
        "ShuffleNetV2 shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0"
    ),
    "squeezenet": "SqueezeNet squeezenet1_0 squeezenet1_1",
    "swin_transformer": "SwinTransformer swin_t swin_s swin_b",
    "vgg": "VGG vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn",
    "vision_transformer": "VisionTransformer vit_b_16 vit_b_32 vit_l_16 vit_l_32 vit_h_14",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
_BUILDERS = sorted([name for name in _HOME_OF if name[0].islower()])

__all__ = list(_HOME_OF) + ["get_model", "get_model_builder", "list_models"]


# these two are named as their files are: defined here, they are what the name means
def alexnet(weights=None, progress=True, **kwargs):
    build = import_module("torchvision.models.alexnet").alexnet
    return build(weights, progress, **kwargs)


def googlenet(weights=None, progress=True, **kwargs):
    build = import_module("torchvision.models.googlenet").googlenet
    return build(weights, progress, **kwargs)


def list_models():
    """The names of the models here."""
    return list(_BUILDERS)


def get_model_builder(name):
    """The function that builds a model."""
    if name.lower() not in _BUILDERS:
        raise ValueError(f"Unknown model {name}")
    builder = globals().get(name.lower())
    return __getattr__(name.lower()) if builder is None else builder


def get_model(name, **config):
    """A model by name."""
    return get_model_builder(name)(**config)


def __getattr__(name):
    home = _HOME_OF.get(name)
    if home is not None:
        value = getattr(import_module("torchvision.models." + home), name)
    elif name in _HOMES:
        return import_module("torchvision.models." + name)
    elif name.endswith("_Weights"):
        value = import_module("torchvision.models._api").NamedWeights(name)
    else:
        raise AttributeError(f"module 'torchvision.models' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
