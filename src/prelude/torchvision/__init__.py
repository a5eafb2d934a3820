"""torchvision: the models of image classification, without their trained weights."""
from importlib import import_module

__version__ = "0.26.0"


def __getattr__(name):
    if name in ("models", "ops"):
        return import_module("torchvision." + name)
    raise AttributeError(f"module 'torchvision' has no attribute '{name}'")
