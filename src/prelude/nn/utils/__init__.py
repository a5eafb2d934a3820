"""torch.nn.utils: what is done to parameters and sequences."""
from importlib import import_module

_HOMES = {
    "clip_grad": "clip_grad_norm_ clip_grad_norm clip_grad_value_ clip_grads_with_norm_ get_total_norm",
    "convert_parameters": "parameters_to_vector vector_to_parameters",
    "fusion": (
        "fuse_conv_bn_eval fuse_conv_bn_weights fuse_linear_bn_eval fuse_linear_bn_weights"
    ),
    "weight_norm": "weight_norm remove_weight_norm",
    "spectral_norm": "spectral_norm remove_spectral_norm",
    "init": "skip_init",
}
_PARTS = ("parametrizations", "parametrize", "prune", "rnn", "stateless")
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = list(_HOME_OF)


# these two are named as their files are: defined here, they are what the name means
def weight_norm(module, name="weight", dim=0):
    return import_module("torch.nn.utils.weight_norm").weight_norm(module, name, dim)


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    normed = import_module("torch.nn.utils.spectral_norm").spectral_norm
    return normed(module, name, n_power_iterations, eps, dim)


def __getattr__(name):
    home = _HOME_OF.get(name)
    if home is not None:
        value = getattr(import_module("torch.nn.utils." + home), name)
    elif name in _PARTS or name in _HOMES:
        value = import_module("torch.nn.utils." + name)
    else:
        raise AttributeError(f"module 'torch.nn.utils' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__():
    return sorted(list(_HOME_OF) + list(_PARTS))
