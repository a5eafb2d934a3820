"""Methods of Module that register hooks, and what registering by name asks for."""
import torch


# what modules have that were not there in older versions
_LATER = (
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)


def _hook_into(self, hooks, hook, prepend=False, marks=()):
    from torch.utils.hooks import RemovableHandle

    handle = RemovableHandle(hooks, extra_dict=list(marks))
    hooks[handle.id] = hook
    for mark in marks:
        mark[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
    marks = [self._forward_pre_hooks_with_kwargs] if with_kwargs else []
    return self._hook_into(self._forward_pre_hooks, hook, prepend, marks)


def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
    marks = [self._forward_hooks_with_kwargs] if with_kwargs else []
    if always_call:
        marks.append(self._forward_hooks_always_called)
    return self._hook_into(self._forward_hooks, hook, prepend, marks)


def register_full_backward_hook(self, hook, prepend=False):
    self._is_full_backward_hook = True
    return self._hook_into(self._backward_hooks, hook, prepend)


def register_full_backward_pre_hook(self, hook, prepend=False):
    return self._hook_into(self._backward_pre_hooks, hook, prepend)


def _register_state_dict_hook(self, hook):
    if getattr(hook, "_from_public_api", False):
        raise RuntimeError(
            "Cannot register the same function as the state dict post hook that was "
            "previously registered via register_state_dict_post_hook"
        )
    return self._hook_into(self._state_dict_hooks, hook)


def register_state_dict_post_hook(self, hook):
    hook._from_public_api = True
    return self._hook_into(self._state_dict_hooks, hook)


def register_state_dict_pre_hook(self, hook):
    return self._hook_into(self._state_dict_pre_hooks, hook)


def _register_load_state_dict_pre_hook(self, hook, with_module=False):
    from torch.nn.modules._hooks import LoadPreHook

    return self._hook_into(
        self._load_state_dict_pre_hooks, LoadPreHook(hook, self if with_module else None)
    )


def register_load_state_dict_pre_hook(self, hook):
    return self._register_load_state_dict_pre_hook(hook, with_module=True)


def register_load_state_dict_post_hook(self, hook):
    return self._hook_into(self._load_state_dict_post_hooks, hook)


def _forget(own, name, kinds):
    """Take a name away from where it stood before it gets another kind of value."""
    own.pop(name, None)
    for kind in kinds:
        own[kind].pop(name, None)
    own["_non_persistent_buffers_set"].discard(name)


def _check_name(module, kind, name, members):
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {torch.typename(name)}")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."')
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')
    if name not in members and hasattr(module, name):
        raise KeyError(f"attribute '{name}' already exists")
