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
