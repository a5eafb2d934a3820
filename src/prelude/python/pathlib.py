"""Paths as objects."""

import fnmatch
import glob as _glob
import os
import os.path


def _text(path):
    if isinstance(path, str):
        return path
    if not hasattr(path, "__fspath__"):
        raise TypeError(f"expected str, bytes or os.PathLike object, not {type(path).__name__}")
    return path.__fspath__()


class PurePath:
    _flavour = "posix"

    def __new__(cls, *parts):
        return object.__new__({PurePath: PurePosixPath, Path: PosixPath}.get(cls, cls))

    def __init__(self, *parts):
        path = os.path.join(*[_text(part) for part in parts]) if parts else "."
        kept = [part for part in path.split("/") if part not in ("", ".")]
        self._path = ("/" if path.startswith("/") else "") + "/".join(kept) or "."

    def __str__(self):
        return self._path

    def __repr__(self):
        return f"{type(self).__name__}({self._path!r})"

    def __fspath__(self):
        return self._path

    def __bytes__(self):
        return self._path.encode()

    def _new(self, *parts):
        return type(self)(*parts)

    def __truediv__(self, other):
        if not isinstance(other, (str, PurePath)):
            return NotImplemented
        return self._new(self._path, other)

    def __rtruediv__(self, other):
        return self._new(other, self._path) if isinstance(other, str) else NotImplemented

    def __eq__(self, other):
        return self._path == other._path if isinstance(other, PurePath) and other._flavour == self._flavour else NotImplemented

    def __lt__(self, other):
        return self.parts < other.parts if isinstance(other, PurePath) else NotImplemented

    def __le__(self, other):
        return self.parts <= other.parts if isinstance(other, PurePath) else NotImplemented

    def __gt__(self, other):
        return self.parts > other.parts if isinstance(other, PurePath) else NotImplemented

    def __ge__(self, other):
        return self.parts >= other.parts if isinstance(other, PurePath) else NotImplemented

    def __hash__(self):
        return hash(self._path)

    @property
    def name(self):
        return "" if self._path == "." else os.path.basename(self._path)

    @property
    def stem(self):
        return os.path.splitext(self.name)[0]

    @property
    def suffix(self):
        return "" if self.name.endswith(".") else os.path.splitext(self.name)[1]

    @property
    def suffixes(self):
        name = self.name.lstrip(".")
        return [] if name.endswith(".") else ["." + part for part in name.split(".")[1:]]

    @property
    def parent(self):
        return self._new(os.path.dirname(self._path) or ".")

    @property
    def parents(self):
        found, path = [], self
        while path.parent._path != path._path:
            path = path.parent
            found.append(path)
        return tuple(found)

    @property
    def parts(self):
        start = ("/",) if self._path.startswith("/") else ()
        return start + tuple([part for part in self._path.split("/") if part not in ("", ".")])

    @property
    def root(self):
        return "/" if self._path.startswith("/") else ""

    anchor = root
    drive = ""

    def is_absolute(self):
        return self._path.startswith("/")

    def as_posix(self):
        return self._path

    def as_uri(self):
        if not self.is_absolute():
            raise ValueError("relative path can't be expressed as a file URI")
        return "file://" + self._path

    def _named(self):
        if not self.name:
            raise ValueError(f"{self!r} has an empty name")

    def with_name(self, name):
        self._named()
        if not name or "/" in name:
            raise ValueError(f"Invalid name {name!r}")
        return self._new(os.path.dirname(self._path), name)

    def with_stem(self, stem):
        return self.with_name(stem + self.suffix)

    def with_suffix(self, suffix):
        if suffix and not suffix.startswith(".") or suffix == ".":
            raise ValueError(f"Invalid suffix {suffix!r}")
        self._named()
        return self._new(os.path.dirname(self._path), self.stem + suffix)

    def joinpath(self, *parts):
        return self._new(self._path, *parts)

    def relative_to(self, *other):
        base = self._new(*other)
        count = len(base.parts)
        if self.parts[:count] != base.parts:
            raise ValueError(
                f"{self._path!r} is not in the subpath of {base._path!r} OR one path is relative and the other is absolute.")
        return self._new(*self.parts[count:])

    def is_relative_to(self, *other):
        base = self._new(*other).parts
        return self.parts[:len(base)] == base

    def match(self, pattern):
        wanted, own = PurePath(pattern).parts, self.parts
        if pattern.startswith("/") and len(wanted) != len(own) or len(wanted) > len(own):
            return False
        return all([fnmatch.fnmatchcase(part, one) for part, one in zip(reversed(own), reversed(wanted))])


