"""torch.storage: what files and old programs name of it."""
import io

import torch


class _LegacyStorage:
    """What the classes by dtype (`torch.FloatStorage`) have in common, by name."""

    def __init__(self, *args, **kwargs):
        raise RuntimeError("Only child classes of _LegacyStorage can be instantiated")


def _load_from_bytes(b):
    return torch.load(io.BytesIO(b), weights_only=False)


_always_warn_typed_storage_removal = False


def _get_always_warn_typed_storage_removal():
    return _always_warn_typed_storage_removal


def _set_always_warn_typed_storage_removal(always_warn):
    """Whether the warning of typed storages is said each time."""
    global _always_warn_typed_storage_removal
    if not isinstance(always_warn, bool):
        raise AssertionError(f"always_warn must be bool, got {type(always_warn).__name__}")
    _always_warn_typed_storage_removal = always_warn
