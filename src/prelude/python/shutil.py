"""Files and folders as a whole."""

import os
import os.path
from collections import namedtuple
from fnmatch import fnmatch

_terminal_size = namedtuple("terminal_size", ["columns", "lines"], module="os")


class Error(OSError):
    pass


class SameFileError(Error):
    pass


def copyfile(src, dst, *, follow_symlinks=True):
    try:
        os._copy_file(src, dst)
    except ValueError as error:
        raise SameFileError(f"{src!r} and {dst!r} are the same file") from None
    return dst


def copy(src, dst, *, follow_symlinks=True):
    if os.path.isdir(dst):
        dst = os.path.join(dst, os.path.basename(src))
    return copyfile(src, dst)


copy2 = copy


def copyfileobj(fsrc, fdst, length=1 << 16):
    while part := fsrc.read(length):
        fdst.write(part)


def move(src, dst, copy_function=copy2):
    if os.path.isdir(dst):
        dst = os.path.join(dst, os.path.basename(str(src).rstrip("/")))
        if os.path.exists(dst):
            raise Error(f"Destination path '{dst}' already exists")
    try:
        os.rename(src, dst)
    except OSError as error:
        if error.errno != 18:  # another file system
            raise
        if os.path.isdir(src):
            copytree(src, dst)
            rmtree(src)
        else:
            copy_function(src, dst)
            os.unlink(src)
    return dst


def which(cmd, mode=os.F_OK | os.X_OK, path=None):
    folders = [""] if "/" in cmd else (path or os.environ.get("PATH", os.defpath)).split(os.pathsep)
    for folder in folders:
        found = os.path.join(folder, cmd)
        if os.path.isfile(found) and os.access(found, mode):
            return found
    return None


def get_terminal_size(fallback=(80, 24)):
    sizes = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    sizes = [int(text) if text.isdigit() and int(text) else default for text, default in zip(sizes, fallback)]
    return _terminal_size(*sizes)


def ignore_patterns(*patterns):
    return lambda folder, names: {name for name in names if any([fnmatch(name, pattern) for pattern in patterns])}


def rmtree(path, ignore_errors=False):
    if ignore_errors and not os.path.exists(path):
        return
    for name in os.listdir(path):
        inner = os.path.join(path, name)
        if os.path.isdir(inner) and not os.path.islink(inner):
            rmtree(inner, ignore_errors)
        else:
            os.remove(inner)
    os.rmdir(path)


def copytree(src, dst, symlinks=False, ignore=None, copy_function=copy2, ignore_dangling_symlinks=False, dirs_exist_ok=False):
    names = os.listdir(src)
    ignored = ignore(src, names) if ignore is not None else ()
    os.makedirs(dst, exist_ok=dirs_exist_ok)
    for name in names:
        inner, target = os.path.join(src, name), os.path.join(dst, name)
        if name in ignored:
            continue
        if symlinks and os.path.islink(inner):
            os.symlink(os.readlink(inner), target)
        elif os.path.isdir(inner):
            copytree(inner, target, symlinks, ignore, copy_function, ignore_dangling_symlinks, dirs_exist_ok)
        else:
            copy_function(inner, target)
    return dst
