"""TorchScript, by name: a function that is scripted runs as it is; a module is refused, as no file of TorchScript is written here."""


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


def set_fusion_strategy(strategy):
    """Nothing is fused."""


def __getattr__(name):
    if name in ("ScriptModule", "RecursiveScriptModule", "TopLevelTracedModule"):
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
