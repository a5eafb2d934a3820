from dataclasses import dataclass
from enum import Enum


@dataclass
class Conv:
    channels: int
    kernel: tuple = (3, 3)


class Mode(Enum):
    TRAIN = 1
    EVAL = 2


def kind(value):
    match value:
        case None | False:
            return "nothing"
        case 0 | 1:
            return "bit"
        case int(n) if n > 1000:
            return f"large {n}"
        case int() | float():
            return "number"
        case Mode.EVAL:
            return "evaluation"
        case "weight" | "bias" as name:
            return f"parameter {name}"
        case str():
            return "text"
        case []:
            return "empty"
        case [first, *rest] if len(rest) > 2:
            return f"long from {first}"
        case (a, b):
            return f"pair {a} {b}"
        case [*_, last]:
            return f"ends with {last}"
        case {"type": "conv", "kernel": [h, w], **rest}:
            return f"{h}x{w} {rest}"
        case {"type": t}:
            return f"of type {t}"
        case Conv(c, kernel=(1, 1)):
            return f"pointwise {c}"
        case Conv(channels=c):
            return f"conv {c}"
        case _:
            return type(value).__name__


for value in [None, 1, True, 5000, 2.5, Mode.EVAL, Mode.TRAIN, "bias", "x", [], [1, 2, 3, 4], (1, 2), [1, 2, 3],
              {"type": "conv", "kernel": [3, 5], "bias": 0}, {"type": "fc"}, {}, Conv(8, (1, 1)), Conv(4), {1}, b"ab"]:
    print(kind(value))
try:
    match Conv(1):
        case Conv(1, 2, 3):
            print("never")
except TypeError as error:
    print(error)
