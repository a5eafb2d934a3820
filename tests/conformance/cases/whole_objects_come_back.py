# Objects of every kind, saved whole and pickled, and what comes back; what weights_only=True says of them.
import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import pathlib
import pickle
import re
import tempfile
import torch
import torch.nn as nn
import types
import uuid


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.note = "hi"
        self.act = torch.relu

    def forward(self, x):
        return self.act(self.fc(x))


@dataclasses.dataclass
class C:
    a: int = 1


class E(enum.Enum):
    A = 1


class Fl(enum.IntFlag):
    X = 1
    Y = 2


class Err(ValueError):
    def __init__(self, code, msg):
        super().__init__(code, msg)
        self.code = code


class S(set):
    pass


class L(list):
    pass


class D(dict):
    pass


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


class G:
    def __getstate__(self):
        return {"z": 3}

    def __setstate__(self, s):
        self.y = s["z"] + 1


class Outer:
    class Inner:
        v = 1


P = collections.namedtuple("P", "x y")


def fn(x):
    return x


s = S([1])
s.k = 2
l = L([1, 2])
l.k = 3
d = D(a=1)
d.k = 4
objs = dict(
    ns=argparse.Namespace(a=1),
    s={1,2},
    fs=frozenset([1]),
    path=pathlib.Path("a"),
    pp=pathlib.PurePosixPath("/x/y"),
    dt=datetime.datetime(2020,1,1,3,4,5,6),
    da=datetime.date(2020,1,2),
    td=datetime.timedelta(1,2,3),
    tz=datetime.timezone.utc,
    dd=collections.defaultdict(int,{"a":1}),
    dl=collections.defaultdict(list),
    cnt=collections.Counter("aab"),
    dq=collections.deque([1,2]),
    dqm=collections.deque([1,2],3),
    dc=C(),
    e=E.A,
    fl=Fl.X|Fl.Y,
    p=P(1,2),
    net=Net(),
    lin=nn.Linear(1,1),
    b=b"xy",
    ba=bytearray(b"xy"),
    c=1+2j,
    sl=slice(1,2),
    r=range(3),
    cls=Net,
    dtype=torch.float16,
    dev=torch.device("cpu"),
    size=torch.Size([1]),
    big=10**30,
    el=...,
    fn=fn,
    err=Err(3, "x"),
    ve=ValueError("a", 1),
    S=s,
    L=l,
    D=d,
    slots=Slotted(),
    G=G(),
    inner=Outer.Inner(),
    icls=Outer.Inner,
    part=functools.partial(fn, 3),
    ln=functools.partial(nn.LayerNorm, eps=1e-6),
    dec=decimal.Decimal("1.50"),
    fr=fractions.Fraction(1,3),
    uu=uuid.UUID(int=7),
    sn=types.SimpleNamespace(a=1),
    relu=torch.relu,
    gelu=torch.nn.functional.gelu,
    Frelu=torch.nn.functional.relu,
    t=torch.arange(4.0),
    tv=[torch.arange(4.0)[1:]],
    par=nn.Parameter(torch.ones(2)),
    seq=nn.Sequential(nn.Conv2d(1,2,3), nn.ReLU()),
    tr=nn.TransformerEncoderLayer(4, 2),
    opt=torch.optim.Adam([nn.Parameter(torch.ones(1))]),
)




def show(o):
    if isinstance(o, BaseException):
        return repr(o) + str(sorted(o.__dict__.items()))
    if isinstance(o, (S, L, D)):
        return repr(o) + str(o.k)
    if type(o).__name__ == "Slotted": return str(o.a) + str(hasattr(o, "b"))
    if type(o).__name__ == "G": return str(o.__dict__)
    if type(o).__name__ == "Inner": return str(o.v)
    r = repr(o).replace("\n", " ")
    return re.sub(r" at 0x[0-9a-f]+", "", r)[:110]

with tempfile.TemporaryDirectory() as folder:
    for name, o in objs.items():
        path = f"{folder}/{name}.pt"
        torch.save({"x": o, "again": o}, path)
        back = torch.load(path, weights_only=False)
        print(name, "saved", type(back["x"]).__name__, show(back["x"]), back["x"] is back["again"] or name == "big")
        back = pickle.loads(pickle.dumps([o]))[0]
        print(name, "pickled", type(back).__name__, show(back))
        try:
            torch.load(path, weights_only=True)
            print(name, "plain")
        except pickle.UnpicklingError as error:
            print(name, "refused", re.search("GLOBAL (\\S+) was", str(error)).group(1))
for bad in (lambda x: x, (i for i in ())):
    try:
        pickle.dumps(bad)
    except Exception as error:
        print(type(error).__name__)
