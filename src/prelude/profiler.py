"""torch.profiler: nothing is measured; blocks run as they are."""
import contextlib
from enum import Enum


class ProfilerActivity(Enum):
    CPU, CUDA, XPU, MTIA = range(4)


class record_function(contextlib.ContextDecorator):
    def __init__(self, name, args=None):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def _refused(*_, **__):
    raise NotImplementedError("torch.profiler.profile() is not in this shell: nothing is measured")


profile = schedule = tensorboard_trace_handler = _refused
