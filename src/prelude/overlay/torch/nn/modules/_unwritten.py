"""Classes of modules that a file names and nobody here has: a Module of that name, without a forward of its own."""
import torch
from torch._shell import written_class
from torch.nn.modules.module import Module

_made = {}


def class_of(module, name, version=1):
    """The class: the same one each time. It keeps its name when it is saved."""
    if (module, name) not in _made:
        own = {"__module__": module, "__qualname__": name, "_version": version, "_is_unwritten": True}
        _made[module, name] = type(name, (Unwritten,), own)
    return _made[module, name]


class Unwritten(Module):
    """What a file says of a module, whose code no file holds. Once its class is written, the module is of that class."""

    def _is_written(self):
        cls = type(self)
        if not cls.__dict__.get("_is_unwritten"):
            return True
        written = written_class(cls.__module__, cls.__qualname__)
        if written is None:
            return False
        self.__class__ = written
        self.__setstate__(dict(self.__dict__))
        return True

    def __getattr__(self, name):
        try:
            return Module.__getattr__(self, name)
        except AttributeError:
            if name[:2] == "__" or not hasattr(type(self), "_is_unwritten") or not self._is_written():
                raise
        return getattr(self, name)

    def __getitem__(self, place):
        """The module at a place or under a key, as those that a model is put together from have it."""
        modules = self._modules
        if isinstance(place, str) and place in modules:
            return modules[place]
        if isinstance(place, int) and modules and all(name.isdigit() for name in modules):
            return list(modules.values())[place]
        if self._is_written():
            return self[place]
        hint = "state_dict() has its tensors by their keys"
        raise TypeError(f"'{type(self).__qualname__}' object is not subscriptable: it is a module; {hint}")

    def forward(self, *args, **kwargs):
        if self._is_written():
            return self.forward(*args, **kwargs)
        cls = type(self)
        where = f" (of {cls.__module__})" if cls.__module__ else ""
        raise NotImplementedError(
            f"the file has the tensors of {cls.__qualname__}, not its code: give the class {cls.__qualname__}"
            f"{where} a forward, or load its state_dict() into a model of yours"
        )

    def __setstate__(self, state):
        """A class that pickles in a way of its own leaves out the tables that every module has."""
        for table in ("_parameters", "_buffers", "_modules"):
            self.__dict__.setdefault(table, {})
        self.__dict__.setdefault("training", True)
        Module.__setstate__(self, state)

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        """What a file has of a tensor of another library is not a Tensor."""
        hidden = self._non_persistent_buffers_set
        for name, value in [*self._parameters.items(), *self._buffers.items()]:
            if value is not None and name not in hidden:
                kept = keep_vars or not isinstance(value, torch.Tensor)
                destination[prefix + name] = value if kept else value.detach()
        whole = self.__dict__.get("_kept_whole")
        if whole is not None:
            destination[prefix[:-1]] = whole

    def state_dict(self, *args, **kwargs):
        return self.state_dict(*args, **kwargs) if self._became() else Module.state_dict(self, *args, **kwargs)

    def __repr__(self):
        return repr(self) if self._became() else Module.__repr__(self)

    def _became(self):
        """Whether the class has been written meanwhile."""
        return self._is_written() and not isinstance(self, Unwritten)
