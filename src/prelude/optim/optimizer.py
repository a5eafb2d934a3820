"""torch.optim.Optimizer: parameters in groups, state by parameter.

An optimizer of this package says how one parameter moves, in _update(param, grad, state, group), and
with what state it starts, in _start(param, state, group); what lies around that is here. PyTorch's
loop over one tensor at a time is followed: it is the one that runs on a CPU.
"""
import warnings
from collections import OrderedDict, defaultdict
from copy import deepcopy

import torch

_global_optimizer_pre_hooks = OrderedDict()
_global_optimizer_post_hooks = OrderedDict()
_HOOKS = (
    "_optimizer_step_pre_hooks _optimizer_step_post_hooks _optimizer_state_dict_pre_hooks"
    " _optimizer_state_dict_post_hooks _optimizer_load_state_dict_pre_hooks"
    " _optimizer_load_state_dict_post_hooks"
).split()


class _RequiredParameter:
    def __repr__(self):
        return "<required parameter>"


required = _RequiredParameter()


class Optimizer:
    """Moves the tensors of its param_groups along their gradients."""

    # how an optimizer names its refusal of sparse gradients; none: it takes them
    _no_sparse = None

    def __init__(self, params, defaults):
        self.defaults = defaults
        for name in _HOOKS:
            setattr(self, name, OrderedDict())
        if isinstance(params, torch.Tensor):
            raise TypeError(
                "params argument given to the optimizer should be "
                "an iterable of Tensors or dicts, but got " + torch.typename(params)
            )
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if len(groups) == 0:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __getstate__(self):
        return {
            "defaults": self.defaults,
            "state": self.state,
            "param_groups": self.param_groups,
        }

    def __setstate__(self, state):
        self.__dict__.update(state)
        for name in _HOOKS:
            self.__dict__.setdefault(name, OrderedDict())
        self.defaults.setdefault("differentiable", False)

    def __repr__(self):
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            for key in sorted(group.keys()):
                if key != "params":
                    text += f"    {key}: {group[key]}\n"
        return text + ")"

    # ---- groups

    def add_param_group(self, param_group):
        """Add a dict of "params" and of settings that differ from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = _tensors_and_names(param_group)
        for param in params:
            if not isinstance(param, torch.Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, "
                    "but one of the params is " + torch.typename(param)
                )
            leaf = param.is_leaf or param.retains_grad
            if not self.defaults.get("differentiable", None) and not leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    + name
                )
            param_group.setdefault(name, default)
        self._check_distinct(param_group)
        self.param_groups.append(param_group)

    def _check_distinct(self, param_group):
        own = {id(param) for param in param_group["params"]}
        if len(own) != len(param_group["params"]):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; "
                "in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        named = "param_names" in param_group
        for group in self.param_groups:
            if named != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param"
                    f" group {'with' if named else 'without'} names to the optimizer"
                )
        if any(id(param) in own for group in self.param_groups for param in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")

    # ---- state

    def state_dict(self):
        """{"state": by a parameter's number, "param_groups": with those numbers for "params"}."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers = {}
        groups = []
        start = 0
        for group in self.param_groups:
            packed = {key: value for key, value in group.items() if key != "params"}
            for i, param in enumerate(group["params"], start):
                numbers.setdefault(id(param), i)
            packed["params"] = [numbers[id(param)] for param in group["params"]]
            start += len(packed["params"])
            groups.append(packed)
        state = {}
        for key, value in self.state.items():
            state[numbers[id(key)] if isinstance(key, torch.Tensor) else key] = value
        result = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, result)
            if changed is not None:
                result = changed
        return result

    def load_state_dict(self, state_dict):
        """Take over the settings and the state, cast to each parameter's dtype and device."""
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed
        groups = self.param_groups
        saved_groups = deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        param_of = {}
        settings_of = {}
        for group, saved in zip(groups, saved_groups):
            if len(group["params"]) != len(saved["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group "
                    "that doesn't match the size of optimizer's group"
                )
            for number, param in zip(saved["params"], group["params"]):
                param_of[number] = param
                settings_of.setdefault(number, saved)
        state = defaultdict(dict)
        for number, value in state_dict["state"].items():
            if number in param_of:
                param = param_of[number]
                state[param] = _cast(param, value, settings_of[number])
            else:
                state[number] = value
        for group, saved in zip(groups, saved_groups):
            saved["params"] = group["params"]
            if "param_names" in group and "param_names" not in saved:
                saved["param_names"] = group["param_names"]
        self.__setstate__({"state": state, "param_groups": saved_groups})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def _set_defaults_of_older_files(self, **defaults):
        """Settings, and steps as tensors, that files of earlier releases lack."""
        for group in self.param_groups:
            for name, value in defaults.items():
                group.setdefault(name, value)
            for param in group["params"]:
                state = self.state.get(param, {})
                if "step" in state and not isinstance(state["step"], torch.Tensor):
                    state["step"] = torch.tensor(float(state["step"]), dtype=_scalar_dtype())

    # ---- steps

    def zero_grad(self, set_to_none=True):
        """Forget the gradients, or with set_to_none=False set them to zero."""
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                if set_to_none:
                    param.grad = None
                else:
                    if param.grad.grad_fn is not None:
                        param.grad.detach_()
                    else:
                        param.grad.requires_grad_(False)
                    param.grad.zero_()

    def step(self, closure=None):
        """Move every parameter that has a gradient; a closure computes the loss again first."""
        if not hasattr(type(self), "_update"):
            raise NotImplementedError
        self._opt_called = True
        for hooks in (_global_optimizer_pre_hooks, self._optimizer_step_pre_hooks):
            for hook in hooks.values():
                hook(self, (self,) if closure is None else (self, closure), {})
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.set_grad_enabled(bool(self.defaults.get("differentiable", False))):
            for group in self.param_groups:
                self._step_group(group)
        for hooks in (self._optimizer_step_post_hooks, _global_optimizer_post_hooks):
            for hook in hooks.values():
                hook(self, (self,) if closure is None else (self, closure), {})
        return loss

    def _step_group(self, group):
        for param in group["params"]:
            grad = param.grad
            if grad is None:
                continue
            if self._no_sparse is not None and grad.is_sparse:
                raise RuntimeError(self._no_sparse)
            state = self._state_of(param, group)
            self._update(param, -grad if group.get("maximize") else grad, state, group)

    def _state_of(self, param, group):
        state = self.state[param]
        if len(state) == 0:
            self._start(param, state, group)
        return state

    # ---- hooks

    def _hook_into(self, hooks, hook, prepend=False):
        from torch.utils.hooks import RemovableHandle

        handle = RemovableHandle(hooks)
        hooks[handle.id] = hook
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def register_step_pre_hook(self, hook):
        return self._hook_into(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook):
        return self._hook_into(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook, prepend=False):
        return self._hook_into(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend=False):
        return self._hook_into(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend=False):
        return self._hook_into(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend=False):
        return self._hook_into(self._optimizer_load_state_dict_post_hooks, hook, prepend)


def _tensors_and_names(param_group):
    """Make "params" a list, and "param_names" too where the parameters came as (name, tensor)."""
    params = param_group["params"]
    if isinstance(params, torch.Tensor):
        params = [params]
    elif isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but "
            "the ordering of tensors in sets will change between runs. Please use a list instead."
        )
    params = list(params)
    names = [param[0] for param in params if isinstance(param, tuple)]
    params = [param[1] if isinstance(param, tuple) else param for param in params]
    param_group["params"] = params
    if names:
        if len(names) != len(params):
            raise ValueError(
                "all optimizer params should be with/without names."
                " Some param names are missing"
            )
        param_group["param_names"] = names
    return params


