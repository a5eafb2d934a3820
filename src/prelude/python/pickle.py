"""Objects as bytes and back: the writer and the reader as classes. What a pickle names is never imported or called."""


class Pickler:
    def __init__(self, file, protocol=None, *, fix_imports=True, buffer_callback=None):
        self._file, self._protocol = file, protocol

    def dump(self, obj):
        import pickle

        pickle.dump(obj, self._file, self._protocol)


class Unpickler:
    def __init__(self, file, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=None):
        self._file = file

    def load(self):
        import pickle

        return pickle.load(self._file)
