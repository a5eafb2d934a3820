"""Files and folders that go away again."""

import os
import os.path
import shutil

_count = 0


def gettempdir():
    return os.environ.get("TMPDIR", "/tmp")


def _new(suffix, prefix, dir):
    global _count
    folder = gettempdir() if dir is None else str(dir)
    while True:
        _count += 1
        path = os.path.join(folder, f"{prefix or 'tmp'}{os.getpid()}_{_count}{suffix or ''}")
        if not os.path.exists(path):
            return path


def mkdtemp(suffix=None, prefix=None, dir=None):
    path = _new(suffix, prefix, dir)
    os.mkdir(path)
    return path


def mktemp(suffix="", prefix="tmp", dir=None):
    return _new(suffix, prefix, dir)


def mkstemp(suffix=None, prefix=None, dir=None, text=False):
    path = _new(suffix, prefix, dir)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), path


class TemporaryDirectory:
    def __init__(self, suffix=None, prefix=None, dir=None, ignore_cleanup_errors=False):
        self.name = mkdtemp(suffix, prefix, dir)

    def cleanup(self):
        shutil.rmtree(self.name, ignore_errors=True)

    def __enter__(self):
        return self.name

    def __exit__(self, *rest):
        self.cleanup()


class NamedTemporaryFile:
    def __init__(self, mode="w+b", buffering=-1, encoding=None, newline=None, suffix=None, prefix=None, dir=None, delete=True):
        self.name = _new(suffix, prefix, dir)
        self._delete = delete
        self._file = open(self.name, mode)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def close(self):
        self._file.close()
        if self._delete and os.path.exists(self.name):
            os.remove(self.name)

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.close()


TemporaryFile = NamedTemporaryFile