def _cast(param, value, settings, key=None):
    if isinstance(value, torch.Tensor):
        if key == "step":
            if settings.get("capturable", False) or settings.get("fused", False):
                return value.to(dtype=torch.float32, device=param.device)
            return value
        if param.is_floating_point():
            return value.to(dtype=param.dtype, device=param.device)
        return value.to(device=param.device)
    if isinstance(value, dict):
        return {name: _cast(param, item, settings, name) for name, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return type(value)([_cast(param, item, settings) for item in value])
    return value


def _scalar_dtype():
    return torch.float64 if torch.get_default_dtype() == torch.float64 else torch.float32


def _zero_step():
    return torch.tensor(0.0, dtype=_scalar_dtype())


def _like(param):
    return torch.zeros_like(param, memory_format=torch.preserve_format)


def _real(*tensors):
    """Complex tensors as pairs of real numbers."""
    return [torch.view_as_real(t) if t.is_complex() else t for t in tensors]


def _decay(param, grad, group):
    """The gradient with the pull towards zero that weight_decay asks for."""
    if group["weight_decay"] == 0:
        return grad
    if group.get("decoupled_weight_decay", False):
        param.mul_(1 - group["lr"] * group["weight_decay"])
        return grad
    return grad.add(param, alpha=group["weight_decay"])


def _check_lr(lr):
    if isinstance(lr, torch.Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    _check_not_negative("learning rate", lr)


def _check_not_negative(what, value):
    if not 0.0 <= value:
        raise ValueError(f"Invalid {what}: {value}")


def _check_betas(betas):
    for i in (0, 1):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")


def register_optimizer_step_pre_hook(hook):
    from torch.utils.hooks import RemovableHandle

    handle = RemovableHandle(_global_optimizer_pre_hooks)
    _global_optimizer_pre_hooks[handle.id] = hook
    return handle


def register_optimizer_step_post_hook(hook):
    from torch.utils.hooks import RemovableHandle

    handle = RemovableHandle(_global_optimizer_post_hooks)
    _global_optimizer_post_hooks[handle.id] = hook
    return handle
