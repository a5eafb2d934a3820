"""Objects as bytes. What a pickle names is never imported or called: objects of classes stay as the bytes describe them."""

import _pickle

HIGHEST_PROTOCOL, DEFAULT_PROTOCOL = 5, 4


from _pickle import UnpicklingError


class PickleError(Exception):
    pass


class PicklingError(PickleError):
    pass


def dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None):
    return _pickle.dumps(obj)


def dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None):
    file.write(dumps(obj))


def loads(data, /, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=None):
    return _pickle.loads(bytes(data))[0]


def load(file, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=None):
    data = file.read()
    value, length = _pickle.loads(data)
    if length < len(data):
        file.seek(length - len(data), 1)
    return value


class Pickler:
    def __init__(self, file, protocol=None, **options):
        self._file = file

    def dump(self, obj):
        dump(obj, self._file)


class Unpickler:
    def __init__(self, file, **options):
        self._file = file

    def load(self):
        return load(self._file)
