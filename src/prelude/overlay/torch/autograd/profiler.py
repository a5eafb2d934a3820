"""Nothing is measured: what is recorded runs as it is."""
from contextlib import ContextDecorator


class record_function(ContextDecorator):
    def __init__(self, name, args=None):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None
