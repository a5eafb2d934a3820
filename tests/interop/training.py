"""Whole models and training checkpoints: what people save besides a plain state_dict."""

import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import operator
import os
import pathlib
import random
import tarfile
import uuid
import zoneinfo

import numpy as np
import torch
from registry import Written, case
from torch import nn


class Block(nn.Module):
    """A module whose class the reader does not have."""

    __slots__ = ("note",)

    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.head = nn.Linear(width, 2)
        self.register_buffer("kept", torch.arange(3))
        self.register_buffer("forgotten", torch.arange(5), persistent=False)
        self.register_buffer("absent", None)
        self.plain = torch.ones(7)
        self.note = "a slot"


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.embedding.weight


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Config:
    width: int = 4
    colour: Colour = Colour.RED


class Reduced:
    """Comes back through a function that the reader must not call."""

    def __reduce__(self):
        return (dict, ([("a", 1)],))


class Stateful:
    def __init__(self):
        self.lr = 0.1

    def __getstate__(self):
        return {"lr": self.lr, "weights": torch.arange(4.0)}

    def __setstate__(self, state):
        self.__dict__.update(state)


class Wrapped(nn.Linear):
    """A module whose state is more than its `__dict__`."""

    def __getstate__(self):
        return {"kept": self.__dict__, "version": 3}

    def __setstate__(self, state):
        self.__dict__.update(state["kept"])


class Paired(nn.Linear):
    def __getstate__(self):
        return self.__dict__, 5

    def __setstate__(self, state):
        self.__dict__.update(state[0])


def give_state(instance, state):
    instance.__dict__.update(state)


class Given:
    """Has its state from a function, as the sixth of what `__reduce__` gives."""

    def __init__(self):
        self.weights = torch.arange(3.0)

    def __reduce__(self):
        return Given, (), {"weights": self.weights}, None, None, give_state


Pair = collections.namedtuple("Pair", "left right")


def save(value, path, **options):
    torch.save(value, path, **options)
    return value


@case("model/whole")
def whole(path):
    return save(Block(), path)


@case("model/whole-legacy")
def whole_legacy(path):
    return save(Block(), path, _use_new_zipfile_serialization=False)


@case("model/data-parallel")
def data_parallel(path):
    return save(nn.DataParallel(Block()), path)


@case("model/tied")
def tied(path):
    return save(Tied(), path)


@case("model/inside-a-dict")
def inside(path):
    return save({"epoch": 3, "model": Block(), "ema": None, "updates": 7, "optimizer": None}, path)


@case("model/hooks")
def hooks(path):
    model = nn.Sequential(nn.Linear(3, 3), nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)))
    return save({"state_dict": model.state_dict()}, path)


@case("model/spectral-norm")
def spectral(path):
    return save(nn.utils.spectral_norm(nn.Linear(3, 2)), path)


@case("model/states-of-all-kinds")
def states(path):
    values = {"wrapped": Wrapped(2, 3), "paired": Paired(2, 3), "pair": Pair(torch.ones(1), torch.zeros(2))}
    torch.save(values | {"given": Given()}, path)
    asks = ("list(state_dict(p['wrapped']))", "list(state_dict(p['paired']))", "p['pair'][1]", "len(p['pair'])")
    # How a pickle of the oldest protocol holds tuples of a class is another.
    oldest = os.path.join(os.path.dirname(path), "oldest.pt")
    torch.save(values, oldest, pickle_protocol=0)
    holds = values | {"given": {"weights": Given().weights}}
    return [Written(path=path, holds=holds), Written(path=oldest, holds=values, asks=asks)]


@case("model/extra-state")
def extra_state(path):
    values = collections.OrderedDict(weight=torch.ones(2), _extra_state={"calls": 3, "seen": torch.arange(3)})
    return save(values, path)


def trained(optimizer_class, **options):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    optimizer = optimizer_class(model.parameters(), **options)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.randn(5, 3)).sum().backward()
        optimizer.step()
    return model, optimizer


