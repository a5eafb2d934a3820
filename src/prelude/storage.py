"""torch.storage: what files and old programs name of it."""
import io

import torch


class _LegacyStorage:
    """What the classes by dtype (`torch.FloatStorage`) have in common, by name."""

    def __init__(self, *args, **kwargs):
        raise RuntimeError("Only child classes of _LegacyStorage can be instantiated")


def _load_from_bytes(b):
    return torch.load(io.BytesIO(b), weights_only=False)
