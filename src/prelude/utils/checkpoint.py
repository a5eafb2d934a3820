"""torch.utils.checkpoint: runs the function and keeps its intermediate results, as there is memory for them here."""


def checkpoint(function, *args, use_reentrant=None, preserve_rng_state=True, **kwargs):
    return function(*args, **kwargs)


def get_device_states(*args):
    """The devices of the tensors and their generators: none but the CPU's."""
    return [], []


def set_device_states(devices, states, *, device_type=None):
    """There are none."""


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    layers = functions.children() if hasattr(functions, "children") else functions
    for layer in layers:
        input = layer(input)
    return input
