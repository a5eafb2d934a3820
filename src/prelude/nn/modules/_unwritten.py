"""Classes of modules that a file names and nobody here has: a Module of that name, without a forward of its own."""
from torch.nn.modules.module import Module

_made = {}


def class_of(module, name):
    """The class: the same one each time. It keeps its name when it is saved."""
    if (module, name) not in _made:
        _made[module, name] = type(name, (Unwritten,), {"__module__": module, "__qualname__": name})
    return _made[module, name]


class Unwritten(Module):
    """What a file says of a module, whose code no file holds."""

    def forward(self, *args, **kwargs):
        cls = type(self)
        raise NotImplementedError(
            f"the file has the tensors of {cls.__qualname__}, not its code: give the class {cls.__qualname__}"
            f" (of {cls.__module__}) a forward, or load its state_dict() into a model of yours"
        )
