# Ours, behind PyTorch's own file: modules of a file may hold each other again and again, and a checkpoint has many keys.
from torch._shell import (
    keys_refused as _keys_refused,
    module_attribute as _module_attribute,
    module_call as _module_call,
    save_state as _save_state,
)

# characters of the modules in one that is shown
_LONGEST = 1 << 21
# entries of a state_dict
_MOST = 1_000_000


class _writing:
    """The repr that is being written: of modules within modules, of so many characters."""

    depth = length = 0


_plain_repr, _plain_state_dict = Module.__repr__, Module.state_dict
_plain_load_state_dict = Module.load_state_dict


def _repr(self):
    if _writing.depth == 0:
        _writing.length = 0
    if _writing.length > _LONGEST:
        return self._get_name() + "(…)"
    _writing.depth += 1
    try:
        text = _plain_repr(self)
    finally:
        _writing.depth -= 1
    _writing.length += len(text)
    return text


def _state_dict(self, *args, destination=None, prefix="", keep_vars=False):
    if args or self._state_dict_hooks or self._state_dict_pre_hooks:
        return _plain_state_dict(self, *args, destination=destination, prefix=prefix, keep_vars=keep_vars)
    if destination is None:
        destination = OrderedDict()
        destination._metadata = OrderedDict()
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = dict(version=self._version)
    if _save_state(self, destination, prefix, keep_vars, Module):
        return destination
    if len(destination) > _MOST:
        raise ValueError("the model has too many modules and tensors: some of its modules contain each other")
    return _plain_state_dict(self, destination=destination, prefix=prefix, keep_vars=keep_vars)


def _load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False):
    """The error remembers, beside its text, the lists that it is made of."""
    seen = []

    def look(_state_dict, _prefix, _metadata, _strict, missing, unexpected, parts):
        seen.append((missing, unexpected, parts))

    handle = self._register_load_state_dict_pre_hook(look)
    try:
        return _plain_load_state_dict(self, state_dict, strict, assign)
    except RuntimeError as error:
        if seen and seen[0][2] and str(error).endswith("\n\t".join(["", *seen[0][2]])):
            _keys_refused(error, self, state_dict, strict, *seen[0])
        raise
    finally:
        handle.remove()


for _name, _ours in (
    ("__repr__", _repr),
    ("state_dict", _state_dict),
    ("load_state_dict", _load_state_dict),
):
    _ours.__name__, _ours.__qualname__, _ours.__doc__ = _name, "Module." + _name, getattr(Module, _name).__doc__
    setattr(Module, _name, _ours)

Module.__getattr__ = _module_attribute(Module.__getattr__)
Module.__call__ = _module_call(
    Module,
    Module.__call__,
    [_global_backward_pre_hooks, _global_backward_hooks, _global_forward_hooks, _global_forward_pre_hooks],
)
