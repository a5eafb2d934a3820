"""os.path: what stands in the table of builtins, and the rest."""
import os as _os
import re as _re
from os.path import abspath, exists, islink, normpath, realpath

curdir, pardir, extsep, altsep, pathsep, defpath, devnull = ".", "..", ".", None, ":", "/bin:/usr/bin", "/dev/null"
supports_unicode_filenames = False


def normcase(s):
    return _os.fspath(s)


def splitdrive(p):
    return "", _os.fspath(p)


def lexists(path):
    return islink(path) or exists(path)


def ismount(path):
    return realpath(path) == "/"


def samefile(f1, f2):
    _os.stat(f1), _os.stat(f2)
    return realpath(f1) == realpath(f2)


def getctime(filename):
    return _os.stat(filename).st_ctime


def getatime(filename):
    return _os.stat(filename).st_atime


def commonprefix(m):
    m = list(m)
    if not m:
        return ""
    low, high = min(m), max(m)
    for i, c in enumerate(low):
        if i >= len(high) or c != high[i]:
            return low[:i]
    return low


def commonpath(paths):
    paths = [_os.fspath(path) for path in paths]
    if not paths:
        raise ValueError("commonpath() arg is an empty sequence")
    if len({path.startswith("/") for path in paths}) > 1:
        raise ValueError("Can't mix absolute and relative paths")
    parts = [[part for part in path.split("/") if part and part != "."] for path in paths]
    return ("/" if paths[0].startswith("/") else "") + "/".join(commonprefix(parts))


def expandvars(path):
    def value(found):
        name = found.group(1) or found.group(2)
        return _os.environ.get(name, found.group(0))

    return _re.sub(r"\$(?:(\w+)|\{([^}]*)\})", value, _os.fspath(path))
