"""Nested dictionaries and lists as one dictionary of dotted names, and back."""
from collections.abc import Mapping

import torch


def _is_leaf(value):
    """Lists are gone into where a tensor or a dictionary is somewhere in them."""
    if isinstance(value, Mapping):
        return False
    if not isinstance(value, list):
        return True
    return not any([isinstance(entry, torch.Tensor) or isinstance(entry, (Mapping, list)) and not _is_leaf(entry) for entry in value])


def flatten_state_dict(state_dict):
    """The entries by dotted name, and for each name the keys on the way to it."""
    flat, places = {}, {}

    def put(place, value):
        if isinstance(value, Mapping):
            for key, inner in value.items():
                put(place + (str(key),), inner)
        elif _is_leaf(value):
            name = ".".join(map(str, place))
            if name in flat:
                raise ValueError(f"duplicated flatten key {name}")
            flat[name], places[name] = value, place
        else:
            for i, inner in enumerate(value):
                put(place + (i,), inner)

    put((), state_dict)
    return flat, places


def set_element(root, place, value):
    """Puts a value where these keys lead, a number being a place in a list."""
    for key, following in zip(place, place[1:]):
        inner = [] if isinstance(following, int) else {}
        if isinstance(root, list):
            root.extend([None] * (key + 1 - len(root)))
            root[key] = inner if root[key] is None else root[key]
        else:
            # a key that was a number before it was flattened
            key = next((own for own in root if str(own) == key), key)
            root.setdefault(key, inner)
        root = root[key]
    last = place[-1]
    if isinstance(root, list):
        root.extend([None] * (last + 1 - len(root)))
    else:
        last = next((own for own in root if str(own) == last), last)
    root[last] = value


def unflatten_state_dict(flat, places):
    nested = {}
    for name, value in flat.items():
        set_element(nested, places[name], value)
    return nested
