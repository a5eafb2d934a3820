"""What torchsh writes, read back by the libraries it is for."""

import os
import subprocess

import manifest
import torch


def write(torchsh, source, target, folder):
    program = f"p = load({source!r}, cpu)\nsave(p, {target!r})\n"
    return subprocess.run([torchsh, "-c", program], cwd=folder, capture_output=True, text=True, timeout=120)


def read_torch(path):
    return torch.load(path, weights_only=True, map_location="cpu")


def read_safetensors(path):
    from safetensors.torch import load_file

    return load_file(path)


def plain(values):
    """Whether safetensors can hold the values as they are: tensors of its dtypes that share nothing."""
    lacking = {torch.complex32, torch.complex128}
    return all(t.dtype not in lacking for t in values.values()) and not manifest.groups(manifest.entries(values))


READERS = [("back.pt", read_torch, True, lambda values: True), ("back.safetensors", read_safetensors, False, plain)]


def check(torchsh, written, folder):
    """Yields (what was tried, what differed) for each way of writing the case again."""
    for name, read, layout, possible in READERS:
        if not possible(written.holds):
            continue
        target = os.path.join(folder, name)
        done = write(torchsh, written.path, target, folder)
        if done.returncode != 0:
            yield name, [f"exit status {done.returncode}: {done.stderr.strip()[-300:]}"]
            continue
        found = manifest.entries(read(target))
        yield name, manifest.differences(manifest.entries(written.holds), found, layout=layout)
