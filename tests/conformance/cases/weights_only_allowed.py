# Classes that a program allows, and the names of those that it does not.
import dataclasses
import tempfile

import torch
from torch.serialization import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals


@dataclasses.dataclass
class A:
    a: int = 1


@dataclasses.dataclass
class B:
    b: int = 1


def names():
    return [one[1] if isinstance(one, tuple) else one.__name__ for one in get_safe_globals()]


with tempfile.TemporaryDirectory() as folder:
    one, two = folder + "/one.pt", folder + "/two.pt"
    torch.save({"a": A(2), "t": torch.ones(1)}, one)
    torch.save({"a": A(2), "b": B(3)}, two)
    for path in (one, two):
        print(sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path)))
    add_safe_globals([A])
    print(torch.load(one), "A" in names())
    with safe_globals([B]):
        print(torch.load(two), torch.load(two, weights_only=True), "B" in names())
    print(torch.serialization.get_unsafe_globals_in_checkpoint(two), "B" in names())
    try:
        torch.load(two, weights_only=True)
    except Exception as error:
        print(type(error).__name__, "__main__.B" in str(error))
    clear_safe_globals()
    add_safe_globals([(A, "__main__.A")])
    print(torch.load(one), names())
