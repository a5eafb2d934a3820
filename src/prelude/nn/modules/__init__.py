"""torch.nn.modules: the same names as torch.nn, and the files that hold them."""
from importlib import import_module

_FILES = (
    "activation attention batchnorm channelshuffle container conv distance dropout flatten fold"
    " instancenorm linear loss module normalization padding pixelshuffle pooling rnn sparse"
    " transformer upsampling utils"
).split()


def __getattr__(name):
    if name in _FILES:
        return import_module("torch.nn.modules." + name)
    import torch.nn

    if name in torch.nn.__all__:
        return getattr(torch.nn, name)
    raise AttributeError(f"module 'torch.nn.modules' has no attribute '{name}'")
