# Ours, behind PyTorch's own file: an error of load_state_dict remembers which groups differ.
from torch._shell import groups_refused as _groups_refused

_plain_load_state_dict = Optimizer.load_state_dict


def _load_state_dict(self, state_dict: StateDict) -> None:
    try:
        return _plain_load_state_dict(self, state_dict)
    except ValueError as error:
        if "param_groups" in state_dict:
            _groups_refused(error, self, state_dict)
        raise


_load_state_dict.__name__, _load_state_dict.__qualname__ = "load_state_dict", "Optimizer.load_state_dict"
_load_state_dict.__doc__ = Optimizer.load_state_dict.__doc__
Optimizer.load_state_dict = _load_state_dict
