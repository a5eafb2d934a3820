"""The table of files that real libraries write for torchsh to read."""

import dataclasses
import os
import typing

CASES = {}


@dataclasses.dataclass
class Written:
    """A file as it was written, and what must be read from it."""

    path: str
    holds: typing.Any
    #: strides, offsets and shared storages are part of the file
    layout: bool = True
    #: names are told by the format; where they are not, only the bytes are compared
    names: bool = True
    #: torchsh can write the whole again (a dict of tensors)
    rewritable: bool = False
    #: what `describe` and `diff` say of its tensors is held against PyTorch's arithmetic
    figures: bool = False
    #: expressions of what was loaded, as `p`, that must print what they print in Python
    asks: tuple = ()
    #: what reads the tensors, written again, as its own library does: of the file's path, giving what it then holds
    readers: dict = dataclasses.field(default_factory=dict)
    #: the expression of `p`, the file as loaded, that is written again
    takes: str = "p"
    #: of the path of all of it, written again by torch.save: what its own library finds different there
    again: typing.Callable | None = None


@dataclasses.dataclass
class Ours:
    """A file of torchsh's own making."""

    #: makes `m`, a dictionary of tensors
    program: str
    #: what a library reads from the file, as a dictionary of tensors
    reads: typing.Callable
    #: the file's name
    target: str = "model.pt"
    #: arguments of `save`
    options: str = ""


@dataclasses.dataclass
class Told:
    """What torchsh does together with other programs: no file."""

    #: of torchsh's path and a folder: what went otherwise than it should
    differences: typing.Callable


def case(name, **options):
    """Registers `write(path) -> what the file holds`, or `-> (path, what it holds)`, or `-> [Written, …]`, or `-> Ours`."""
    suffix = options.pop("path", "model.pt")

    def register(write):
        def run(folder):
            path = os.path.join(folder, suffix)
            written = write(path)
            if isinstance(written, (Ours, Told)):
                return [written]
            if isinstance(written, list) and written and all(isinstance(one, Written) for one in written):
                return written
            if isinstance(written, tuple) and len(written) == 2 and isinstance(written[0], str):
                path, written = written
            return [Written(path=path, holds=written, **options)]

        assert name not in CASES, name
        CASES[name] = run
        return write

    return register
