"""numpy's arrays of what is not a number, in pickles: read in numpy's words, and written again as numpy reads them."""

import numpy as np
import torch
from registry import Written, case


def values():
    deep = [("x", "<f4"), ("y", "<i2", (3,)), ("z", [("a", "?"), ("b", "U3")])]
    return {
        "weight": torch.arange(3.0),
        "record": np.rec.array([(1, 2.5, "ab"), (30, 4.25, "cd")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U4")]),
        "deep": np.zeros(2, deep),
        "aligned": np.zeros(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
        "titled": np.zeros(2, [(("title", "name"), "<f8")]),
        "swapped": np.array([(1, 2.0)], dtype=[("a", ">i4"), ("b", ">f8")]),
        "one": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])[0],
        "raw": np.array([b"abc"], "V3"),
        "bytes": np.array([b"a", b"bcd"]),
        "text": np.array(["a", "bc" * 40], dtype=np.dtypes.StringDType()),
        "missing": np.array(["a", None], dtype=np.dtypes.StringDType(na_object=None)),
        "days": np.array(["2020-01-01", "NaT"], "M8[25D]"),
        "objects": np.array([1, None, "x"], dtype=object),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "type": np.dtype([("a", "i4"), ("b", "U3")]),
        "letters": np.bytes_(b"hi"),
    }


def differences(wanted, path):
    found = torch.load(path, weights_only=False)
    lines = [f"keys {list(found)}"] if list(found) != list(wanted) else []
    for name, value in wanted.items():
        other = found.get(name)
        if type(other) is not type(value) or repr(other) != repr(value):
            lines.append(f"{name}: {other!r}, not {value!r}")
        elif isinstance(value, np.ndarray):
            kept = other.dtype == value.dtype and other.flags.f_contiguous == value.flags.f_contiguous
            lines += [] if kept else [f"{name}: {other.dtype}, not {value.dtype}, or in another order"]
    return lines


@case("numpy/objects")
def objects(path):
    made = values()
    torch.save(made, path)
    asks = tuple(f"repr(p[{name!r}])" for name in made if name not in ("type", "columns"))
    return [Written(path=path, holds=made, layout=False, asks=asks, again=lambda target: differences(made, target))]
