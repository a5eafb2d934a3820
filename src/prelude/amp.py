"""torch.amp: mixed precision, by name. Everything runs in the dtype it has; nothing is cast and no loss is scaled."""
import torch


class autocast:
    """Accepted, as a context manager and as a decorator; operators keep the dtypes of their arguments."""

    def __init__(self, device_type="cuda", dtype=None, enabled=True, cache_enabled=None):
        self.device = device_type
        self.fast_dtype = dtype
        self._enabled = enabled

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __call__(self, function):
        return function


class GradScaler:
    """Accepted; losses and gradients pass unchanged, so that training steps as it would without it."""

    def __init__(
        self,
        device="cuda",
        init_scale=65536.0,
        growth_factor=2.0,
        backoff_factor=0.5,
        growth_interval=2000,
        enabled=True,
    ):
        self._enabled = False

    def scale(self, outputs):
        return outputs

    def unscale_(self, optimizer):
        return None

    def step(self, optimizer, *args, **kwargs):
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale=None):
        return None

    def get_scale(self):
        return 1.0

    def is_enabled(self):
        return self._enabled

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        return None


def is_autocast_available(device_type):
    return device_type in ("cpu", "cuda")


def _cuda_autocast(enabled=True, dtype=torch.float16, cache_enabled=True):
    return autocast("cuda", dtype, enabled, cache_enabled)
