"""The versions of what is installed: of what the shell has itself, and of packages in the folders of sys.path."""

import os
import re
import sys

_OWN = ("torch", "torchvision", "numpy", "safetensors")


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


class Distribution:
    """An installed package: its name, its version, and the fields that it is described by."""

    def __init__(self, fields):
        self.metadata = fields

    @property
    def name(self):
        return self.metadata["Name"]

    @property
    def version(self):
        return self.metadata["Version"]

    @property
    def requires(self):
        return None

    @property
    def files(self):
        return None

    @property
    def entry_points(self):
        return []

    def read_text(self, filename):
        return None

    @classmethod
    def from_name(cls, name):
        return distribution(name)


def distribution(distribution_name):
    """An installed package by its name."""
    plain = _plain(distribution_name)
    if plain in _OWN:
        from importlib import import_module

        return Distribution({"Name": plain, "Version": import_module(plain).__version__})
    fields = _fields_of(distribution_name)
    if fields is None:
        raise PackageNotFoundError(distribution_name)
    return Distribution(fields)


def distributions(**_):
    """What the shell has itself."""
    return iter([distribution(name) for name in _OWN])


def version(distribution_name):
    """The version of an installed package."""
    return distribution(distribution_name).version


def metadata(distribution_name):
    """The fields that a package is described by, as a dictionary."""
    return distribution(distribution_name).metadata


def entry_points(**_):
    return []
