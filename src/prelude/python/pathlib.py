"""Paths as objects."""

import glob as _glob
import os
import os.path


class Path:
    def __init__(self, *parts):
        self._path = os.path.join(*[str(part) for part in parts]) if parts else "."
        kept = [part for part in self._path.split("/") if part not in ("", ".")]
        self._path = ("/" if self._path.startswith("/") else "") + "/".join(kept) or "."

    def __str__(self):
        return self._path

    def __repr__(self):
        return f"PosixPath({self._path!r})"

    def __fspath__(self):
        return self._path

    def __truediv__(self, other):
        return Path(self._path, other)

    def __rtruediv__(self, other):
        return Path(other, self._path)

    def __eq__(self, other):
        return isinstance(other, Path) and self._path == other._path

    def __lt__(self, other):
        return self._path < other._path

    def __hash__(self):
        return hash(self._path)

    @property
    def name(self):
        return os.path.basename(self._path)

    @property
    def stem(self):
        return os.path.splitext(self.name)[0]

    @property
    def suffix(self):
        return os.path.splitext(self.name)[1]

    @property
    def parent(self):
        return Path(os.path.dirname(self._path) or ".")

    @property
    def parts(self):
        start = ("/",) if self._path.startswith("/") else ()
        return start + tuple(part for part in self._path.split("/") if part)

    def exists(self):
        return os.path.exists(self._path)

    def is_file(self):
        return os.path.isfile(self._path)

    def is_dir(self):
        return os.path.isdir(self._path)

    def is_absolute(self):
        return self._path.startswith("/")

    def absolute(self):
        return Path(os.path.abspath(self._path))

    resolve = absolute

    def with_suffix(self, suffix):
        return Path(os.path.splitext(self._path)[0] + suffix)

    def with_name(self, name):
        return Path(os.path.dirname(self._path), name)

    def joinpath(self, *parts):
        return Path(self._path, *parts)

    def mkdir(self, mode=0o777, parents=False, exist_ok=False):
        if exist_ok and self.is_dir():
            return
        os.makedirs(self._path) if parents else os.mkdir(self._path)

    def unlink(self, missing_ok=False):
        if missing_ok and not self.exists():
            return
        os.remove(self._path)

    def rename(self, target):
        os.rename(self._path, str(target))
        return Path(target)

    def open(self, mode="r", *rest, **kwargs):
        return open(self._path, mode, *rest, **kwargs)

    def read_text(self, encoding=None):
        with open(self._path) as f:
            return f.read()

    def write_text(self, text, encoding=None):
        with open(self._path, "w") as f:
            return f.write(text)

    def read_bytes(self):
        with open(self._path, "rb") as f:
            return f.read()

    def write_bytes(self, data):
        with open(self._path, "wb") as f:
            return f.write(data)

    def iterdir(self):
        return iter([Path(self._path, name) for name in os.listdir(self._path)])

    def glob(self, pattern):
        return iter([Path(found) for found in _glob.glob(os.path.join(self._path, pattern), recursive=True)])

    def stat(self):
        return os.stat(self._path)

    @classmethod
    def cwd(cls):
        return cls(os.getcwd())

    @classmethod
    def home(cls):
        return cls(os.path.expanduser("~"))


PosixPath = PurePath = PurePosixPath = Path