@case("training/adam")
def adam(path):
    model, optimizer = trained(torch.optim.AdamW, lr=1e-3, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    values = {
        "epoch": 3,
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "scaler": {"scale": 65536.0, "growth_factor": 2.0},
        "best": float("nan"),
        "loss": np.float64(0.25),
    }
    return save(values, path)


@case("training/sgd-legacy")
def sgd(path):
    model, optimizer = trained(torch.optim.SGD, lr=0.1, momentum=0.9)
    values = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    return save(values, path, _use_new_zipfile_serialization=False)


@case("training/ddp-prefix")
def ddp(path):
    model, _ = trained(torch.optim.SGD, lr=0.1)
    return save({f"module.{key}": value for key, value in model.state_dict().items()}, path)


@case("training/everything")
def everything(path):
    values = {
        "args": argparse.Namespace(lr=0.1, name="x", size=(3, 4), device=torch.device("cpu"), dtype=torch.float16),
        "path": pathlib.PurePosixPath("/data/x"),
        "when": datetime.datetime(2024, 5, 6, 7, 8, 9, 10, tzinfo=datetime.timezone.utc),
        "day": datetime.date(2024, 5, 6),
        "took": datetime.timedelta(seconds=5.5),
        "seen": {1, 2, 3},
        "frozen": frozenset({"a"}),
        "raw": b"\x00\xff bytes",
        "array": bytearray(b"abc"),
        "large": 2**200,
        "negative": -(2**70),
        "complex": 1 + 2j,
        "decimal": decimal.Decimal("1.50"),
        "fraction": fractions.Fraction(1, 3),
        "uuid": uuid.UUID(int=5),
        "colour": Colour.RED,
        "config": Config(),
        "counter": collections.Counter("aab"),
        "deque": collections.deque([1, 2], maxlen=3),
        "lists": collections.defaultdict(list, a=[torch.ones(2)]),
        "python_random": random.Random(0).getstate(),
        "numpy_random": np.random.RandomState(0).get_state(),
        "torch_random": torch.get_rng_state(),
        "numpy_scalar": np.float32(1.5),
        "dtype": torch.bfloat16,
        "size": torch.Size([2, 3]),
        "nothing": None,
        "ellipsis": ...,
        "range": range(1, 9, 2),
        "type": dict,
        "layout": torch.strided,
        "weights": torch.randn(3),
    }
    values["itself"] = [values["seen"]]
    values |= {
        "zone": datetime.datetime(2024, 1, 2, tzinfo=zoneinfo.ZoneInfo("UTC")),
        "east": datetime.datetime(2024, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=8))),
        "clock": datetime.time(3, 4),
        "long": datetime.timedelta(days=-1, seconds=3, microseconds=5),
        "part": slice(1, None, 2),
        "getter": operator.itemgetter(1),
        "address": ipaddress.ip_address("10.0.0.1"),
        "half": np.float16(0.1),
        "thin": np.float32(0.012345678),
        "tiny": np.float32(1e-5),
        "flag": np.bool_(True),
    }
    torch.save(values, path)
    # What depends on a class that is not there (an enum, a dataclass) is shown in another way than its class would.
    alike = [
        name for name in values if name not in ("raw", "array", "colour", "config", "python_random", "torch_random", "numpy_random", "type")
    ]
    asks = tuple(f"{show}(p[{name!r}])" for name in alike for show in ("str", "repr"))
    return [Written(path=path, holds=values, asks=asks)]


@case("training/objects", names=False)
def objects(path):
    values = {"reduced": Reduced(), "stateful": Stateful(), "weights": torch.randn(3)}
    torch.save(values, path)
    return {"weights": values["weights"], "inside": torch.arange(4.0)}


@case("training/cyclic")
def cyclic(path):
    values = {"weights": torch.randn(3)}
    values["self"] = [values]
    torch.save(values, path)
    return {"weights": values["weights"]}


@case("numpy/in-checkpoint", layout=False)
def arrays(path):
    values = {
        "little": np.arange(6, dtype="<f4").reshape(2, 3),
        "big": np.arange(6, dtype=">i4"),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "flags": np.array([True, False]),
        "half": np.arange(3, dtype=np.float16),
        "scalar": np.int64(7),
        "words": np.array(["a", "bc"]),
    }
    return save(values, path)


@case("training/nemo")
def nemo(path):
    """NeMo's archives: a tar, gzipped by some releases, of a checkpoint and its settings; long names need records of their own."""
    folder, name = os.path.dirname(path), "weights-" + "of-a-long-name-" * 8 + ".ckpt"
    values = {"encoder.weight": torch.randn(3, 4), "decoder.bias": torch.arange(3.0)}
    torch.save(values, os.path.join(folder, name))
    with open(os.path.join(folder, "model_config.yaml"), "w") as file:
        file.write("width: 4\n")
    written = []
    for kind, mode, layout in (("pax", "w", tarfile.PAX_FORMAT), ("gnu", "w", tarfile.GNU_FORMAT), ("gzip", "w:gz", tarfile.PAX_FORMAT)):
        target = os.path.join(folder, f"{kind}.nemo")
        with tarfile.open(target, mode, format=layout) as archive:
            for member in ("model_config.yaml", name):
                archive.add(os.path.join(folder, member), f"./{member}")
        written.append(Written(path=target, holds={name: values}))
    return written
