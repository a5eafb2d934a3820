"""torch.random: random numbers; the functions of torch are its too."""
from contextlib import contextmanager

import torch


@contextmanager
def fork_rng(devices=None, enabled=True, device_type="cuda"):
    """What random numbers are drawn within leaves those after it as they would have been."""
    if not enabled:
        yield
        return
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)
