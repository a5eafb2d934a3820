"""Loading a state_dict into modules: what is missing, unexpected or of another shape."""
import warnings
from collections import OrderedDict, namedtuple

import torch
from torch.__future__ import _settings
from torch._shell import Parameter, entries_by_child

_EXTRA_STATE_KEY_SUFFIX = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict returns: two lists of keys."""

    __slots__ = ()

    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"_IncompatibleKeys(missing_keys={self.missing_keys!r},"
            f" unexpected_keys={self.unexpected_keys!r})"
        )

    __str__ = __repr__


def load_state_dict(module, state_dict, strict=True, assign=False):
    if not hasattr(state_dict, "keys") or not hasattr(state_dict, "__getitem__"):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    missing_keys = []
    unexpected_keys = []
    error_msgs = []
    metadata = getattr(state_dict, "_metadata", None)
    entries = OrderedDict(state_dict)
    if metadata is not None:
        entries._metadata = metadata
    # the lists are filled by every module on the way down and read by the hooks on the way up
    report = (missing_keys, unexpected_keys, error_msgs)
    _load_tree(module, entries, "", metadata, assign, report)
    if strict:
        if unexpected_keys:
            error_msgs.insert(0, _key_list("Unexpected", unexpected_keys))
        if missing_keys:
            error_msgs.insert(0, _key_list("Missing", missing_keys))
    if error_msgs:
        lines = "\n\t".join(error_msgs)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{lines}")
    return _IncompatibleKeys(missing_keys, unexpected_keys)


def _key_list(what, keys):
    return f"{what} key(s) in state_dict: " + ", ".join([f'"{key}"' for key in keys]) + ". "


def _load_tree(module, entries, prefix, metadata, assign, report):
    missing_keys, unexpected_keys, error_msgs = report
    local_metadata = {} if metadata is None else metadata.get(prefix[:-1], {})
    if assign:
        local_metadata["assign_to_params_buffers"] = assign
    module._load_from_state_dict(
        entries, prefix, local_metadata, True, missing_keys, unexpected_keys, error_msgs
    )
    parts = entries_by_child(entries, prefix) if module._modules else {}
    for name, child in module._modules.items():
        if child is not None:
            _load_tree(
                child, parts.get(name, {}), prefix + name + ".", metadata, assign, report
            )
    if module._load_state_dict_post_hooks:
        _run_post_hooks(module, missing_keys, unexpected_keys)


def _run_post_hooks(module, missing_keys, unexpected_keys):
    incompatible_keys = _IncompatibleKeys(missing_keys, unexpected_keys)
    for hook in module._load_state_dict_post_hooks.values():
        if hook(module, incompatible_keys) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not"
                "expected to return new values, if incompatible_keys need to be modified,"
                "it should be done inplace."
            )


def load_from_state_dict(
    module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
):
    for hook in module._load_state_dict_pre_hooks.values():
        hook(
            state_dict,
            prefix,
            local_metadata,
            strict,
            missing_keys,
            unexpected_keys,
            error_msgs,
        )
    assign = local_metadata.get("assign_to_params_buffers", False)
    for name, own in _own_tensors(module).items():
        key = prefix + name
        if key in state_dict:
            message = _load_one(module, name, own, key, state_dict[key], assign)
            if message is not None:
                error_msgs.append(message)
        elif strict:
            missing_keys.append(key)
    _load_extra_state(module, state_dict, prefix, strict, missing_keys, unexpected_keys)
    if strict:
        _find_unexpected(module, state_dict, prefix, unexpected_keys)


def _own_tensors(module):
    own = {name: param for name, param in module._parameters.items() if param is not None}
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._non_persistent_buffers_set:
            own[name] = buffer
    return own


def _load_one(module, name, own, key, value, assign):
    """Load one tensor; what went wrong is returned as text."""
    if not isinstance(value, torch.Tensor):
        return (
            f'While copying the parameter named "{key}", '
            "expected torch.Tensor or Tensor-like object from checkpoint but "
            f"received {type(value)}"
        )
    # files of PyTorch 0.3 keep a scalar as one element
    if len(own.shape) == 0 and len(value.shape) == 1 and value.shape[0] == 1:
        value = value[0]
    if value.shape != own.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {own.shape}."
        )
    if own.is_meta and not value.is_meta and not assign:
        warnings.warn(
            f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, which is"
            " a no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their corresponding key"
            " in the module instead of copying them in place?)"
        )
    try:
        with torch.no_grad():
            if _settings["swap"]:
                _swap(own, value, assign)
            elif assign:
                _assign(module, name, own, value)
            else:
                own.copy_(value)
    except Exception as error:
        action = "swapping" if _settings["swap"] else "copying"
        return (
            f'While {action} the parameter named "{key}", '
            f"whose dimensions in the model are {own.size()} and "
            f"whose dimensions in the checkpoint are {value.size()}, "
            f"an exception occurred : {error.args}."
        )
    return None


def _swap(own, value, assign):
    new = own.module_load(value, assign=assign)
    if new is value or new is own:
        raise RuntimeError(
            "module_load returned one of self or other, please .detach() the result if returning one of the inputs in module_load"
        )
    if isinstance(own, Parameter):
        if isinstance(new, Parameter):
            new.requires_grad_(own.requires_grad)
        else:
            new = Parameter(new, requires_grad=own.requires_grad)
    torch.utils.swap_tensors(own, new)


def _assign(module, name, own, value):
    if isinstance(own, Parameter):
        if isinstance(value, Parameter):
            value.requires_grad_(own.requires_grad)
        else:
            value = Parameter(value, requires_grad=own.requires_grad)
    setattr(module, name, value)


def _load_extra_state(module, state_dict, prefix, strict, missing_keys, unexpected_keys):
    from torch.nn.modules.module import Module

    key = prefix + _EXTRA_STATE_KEY_SUFFIX
    if type(module).set_extra_state is not Module.set_extra_state:
        if key in state_dict:
            module.set_extra_state(state_dict[key])
        elif strict:
            missing_keys.append(key)
    elif strict and key in state_dict:
        unexpected_keys.append(key)


def _find_unexpected(module, state_dict, prefix, unexpected_keys):
    start = len(prefix)
    extra_state_key = prefix + _EXTRA_STATE_KEY_SUFFIX
    modules = module._modules
    own = module._parameters
    buffers = module._buffers
    hidden = module._non_persistent_buffers_set
    for key in state_dict:
        if not key.startswith(prefix) or key == extra_state_key:
            continue
        name, dot, _ = key[start:].partition(".")
        if dot:
            if name not in modules:
                unexpected_keys.append(key)
            continue
        # a child's own name without a dot, and a name held as None, are nobody's
        if own.get(name) is None and (buffers.get(name) is None or name in hidden):
            unexpected_keys.append(key)
