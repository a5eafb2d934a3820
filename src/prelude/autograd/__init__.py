"""torch.autograd: gradients, and whether they are recorded."""
from torch.autograd.function import Function
from torch.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled


class detect_anomaly:
    """Accepted; this shell has no anomaly mode."""

    def __init__(self, check_nan=True):
        self.check_nan = check_nan

    def __enter__(self):
        return None

    def __exit__(self, *_):
        return None


class set_detect_anomaly(detect_anomaly):
    def __init__(self, mode, check_nan=True):
        super().__init__(check_nan)
        self.mode = mode


def Variable(data, requires_grad=False, volatile=False):
    """A tensor: variables and tensors have long been one."""
    return data.detach().requires_grad_(True) if requires_grad else data


def __getattr__(name):
    if name == "gradcheck":
        from torch.autograd._gradcheck import gradcheck

        globals()["gradcheck"] = gradcheck
        return gradcheck
    raise AttributeError(f"module 'torch.autograd' has no attribute '{name}'")
