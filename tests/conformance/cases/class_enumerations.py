from enum import Enum, IntEnum, Flag, auto, unique
class Mode(Enum):
    TRAIN = "train"
    EVAL = "eval"
    @classmethod
    def from_str(cls, s): return cls(s.lower())
    @property
    def is_train(self): return self is Mode.TRAIN
    def __str__(self): return self.value
print(Mode.TRAIN, repr(Mode.EVAL), Mode("eval"), Mode["TRAIN"].is_train, Mode.from_str("EVAL"))
for m in Mode: print(m.name, m.value, m)
print(len(Mode), list(Mode), Mode.TRAIN in Mode, [m.name for m in Mode])
try: Mode("test")
except ValueError as e: print(e)
try: Mode["X"]
except KeyError as e: print("KeyError", e)
class Level(IntEnum):
    LOW = auto(); MID = auto(); HIGH = 10
print(Level.LOW < Level.HIGH, Level.MID + 1, sorted([Level.HIGH, Level.LOW]), Level(10), f"{Level.MID}", str(Level.MID), repr(Level.MID), int(Level.HIGH), [Level.LOW] * 2)
class Perm(Flag):
    R = auto(); W = auto(); X = auto()
    RW = R | W
print(Perm.R | Perm.W, Perm.RW, Perm.R in Perm.RW, (Perm.RW & Perm.X), bool(Perm.RW & Perm.X), Perm.RW.value, ~Perm.R)
d = {Mode.TRAIN: 1}; d[Mode.EVAL] = 2
print(d, d[Mode("train")])
print(Mode.TRAIN == "train", Mode.TRAIN == Mode.TRAIN, Mode.TRAIN != Mode.EVAL, Mode.TRAIN is Mode("train"), hash(Mode.TRAIN) == hash(Mode.TRAIN))
class StrMode(str, Enum):
    A = "a"
    B = "b"
print(StrMode.A == "a", StrMode.A.value, f"{StrMode.A.value}", StrMode("b"), "x" + StrMode.A, StrMode.A.upper(), isinstance(StrMode.A, str))
print({StrMode.A: 1}["a"], {"a": 5}[StrMode.A], json_ok := __import__("json").dumps({"m": StrMode.A}))
Color = Enum("Color", "RED GREEN")
print(Color.RED, Color.GREEN.value, list(Color))
print(Mode.__members__["TRAIN"], type(Mode.TRAIN), isinstance(Mode.TRAIN, Mode), Mode.__name__)
@unique
class U(Enum):
    A = 1
    B = 2
print(U.A.name, U(2))