class Path(PurePath):
    def exists(self):
        return os.path.exists(self._path)

    def is_file(self):
        return os.path.isfile(self._path)

    def is_dir(self):
        return os.path.isdir(self._path)

    def is_symlink(self):
        return os.path.islink(self._path)

    def absolute(self):
        return self._new(os.path.abspath(self._path)) if not self.is_absolute() else self

    def resolve(self, strict=False):
        return self._new(os.path.realpath(self._path))

    def expanduser(self):
        return self._new(os.path.expanduser(self._path))

    def samefile(self, other):
        return os.path.realpath(self._path) == os.path.realpath(_text(other))

    def mkdir(self, mode=0o777, parents=False, exist_ok=False):
        if exist_ok and self.is_dir():
            return
        os.makedirs(self._path) if parents else os.mkdir(self._path)

    def rmdir(self):
        os.rmdir(self._path)

    def touch(self, mode=0o666, exist_ok=True):
        if not exist_ok and self.exists():
            raise FileExistsError(17, "File exists", self._path)
        open(self._path, "a").close()

    def unlink(self, missing_ok=False):
        if missing_ok and not self.exists():
            return
        os.remove(self._path)

    def rename(self, target):
        os.rename(self._path, _text(target))
        return self._new(target)

    def replace(self, target):
        os.replace(self._path, _text(target))
        return self._new(target)

    def open(self, mode="r", *rest, **kwargs):
        return open(self._path, mode, *rest, **kwargs)

    def read_text(self, encoding=None, errors=None):
        with open(self._path, encoding=encoding) as f:
            return f.read()

    def write_text(self, data, encoding=None, errors=None, newline=None):
        if not isinstance(data, str):
            raise TypeError(f"data must be str, not {type(data).__name__}")
        with open(self._path, "w", encoding=encoding) as f:
            return f.write(data)

    def read_bytes(self):
        with open(self._path, "rb") as f:
            return f.read()

    def write_bytes(self, data):
        with open(self._path, "wb") as f:
            return f.write(data)

    def iterdir(self):
        return iter([self._new(self._path, name) for name in os.listdir(self._path)])

    def glob(self, pattern):
        if not pattern:
            raise ValueError("Unacceptable pattern: ''")
        if _text(pattern).startswith("/"):
            raise NotImplementedError("Non-relative patterns are unsupported")
        found = _glob.glob(pattern, root_dir=self._path, recursive=True, include_hidden=True)
        if pattern == "**" or pattern.endswith("/**"):
            # The folder itself, and only folders.
            found = ([""] if pattern == "**" else []) + [path for path in found if os.path.isdir(os.path.join(self._path, path))]
        return iter([self._new(self._path, path) for path in found])

    def rglob(self, pattern):
        return self.glob(os.path.join("**", pattern))

    def stat(self):
        return os.stat(self._path)

    @classmethod
    def cwd(cls):
        return cls(os.getcwd())

    @classmethod
    def home(cls):
        return cls(os.path.expanduser("~"))


class PurePosixPath(PurePath):
    pass


class PosixPath(Path, PurePosixPath):
    pass


class PureWindowsPath(PurePath):
    """A path of Windows, taken apart and put together; no file is looked at."""

    _flavour = "nt"

    def __init__(self, *parts):
        drive, root, names = "", "", []
        for part in parts:
            text = (str(part) if isinstance(part, PureWindowsPath) else _text(part)).replace("/", "\\")
            own_drive, own_root, rest = self._start(text)
            if own_root or own_drive and own_drive.lower() != drive.lower():
                drive, root, names = own_drive or drive, own_root, []
            names += [name for name in rest.split("\\") if name not in ("", ".")]
        self._drive, self._root, self._names = drive, root, names
        self._path = drive + root + "\\".join(names) or "."

    @staticmethod
    def _start(text):
        if text.startswith("\\\\"):
            host, _, rest = text[2:].partition("\\")
            share, _, rest = rest.partition("\\")
            if host and share:
                return f"\\\\{host}\\{share}", "\\", rest
        drive, rest = (text[:2], text[2:]) if text[1:2] == ":" else ("", text)
        return drive, "\\" if rest.startswith("\\") else "", rest

    drive = property(lambda self: self._drive)
    root = property(lambda self: self._root)
    anchor = property(lambda self: self._drive + self._root)
    name = property(lambda self: self._names[-1] if self._names else "")

    @property
    def parts(self):
        return ((self.anchor,) if self.anchor else ()) + tuple(self._names)

    @property
    def parent(self):
        return self._new(self.anchor + "\\".join(self._names[:-1]) or ".") if self._names else self

    def is_absolute(self):
        return bool(self._drive and self._root)

    def as_posix(self):
        return self._path.replace("\\", "/")

    def __repr__(self):
        return f"{type(self).__name__}({self.as_posix()!r})"

    def with_name(self, name):
        self._named()
        return self._new(self.parent, name)

    def with_suffix(self, suffix):
        if suffix and not suffix.startswith(".") or suffix == ".":
            raise ValueError(f"Invalid suffix {suffix!r}")
        return self.with_name(self.stem + suffix)

    def as_uri(self):
        if not self.is_absolute():
            raise ValueError("relative path can't be expressed as a file URI")
        return "file:///" + self.as_posix()

    def __eq__(self, other):
        return self._path.lower() == other._path.lower() if isinstance(other, PureWindowsPath) else NotImplemented

    def __hash__(self):
        return hash(self._path.lower())


class WindowsPath(PureWindowsPath):
    def __new__(cls, *parts):
        raise NotImplementedError(f"cannot instantiate {cls.__name__!r} on your system")
