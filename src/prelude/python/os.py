"""os: what stands in the table of builtins, and the rest."""
from os import environ, fspath, listdir, makedirs, path, rename, rmdir, stat

curdir, pardir, extsep, altsep, pathsep, defpath, devnull = ".", "..", ".", None, ":", "/bin:/usr/bin", "/dev/null"
F_OK, X_OK, W_OK, R_OK = 0, 1, 2, 4
O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND = 0, 1, 2, 64, 128, 512, 1024
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


def walk(top, topdown=True, onerror=None, followlinks=False):
    """Every folder from here on with its folders and files; folders taken out of the list are not gone into."""
    top = fspath(top)
    try:
        names = listdir(top)
    except OSError as error:
        if onerror is not None:
            onerror(error)
        return
    folders, files = [], []
    for name in names:
        (folders if path.isdir(path.join(top, name)) else files).append(name)
    if topdown:
        yield top, folders, files
    for name in folders:
        inner = path.join(top, name)
        if followlinks or not path.islink(inner):
            yield from walk(inner, topdown, onerror, followlinks)
    if not topdown:
        yield top, folders, files


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


def getenv(key, default=None):
    """An environment variable."""
    return environ.get(key, default)


def putenv(key, value):
    environ[key] = value


def unsetenv(key):
    environ.pop(key, None)


def system(command):
    """Runs a line of the system's shell; its status as the system counts it: 256 times that of the program."""
    import subprocess

    code = subprocess.call(command, shell=True)
    return code << 8 if code >= 0 else -code


class _Popen:
    """The output of a line of the system's shell as a file of text; closing it gives the status."""

    def __init__(self, cmd, mode, buffering):
        import subprocess

        if mode not in ("r", "w"):
            raise ValueError(f"invalid mode {mode!r}")
        pipe = {"stdout": subprocess.PIPE} if mode == "r" else {"stdin": subprocess.PIPE}
        self._process = subprocess.Popen(cmd, shell=True, text=True, **pipe)
        self._file = self._process.stdout if mode == "r" else self._process.stdin

    def close(self):
        self._file.close()
        code = self._process.wait()
        return None if code == 0 else code << 8 if code > 0 else code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return iter(self._file)

    def __getattr__(self, name):
        return getattr(self._file, name)


def popen(cmd, mode="r", buffering=-1):
    return _Popen(cmd, mode, buffering)


def waitstatus_to_exitcode(status):
    return -(status & 127) if status & 127 else status >> 8


def WEXITSTATUS(status):
    return status >> 8 & 255


def WIFEXITED(status):
    return status & 127 == 0


def uname():
    import platform

    return platform.uname()
