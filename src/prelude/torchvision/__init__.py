"""torchvision: the models of image classification, without their trained weights; steps over pictures that are tensors."""
from importlib import import_module

__version__ = "0.26.0"


def __getattr__(name):
    if name in ("models", "ops", "transforms", "datasets", "io", "utils"):
        return import_module("torchvision." + name)
    raise AttributeError(f"module 'torchvision' has no attribute '{name}'")


def set_image_backend(backend):
    raise NotImplementedError("torchvision.set_image_backend is not in this shell: no picture is decoded here")


def _is_tracing():
    return None
