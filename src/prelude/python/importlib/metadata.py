"""The versions of what is installed: of what the shell has itself, and of packages in the folders of sys.path."""

import os
import re
import sys

_OWN = ("torch", "torchvision", "numpy")


class PackageNotFoundError(ModuleNotFoundError):
    """A package that is not installed."""

    def __str__(self):
        return f"No package metadata was found for {self.name}"

    @property
    def name(self):
        (name,) = self.args
        return name


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _fields_of(name):
    for folder in sys.path:
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        for entry in entries:
            if entry.endswith(".dist-info") and _plain(entry[: -len(".dist-info")].rpartition("-")[0]) == _plain(name):
                with open(os.path.join(folder or ".", entry, "METADATA"), encoding="utf-8") as file:
                    head = file.read().split("\n\n")[0]
                return dict([line.split(": ", 1) for line in head.split("\n") if ": " in line and not line.startswith(" ")])
    return None


def version(distribution_name):
    """The version of an installed package."""
    if _plain(distribution_name) in _OWN:
        from importlib import import_module

        return import_module(_plain(distribution_name)).__version__
    fields = _fields_of(distribution_name)
    if fields is None:
        raise PackageNotFoundError(distribution_name)
    return fields["Version"]


def metadata(distribution_name):
    """The fields that a package is described by, as a dictionary."""
    fields = _fields_of(distribution_name)
    if fields is None:
        fields = {"Name": distribution_name, "Version": version(distribution_name)}
    return fields
