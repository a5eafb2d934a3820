"""Files and folders as a whole."""

import os
import os.path


def copyfile(src, dst):
    with open(src, "rb") as source:
        data = source.read()
    with open(dst, "wb") as target:
        target.write(data)
    return dst


def copy(src, dst):
    if os.path.isdir(dst):
        dst = os.path.join(dst, os.path.basename(src))
    return copyfile(src, dst)


copy2 = copy


def move(src, dst):
    if os.path.isdir(dst):
        dst = os.path.join(dst, os.path.basename(src))
    os.rename(src, dst)
    return dst


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


def copytree(src, dst, dirs_exist_ok=False):
    os.makedirs(dst, exist_ok=dirs_exist_ok)
    for name in os.listdir(src):
        inner = os.path.join(src, name)
        if os.path.isdir(inner):
            copytree(inner, os.path.join(dst, name), dirs_exist_ok)
        else:
            copyfile(inner, os.path.join(dst, name))
    return dst
