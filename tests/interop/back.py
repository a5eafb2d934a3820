"""What torchsh says of a file and what it writes of it, held against the libraries that the file came from."""

import dataclasses
import os
import subprocess
import typing

import manifest
import numpy as np
import torch

SECONDS = 120


class Refused(Exception):
    """torchsh did not do what was asked of it."""


def run(torchsh, program, folder):
    done = subprocess.run([torchsh, "-c", program], cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise Refused(f"exit status {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}")
    return done.stdout


def in_python(expression, holds):
    return eval(expression, {"p": holds, "state_dict": lambda module: module.state_dict()})


def answers(torchsh, written, folder):
    """What differs in the text of the case's expressions."""
    program = "".join(f"print({expression})\n" for expression in written.asks)
    wanted = [str(in_python(expression, written.holds)) for expression in written.asks]
    found = run(torchsh, f"p = load({written.path!r}, cpu)\n{program}", folder)
    if found == "".join(text + "\n" for text in wanted):
        return []
    lines = [f"prints {have!r}, not {want!r}" for have, want in zip(found.splitlines(), "\n".join(wanted).splitlines()) if have != want]
    return lines or [f"prints {found!r}"]


def again(torchsh, written, folder):
    """What the file's own library finds different when torchsh has loaded it and saved it with torch.save."""
    target = os.path.join(folder, "again.pt")
    try:
        run(torchsh, f"import torch\np = torch.load({written.path!r})\ntorch.save(p, {target!r})\n", folder)
    except Refused as reason:
        return [str(reason)]
    return written.again(target)


def read_torch(path):
    return torch.load(path, weights_only=True, map_location="cpu")


def read_safetensors(path):
    from safetensors.torch import load_file

    return load_file(path)


def read_npz(path):
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def is_plain(value):
    """Whether `weights_only=True` lets it in."""
    if isinstance(value, dict):
        return all(is_plain(item) for pair in value.items() for item in pair)
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return isinstance(value, (torch.Tensor, str, bytes, int, float, bool, type(None))) and not isinstance(value, np.generic)


def is_flat(values):
    """Whether safetensors can hold the values as they are: tensors of its dtypes that share nothing."""
    lacking = {torch.complex32, torch.complex128}
    flat = isinstance(values, dict) and all(isinstance(t, torch.Tensor) for t in values.values())
    dense = flat and all(t.dtype not in lacking and t.layout is torch.strided and not t.is_quantized for t in values.values())
    return dense and not manifest.groups(manifest.entries(values))


def is_numpy(values):
    kinds = {torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.uint8, torch.bool, torch.complex64}
    return is_flat(values) and all(t.dtype in kinds and name and "/" not in name for name, t in values.items())


@dataclasses.dataclass
class Reader:
    name: str
    read: typing.Callable
    #: strides and shared storages come back too
    layout: bool
    suits: typing.Callable = lambda values: True


READERS = [
    Reader("back.pt", read_torch, True, is_plain),
    Reader("back.safetensors", read_safetensors, False, is_flat),
    Reader("back.npz", read_npz, False, is_numpy),
]


def check(torchsh, written, folder):
    """Yields (what was tried, what differed) for each way of writing the case again."""
    values = in_python(written.takes, written.holds)
    own = [Reader(name, read, False) for name, read in written.readers.items()]
    tried = [reader for reader in READERS if reader.suits(values)] + own
    # Before anything is read: a reader may put the tensors back into the very model they came from.
    wanted = manifest.entries(values)
    for place, reader in enumerate(tried):
        beneath = os.path.join(folder, f"back-{place}")
        os.makedirs(beneath)
        target = os.path.join(beneath, reader.name)
        try:
            run(torchsh, f"p = load({written.path!r}, cpu)\nsave({written.takes}, {target!r})\n", beneath)
        except Refused as reason:
            yield reader.name, [str(reason)]
            continue
        yield reader.name, manifest.differences(wanted, manifest.entries(reader.read(target)), layout=reader.layout)


def ours(torchsh, made, folder):
    """What differs between what torchsh says of a dictionary and what a library finds in the file that it saved."""
    target = os.path.join(folder, made.target)
    said = run(torchsh, f"{made.program}\nsave(m, {target!r}{made.options})\nprint(manifest(m))\n", folder)
    return manifest.differences(manifest.parse(said), manifest.entries(made.reads(target)), layout=False)
