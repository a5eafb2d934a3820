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


def case(name, **options):
    """Registers `write(folder) -> what the file holds`, or `-> (path, what it holds)`; `path` ends the file's name."""
    suffix = options.pop("path", "model.pt")

    def register(write):
        def run(folder):
            path = os.path.join(folder, suffix)
            written = write(path)
            if isinstance(written, tuple) and len(written) == 2 and isinstance(written[0], str):
                path, written = written
            return Written(path=path, holds=written, **options)

        assert name not in CASES, name
        CASES[name] = run
        return write

    return register
