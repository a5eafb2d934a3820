"""A value of each kind that programs put beside their tensors. Run with a folder, it writes each by `pickle` and by `torch.save`:
by Python or by torchsh, which must write what the other reads. `reports` prints what is read from them."""

import argparse
import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import io
import operator
import os
import pathlib
import pickle
import random
import re
import statistics
import sys
import types
import typing
import uuid

import numpy as np
import torch

Point = collections.namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = 1


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


Size = enum.Enum("Size", "SMALL LARGE", module=__name__)

VALUES = {
    "named tuple": lambda: Point(1, 2),
    "member": lambda: Colour.RED,
    "members": lambda: Rights.READ | Rights.WRITE,
    "functional member": lambda: Size.LARGE,
    "no type": lambda: type(None),
    "ellipsis": lambda: ...,
    "class": lambda: collections.OrderedDict,
    "layer class": lambda: torch.nn.Conv2d,
    "pattern": lambda: re.compile("a+", re.IGNORECASE),
    "uuid": lambda: uuid.UUID(int=5),
    "path": lambda: pathlib.PurePosixPath("a/b"),
    "path of windows": lambda: pathlib.PureWindowsPath("a\\b"),
    "moment": lambda: datetime.datetime(2020, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
    "span": lambda: datetime.timedelta(1, 2, 3),
    "decimal": lambda: decimal.Decimal("1.50"),
    "fraction": lambda: fractions.Fraction(1, 3),
    "partial": lambda: functools.partial(int, base=2),
    "getter": lambda: operator.itemgetter(1, 2),
    "namespace": lambda: argparse.Namespace(lr=0.1, name="x"),
    "simple namespace": lambda: types.SimpleNamespace(a=1),
    "counter": lambda: collections.Counter("abca"),
    "default": lambda: collections.defaultdict(list, a=[1]),
    "deque": lambda: collections.deque([1, 2], 5),
    "chain": lambda: collections.ChainMap({"a": 1}, {"b": 2}),
    "user's dict": lambda: collections.UserDict(a=1),
    "user's list": lambda: collections.UserList([1]),
    "frozen set": lambda: frozenset({1}),
    "array": lambda: array.array("i", [1, 2]),
    "big": lambda: 2**100,
    "slice": lambda: slice(1, 2, 3),
    "missing file": lambda: OSError(2, "No such file", "x.pt"),
    "wrong key": lambda: KeyError("a"),
    "generator": lambda: random.Random(0),
    "bell": lambda: statistics.NormalDist(1, 2),
    "annotation": lambda: typing.Optional[int],
    "anything": lambda: typing.Any,
    "results": lambda: torch.topk(torch.arange(3.0), 2),
    "scheme": lambda: torch.per_channel_affine,
    "layout": lambda: torch.sparse_coo,
    "texts": lambda: np.array([["ab", "c"], ["d", "häß"]]),
    "bytes": lambda: np.array([b"a", b"bcd"]),
    "objects": lambda: np.array([1, "a", None], dtype=object),
    "days": lambda: np.array(["2020-01-01", "NaT"], "M8[D]"),
    "day": lambda: np.datetime64("2020-01-01"),
    "seconds": lambda: np.timedelta64(5, "s"),
    "random state": lambda: np.random.RandomState(0),
}


def shown(value):
    """The value in words that say nothing of where it lies."""
    if type(value).__name__ in ("Random", "RandomState"):
        return str(value.random_sample() if hasattr(value, "random_sample") else value.random())
    if isinstance(value, OSError):
        return f"{value!r} {value.filename}"
    return repr(value)


def write(folder):
    for name, make in VALUES.items():
        with open(os.path.join(folder, name + ".pickle"), "wb") as file:
            pickle.dump(make(), file)
        torch.save({"value": make()}, os.path.join(folder, name + ".pt"))


def report(folder):
    for name in VALUES:
        with open(os.path.join(folder, name + ".pickle"), "rb") as file:
            print(name, "pickle", shown(pickle.load(file)))
        print(name, "torch", shown(torch.load(os.path.join(folder, name + ".pt"), weights_only=False)["value"]))


if __name__ == "__main__":
    # What programs write is found again under the name of their module.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import pickled_values

    {"write": pickled_values.write, "report": pickled_values.report}[sys.argv[1]](sys.argv[2])
