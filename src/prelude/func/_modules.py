"""torch.func: modules as functions of their parameters."""
import torch


def _places(module, names, given):
    """(dictionary, name, tensor) for each given tensor, in the modules where it goes."""
    for path, tensor in given.items():
        owner_path, _, name = path.rpartition(".")
        try:
            owner = module.get_submodule(owner_path)
        except AttributeError as error:
            raise AttributeError(str(error))
        if name in owner._parameters:
            yield owner._parameters, name, tensor
        elif name in owner._buffers:
            yield owner._buffers, name, tensor
        else:
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")


def _with_ties(module, given):
    """The given tensors, also under the other names of a parameter that has several."""
    names = {}
    for members in (module.named_parameters, module.named_buffers):
        for name, tensor in members(remove_duplicate=False):
            names.setdefault(id(tensor), []).append(name)
    tied = dict(given)
    for same in names.values():
        chosen = [given[name] for name in same if name in given]
        if any([tensor is not chosen[0] for tensor in chosen]):
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(same)}, which are tied."
                " Consider using tie_weights=False"
            )
        if chosen:
            tied.update({name: chosen[0] for name in same})
    return tied


def functional_call(
    module, parameters_and_buffers, args=None, kwargs=None, *, tie_weights=True, strict=False
):
    """Call a module with these tensors in place of its own."""
    given = parameters_and_buffers
    if isinstance(given, (tuple, list)):
        merged = {}
        for part in given:
            repeated = [key for key in part if key in merged]
            if repeated:
                raise ValueError(f"{repeated[0]} appears in multiple dictionaries; behavior of functional call is ambiguous")
            merged.update(part)
        given = merged
    if tie_weights:
        given = _with_ties(module, given)
    if strict:
        _check_names(module, given)
    args = () if args is None else args
    args = args if isinstance(args, tuple) else (args,)
    before = []
    try:
        for owner, name, tensor in _places(module, None, given):
            before.append((owner, name, owner[name]))
            owner[name] = tensor
        return module(*args, **(kwargs or {}))
    finally:
        for owner, name, tensor in before:
            owner[name] = tensor


def _check_names(module, given):
    own = [name for name, _ in module.named_parameters(remove_duplicate=False)]
    own += [name for name, _ in module.named_buffers(remove_duplicate=False)]
    missing = [name for name in own if name not in given]
    unexpected = [name for name in given if name not in own]
    faults = []
    if unexpected:
        faults.append("Unexpected key(s): " + ", ".join(map(repr, unexpected)) + ".")
    if missing:
        faults.append("Missing key(s): " + ", ".join(map(repr, missing)) + ".")
    if faults:
        raise RuntimeError(
            f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(faults)
        )


def stack_module_state(models):
    """The parameters and buffers of several equal models, stacked: what vmap runs them over."""
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all([m.training for m in models]) or all([not m.training for m in models])):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any([type(m) is not type(models[0]) for m in models]):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = {}
    for name, first in models[0].named_parameters():
        stacked = torch.stack([dict(m.named_parameters())[name] for m in models])
        params[name] = stacked.detach().requires_grad_(first.requires_grad)
    buffers = {}
    for name, _ in models[0].named_buffers():
        buffers[name] = torch.stack([dict(m.named_buffers())[name] for m in models]).detach()
    return params, buffers
