"""Settings of a backend: kept as they are set, put back at the end of a `with`."""


class flags:
    """`with torch.backends.cudnn.flags(benchmark=True):`"""

    def __init__(self, module, values):
        self._module, self._values = module, values

    def __enter__(self):
        self._before = {name: getattr(self._module, name) for name in self._values}
        for name, value in self._values.items():
            setattr(self._module, name, value)

    def __exit__(self, *_):
        for name, value in self._before.items():
            setattr(self._module, name, value)

    def __call__(self, function):
        """As a decorator: the settings hold while the function runs."""
        def within(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        within.__name__, within.__doc__ = function.__name__, function.__doc__
        return within
