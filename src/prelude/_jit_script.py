"""torch.jit._script: modules of TorchScript archives, whose code libtorch runs."""
import os
import tempfile
import zipfile

import torch
from torch import nn
from torch._shell import script_call, script_child, script_load, script_parts, script_tensors, script_train


def load(f, map_location=None):
    if hasattr(f, "read"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "archive.pt")
            with open(path, "wb") as copy:
                copy.write(f.read())
            return load(path, map_location)
    path = os.fspath(f)
    if not os.path.exists(path):
        raise ValueError(f"The provided filename {path} does not exist")
    if os.path.isdir(path):
        raise ValueError(f"The provided filename {path} is a directory")
    names = zipfile.ZipFile(path).namelist() if zipfile.is_zipfile(path) else []
    if not any(name.endswith("/constants.pkl") for name in names) or not any("/code/" in name for name in names):
        raise RuntimeError(f"{path} is not a TorchScript archive: torch.load reads other files, and this one's tensors")
    module = RecursiveScriptModule(script_load(path))
    return module if map_location is None else module.to(map_location)


def _plain(value):
    """Dictionaries come as their names and values."""
    if isinstance(value, tuple) and len(value) == 3 and isinstance(value[0], str) and value[0] == "__dict__":
        return dict(zip(_plain(value[1]), _plain(value[2])))
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(one) for one in value)
    return value


class ScriptModule(nn.Module):
    pass


class RecursiveScriptModule(ScriptModule):
    def __init__(self, script):
        super().__init__()
        self.__dict__["_c"] = script
        kind, *lines = script_parts(script).splitlines()
        self.__dict__["original_name"] = kind
        self.__dict__["_methods"] = {}
        tensors = iter(script_tensors(script))
        for line in lines:
            what, name, *arguments = line.split(" ")
            if what == "t":
                self.training = name == "1"
            elif what == "p":
                self.register_parameter(name, next(tensors))
            elif what == "b":
                self.register_buffer(name, next(tensors))
            elif what == "m":
                self.add_module(name, RecursiveScriptModule(script_child(script, name)))
            else:
                self._methods[name] = arguments

    def _call(self, method, args, kwargs):
        names = self._methods[method]
        if len(args) > len(names):
            raise RuntimeError(f"{method}() expected at most {len(names)} argument(s) but received {len(args)} argument(s)")
        given = [*args, *([...] * (len(names) - len(args)))]
        for name, value in kwargs.items():
            if name not in names:
                raise RuntimeError(f"Unknown keyword argument '{name}' for operator '{method}'")
            given[names.index(name)] = value
        return _plain(script_call(self._c, method, given))

    def forward(self, *args, **kwargs):
        if "forward" not in self._methods:
            raise NotImplementedError(f"{self.original_name} has no forward in its file")
        return self._call("forward", args, kwargs)

    def __getattr__(self, name):
        methods = self.__dict__.get("_methods", {})
        if name in methods:
            return lambda *args, **kwargs: self._call(name, args, kwargs)
        return super().__getattr__(name)

    def train(self, mode=True):
        script_train(self._c, mode)
        return super().train(mode)

    def extra_repr(self):
        return f"original_name={self.original_name}"

    def save(self, f, **_):
        raise NotImplementedError("this shell does not write TorchScript; torch.save(module.state_dict(), ...) writes the tensors")
