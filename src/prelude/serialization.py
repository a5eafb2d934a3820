"""torch.serialization: load and save by their other home, and what weights_only=True lets through."""
from torch import load, save

_allowed = []


def add_safe_globals(safe_globals):
    _allowed.extend(safe_globals)


def get_safe_globals():
    return list(_allowed)


def clear_safe_globals():
    _allowed.clear()


class safe_globals:
    def __init__(self, safe_globals):
        self.safe_globals = safe_globals

    def __enter__(self):
        self.before = list(_allowed)
        _allowed.extend(self.safe_globals)

    def __exit__(self, *_):
        _allowed[:] = self.before


def get_default_load_endianness():
    return None


def register_package(priority, tagger, deserializer):
    return None
