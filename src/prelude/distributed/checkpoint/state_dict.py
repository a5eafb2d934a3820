"""torch.distributed.checkpoint.state_dict: the states of a model and its optimizers, every parameter by its name."""
from dataclasses import dataclass

import torch


@dataclass
class StateDictOptions:
    full_state_dict: bool = False
    cpu_offload: bool = False
    ignore_frozen_params: bool = False
    keep_submodule_prefixes: bool = True
    strict: bool = True
    broadcast_from_rank0: bool = False
    flatten_optimizer_state_dict: bool = False
    dsd_fqn_modifiers: str = "_fqn_modifiers"


def _is_wrapped(model):
    return isinstance(model, torch.nn.parallel.DistributedDataParallel)


def _plain(model, key):
    """A name without that of what is wrapped around a model."""
    return key.removeprefix("module.") if _is_wrapped(model) else key


def get_model_state_dict(model, *, submodules=None, options=None):
    options = options or StateDictOptions()
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad} if options.ignore_frozen_params else ()
    found = {}
    for key, value in model.state_dict().items():
        if key not in frozen:
            value = value.cpu() if options.cpu_offload and isinstance(value, torch.Tensor) else value
            found[_plain(model, key)] = value
    return found


def set_model_state_dict(model, model_state_dict, *, options=None):
    options = options or StateDictOptions()
    if _is_wrapped(model):
        model_state_dict = {"module." + key: value for key, value in model_state_dict.items()}
    return model.load_state_dict(model_state_dict, strict=options.strict)


def _listed(optimizers):
    return [optimizers] if isinstance(optimizers, torch.optim.Optimizer) else list(optimizers)


def _fill_state(optimizer):
    """An optimizer that has not stepped gets its state by a step of no size."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if optimizer.state or any([p.grad is not None for p in parameters]):
        return
    rates = [group.get("lr") for group in optimizer.param_groups]
    for p in parameters:
        if p.requires_grad:
            p.grad = torch.zeros_like(p)
    for group in optimizer.param_groups:
        if group.get("lr") is not None:
            group["lr"] = torch.tensor(0.0) if isinstance(group["lr"], torch.Tensor) else 0.0
    optimizer.step()
    for group, rate in zip(optimizer.param_groups, rates):
        if rate is not None:
            group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)


def _named(model, optimizer):
    """The name of each number that the optimizer's state_dict has for a parameter."""
    by_id = {id(p): _plain(model, name) for name, p in model.named_parameters()}
    return [by_id[id(p)] for group in optimizer.param_groups for p in group["params"]]


def get_optimizer_state_dict(model, optimizers, *, submodules=None, options=None):
    options = options or StateDictOptions()
    if options.flatten_optimizer_state_dict:
        raise NotImplementedError("StateDictOptions(flatten_optimizer_state_dict=True) is not in this shell")
    found = {"state": {}, "param_groups": []}
    for optimizer in _listed(optimizers):
        _fill_state(optimizer)
        names, own = _named(model, optimizer), optimizer.state_dict()
        found["state"].update({names[number]: state for number, state in own["state"].items()})
        for group in own["param_groups"]:
            found["param_groups"].append({**group, "params": [names[number] for number in group["params"]]})
    return found


def set_optimizer_state_dict(model, optimizers, optim_state_dict, *, options=None):
    for optimizer in _listed(optimizers):
        _fill_state(optimizer)
        names, own = _named(model, optimizer), optimizer.state_dict()
        groups = []
        for group in own["param_groups"]:
            members = {names[number] for number in group["params"]}
            saved = [one for one in optim_state_dict["param_groups"] if members & set(one["params"])]
            if not saved:
                raise RuntimeError(f"the saved state has no group for {sorted(members)[0]}")
            groups.append({**group, **saved[0], "params": group["params"]})
        state = {number: optim_state_dict["state"][name] for number, name in enumerate(names) if name in optim_state_dict["state"]}
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def get_state_dict(model, optimizers, *, submodules=None, options=None):
    return get_model_state_dict(model, options=options), get_optimizer_state_dict(model, optimizers, options=options)


def set_state_dict(model, optimizers, *, model_state_dict, optim_state_dict, options=None):
    result = set_model_state_dict(model, model_state_dict, options=options) if model_state_dict else None
    if optim_state_dict:
        set_optimizer_state_dict(model, optimizers, optim_state_dict, options=options)
    return result
