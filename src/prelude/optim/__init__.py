"""torch.optim: every optimizer by name, its file read when the name is first used."""
from importlib import import_module

_HOME_OF = {
    "Optimizer": "optimizer",
    "SGD": "sgd",
    "Adam": "adam",
    "AdamW": "adamw",
    "Adamax": "adamax",
    "NAdam": "nadam",
    "RAdam": "radam",
    "Adagrad": "adagrad",
    "Adadelta": "adadelta",
    "RMSprop": "rmsprop",
    "Rprop": "rprop",
    "ASGD": "asgd",
    "LBFGS": "lbfgs",
    "SparseAdam": "sparse_adam",
    "Adafactor": "adafactor",
    "Muon": "muon",
}
_PARTS = sorted(list(set(_HOME_OF.values())) + ["lr_scheduler", "swa_utils"])

__all__ = list(_HOME_OF) + ["lr_scheduler"]


def __getattr__(name):
    home = _HOME_OF.get(name)
    if home is not None:
        value = getattr(import_module("torch.optim." + home), name)
    elif name in _PARTS:
        value = import_module("torch.optim." + name)
    else:
        raise AttributeError(f"module 'torch.optim' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__():
    return sorted(list(_HOME_OF) + _PARTS)
