"""torch.fx: wrap; nothing is traced here."""
import _absent


def wrap(fn_or_name):
    """The function itself: there is no tracer that could look into it."""
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    return fn_or_name


def has_side_effect(fn):
    return fn


__getattr__, __dir__ = _absent.names(
    "torch.fx",
    "symbolic_trace Tracer Graph GraphModule Interpreter Transformer Node Proxy replace_pattern map_arg CodeGen",
    "no program is traced here",
)
