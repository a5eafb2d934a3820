"""Methods of Module that find what stands at a dotted path."""

from torch._shell import Parameter


def get_submodule(self, target):
    """The module at a dotted path; "" is the module itself."""
    from torch.nn.modules.module import Module

    module = self
    for name in target.split(".") if target else ():
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        module = getattr(module, name)
        if not isinstance(module, Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
    return module


def set_submodule(self, target, module, strict=False):
    """Put a module at a dotted path."""
    from torch.nn.modules.module import Module

    if target == "":
        raise ValueError("Cannot set the submodule without a target name!")
    if not isinstance(module, Module):
        raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
    path, _, name = target.rpartition(".")
    parent = self.get_submodule(path)
    if strict and not hasattr(parent, name):
        raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
    if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
        raise AttributeError(f"`{name}` is not an nn.Module")
    setattr(parent, name, module)


def _get_tensor(self, target):
    path, _, name = target.rpartition(".")
    module = self.get_submodule(path)
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    return module, name, getattr(module, name)


def get_parameter(self, target):
    """The parameter at a dotted path."""
    _, name, param = self._get_tensor(target)
    if not isinstance(param, Parameter):
        raise AttributeError(f"`{name}` is not an nn.Parameter")
    return param


def get_buffer(self, target):
    """The buffer at a dotted path."""
    module, name, buffer = self._get_tensor(target)
    if name not in module._buffers:
        raise AttributeError(f"`{name}` is not a buffer")
    return buffer


def collect_modules(module, memo, prefix, remove_duplicate, found):
    """Fill `found` with each module below and its path."""
    from torch.nn.modules.module import Module

    if module in memo:
        return
    if remove_duplicate:
        memo.add(module)
    found.append((prefix, module))
    start = prefix + "." if prefix else ""
    for name, child in module._modules.items():
        if isinstance(child, Module):
            collect_modules(child, memo, start + name, remove_duplicate, found)
