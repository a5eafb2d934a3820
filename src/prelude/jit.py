"""TorchScript: load gives what an archive holds, as libtorch runs it. A function that is scripted runs as it is; a module is
refused, as no file of TorchScript is written here.
"""


def load(f, map_location=None, _extra_files=None, _restore_shapes=False):
    """The module in a TorchScript archive, with its forward, parameters and state_dict.

    It runs the code that lies in the file: load only files of people you trust. (load("x.pt") and torch.load read the same
    file's tensors and run nothing.)
    """
    from torch.jit._script import load as load_script

    return load_script(f, map_location)


def script(obj, optimize=None, _frames_up=0, _rcb=None, example_inputs=None):
    from torch._shell import script as refuse
    from torch.nn import Module

    return refuse(obj) if issubclass(type(obj), Module) else obj


def script_method(fn):
    return fn


def interface(cls):
    return cls


def annotate(the_type, the_value):
    return the_value


def isinstance(obj, target_type):
    import builtins

    return builtins.isinstance(obj, target_type)


def fork(func, *args, **kwargs):
    """Runs the function at once."""
    return func(*args, **kwargs)


def wait(future):
    return future


def _overload_method(method):
    return method


_overload = script_if_tracing = _script_if_tracing = _overload_method


def set_fusion_strategy(strategy):
    """Nothing is fused."""


def __getattr__(name):
    if name in ("ScriptModule", "RecursiveScriptModule"):
        from torch.jit import _script

        return getattr(_script, name)
    if name == "TopLevelTracedModule":
        from torch.nn import Module

        made = type(name, (Module,), {"__module__": "torch.jit"})
        globals()[name] = made
        return made
    if name in ("Final", "Attribute"):
        from typing import Final

        return Final
    if name == "ScriptFunction":
        return type("ScriptFunction", (), {})
    raise AttributeError(f"module 'torch.jit' has no attribute {name!r}")
