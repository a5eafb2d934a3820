"""torch.autograd.grad_mode: whether operators record what gradients need.

Each is a context manager and a decorator.
"""
import torch

_KEPT = ("__module__", "__name__", "__qualname__", "__doc__")


def _decorated(make, function):
    def decorate_context(*args, **kwargs):
        with make():
            return function(*args, **kwargs)

    for name in _KEPT:
        if hasattr(function, name):
            setattr(decorate_context, name, getattr(function, name))
    decorate_context.__wrapped__ = function
    return decorate_context


class _DecoratorContextManager:
    """What a context manager is made from that can decorate functions too."""

    def __call__(self, orig_func):
        return _decorated(self.clone, orig_func)

    def clone(self):
        return self.__class__()


class no_grad:
    """Nothing is recorded inside."""

    def __new__(cls, orig_func=None):
        if orig_func is None:
            return super().__new__(cls)
        return cls()(orig_func)

    def __init__(self):
        self.prev = False

    def __call__(self, orig_func):
        return _decorated(self.__class__, orig_func)

    def __enter__(self):
        self.prev = torch.is_grad_enabled()
        torch._C._set_grad_enabled(False)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._C._set_grad_enabled(self.prev)


class enable_grad:
    """Everything is recorded inside, even within no_grad."""

    def __new__(cls, orig_func=None):
        if orig_func is None:
            return super().__new__(cls)
        return cls()(orig_func)

    def __init__(self):
        self.prev = False

    def __call__(self, orig_func):
        return _decorated(self.__class__, orig_func)

    def __enter__(self):
        self.prev = torch.is_grad_enabled()
        torch._C._set_grad_enabled(True)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._C._set_grad_enabled(self.prev)


class set_grad_enabled:
    """Takes effect at once; as a context manager it ends with the block."""

    def __init__(self, mode):
        self.prev = torch.is_grad_enabled()
        self.mode = mode
        torch._C._set_grad_enabled(mode)

    def __call__(self, orig_func):
        torch._C._set_grad_enabled(self.prev)
        mode = self.mode
        return _decorated(lambda: set_grad_enabled(mode), orig_func)

    def __enter__(self):
        torch._C._set_grad_enabled(self.mode)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._C._set_grad_enabled(self.prev)

    def __str__(self):
        return f"{torch.typename(self)}(mode={self.mode})"

    def __repr__(self):
        return str(self)


class inference_mode:
    """Nothing is recorded inside, and what is made there can never be a part of a graph."""

    def __new__(cls, mode=True):
        if isinstance(mode, bool):
            return super().__new__(cls)
        return cls()(mode)

    def __init__(self, mode=True):
        self.mode = mode
        self._guard = None

    def __call__(self, orig_func):
        mode = self.mode
        return _decorated(lambda: inference_mode(mode), orig_func)

    def __enter__(self):
        self._guard = torch._C._enter_inference_mode(self.mode)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._C._leave_inference_mode(self._guard)
