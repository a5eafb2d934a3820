"""The machine and the system, by name."""

import sys
from collections import namedtuple


def system():
    return "Linux" if sys.platform == "linux" else sys.platform.capitalize()


def python_version():
    return ".".join(str(part) for part in sys.version_info[:3])


def python_version_tuple():
    return tuple(python_version().split("."))


def python_implementation():
    return "CPython"


def machine():
    return _kernel("arch") or "x86_64"


def node():
    return _kernel("hostname")


def release():
    return _kernel("osrelease")


def version():
    return _kernel("version")


def _kernel(name):
    try:
        with open(f"/proc/sys/kernel/{name}") as file:
            return file.read().strip()
    except OSError:
        return ""


def processor():
    return ""


def architecture(executable=sys.executable, bits="", linkage=""):
    return "64bit", "ELF"


def platform(aliased=0, terse=0):
    return "-".join(part for part in (system(), release(), machine()) if part)


uname_result = namedtuple("uname_result", ["system", "node", "release", "version", "machine"])


def uname():
    return uname_result(system(), node(), release(), version(), machine())
