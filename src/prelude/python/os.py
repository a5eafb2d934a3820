"""os: what stands in the table of builtins, and the rest."""
from os import environ, fspath, listdir, makedirs, path, rename, rmdir, stat

curdir, pardir, extsep, altsep, pathsep, defpath, devnull = ".", "..", ".", None, ":", "/bin:/usr/bin", "/dev/null"
F_OK, X_OK, W_OK, R_OK = 0, 1, 2, 4
SEEK_SET, SEEK_CUR, SEEK_END = 0, 1, 2
error = OSError


class PathLike:
    """Objects that are paths: they have __fspath__."""

    __instancehook__ = staticmethod(lambda value: hasattr(type(value), "__fspath__"))


class DirEntry:
    """A name in a folder, with what it names."""

    def __init__(self, folder, name):
        self.name, self.path = name, path.join(folder, name)

    def __fspath__(self):
        return self.path

    def is_dir(self, *, follow_symlinks=True):
        return path.isdir(self.path) and (follow_symlinks or not path.islink(self.path))

    def is_file(self, *, follow_symlinks=True):
        return path.isfile(self.path) and (follow_symlinks or not path.islink(self.path))

    def is_symlink(self):
        return path.islink(self.path)

    def stat(self):
        return stat(self.path)

    def __repr__(self):
        return f"<DirEntry {self.name!r}>"


class _Scan:
    def __init__(self, entries):
        self._entries = iter(entries)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._entries = iter(())


def scandir(folder="."):
    return _Scan([DirEntry(folder, name) for name in listdir(folder)])


def fsencode(filename):
    return filename if isinstance(filename, bytes) else fspath(filename).encode()


def fsdecode(filename):
    return filename.decode() if isinstance(filename, bytes) else fspath(filename)


def removedirs(name):
    rmdir(name)
    above = path.dirname(name)
    while above and not listdir(above):
        rmdir(above)
        above = path.dirname(above)


def renames(old, new):
    if path.dirname(new):
        makedirs(path.dirname(new), exist_ok=True)
    rename(old, new)


def get_terminal_size(fd=1):
    from shutil import get_terminal_size

    return get_terminal_size()


def urandom(size):
    with open("/dev/urandom", "rb") as source:
        return source.read(size)


def getlogin():
    return environ.get("LOGNAME") or environ.get("USER") or "unknown"


def putenv(key, value):
    environ[key] = value


def unsetenv(key):
    environ.pop(key, None)


def uname():
    import platform

    return platform.uname()
