"""__torch_dispatch__ is written in C++: there are no tensors that wrap others."""


def is_traceable_wrapper_subclass(value):
    return False


def is_traceable_wrapper_subclass_type(cls):
    return False


def _get_current_dispatch_mode_stack():
    return []
