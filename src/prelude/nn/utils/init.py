"""torch.nn.utils.skip_init: a module without its random start."""

def skip_init(module_cls, *args, **kwargs):
    """Make a module on the meta device, then give it memory that is not filled."""
    import torch

    if not issubclass(module_cls, torch.nn.Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    final_device = kwargs.pop("device", "cpu")
    kwargs["device"] = "meta"
    return module_cls(*args, **kwargs).to_empty(device=final_device)
