"""One case: it is written, read by torchsh, and written again. Runs in a process of its own."""

import importlib
import os
import subprocess
import tempfile
import traceback
import warnings

import back
import manifest
import numpy as np
import torch
from registry import CASES, Ours, Told


def read(torchsh, written):
    """What torchsh makes of a file: a list of differences."""
    try:
        done = subprocess.run([torchsh, "manifest", written.path], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return ["torchsh took over 120 s"]
    if done.returncode != 0:
        return [f"exit status {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}"]
    try:
        found = manifest.parse(done.stdout)
    except ValueError as reason:
        return [f"the manifest is not JSON: {reason}"]
    return manifest.differences(manifest.entries(written.holds), found, written.layout, written.names)


def trials(torchsh, case, folder):
    """Writes a case and yields (trial, differences)."""
    files = CASES[case](folder)
    for written in files:
        if isinstance(written, Told):
            yield case, written.differences(torchsh, folder)
            continue
        if isinstance(written, Ours):
            yield case, back.ours(torchsh, written, folder)
            continue
        name = case if len(files) == 1 else f"{case}/{os.path.basename(written.path)}"
        yield name, read(torchsh, written)
        if written.asks:
            yield f"{name} says", back.answers(torchsh, written, folder)
        if written.again:
            yield f"{name} again", back.again(torchsh, written, folder)
        if written.figures:
            yield f"{name} figures", importlib.import_module("figures").differences(torchsh, written, folder)
        if written.rewritable:
            with tempfile.TemporaryDirectory() as beneath:
                for target, differences in back.check(torchsh, written, beneath):
                    yield f"{name} -> {target}", differences


def attempts(torchsh, name):
    """The trials of a case; one that could not be carried to its end is a difference too."""
    found = []
    torch.manual_seed(0)
    np.random.seed(0)
    with tempfile.TemporaryDirectory() as folder:
        try:
            for trial in trials(torchsh, name, folder):
                found.append(trial)
        except Exception as reason:
            last = traceback.extract_tb(reason.__traceback__)[-1]
            found.append((name, [f"{type(reason).__name__}: {reason}", f"{last.filename}:{last.lineno}"]))
    return found


def gather():
    """Fills the table of cases."""
    for group in ("torch_files", "training", "modules", "living", "others", "libraries", "zoo", "hubs", "figures", "numpy_objects", "pickled", "ours", "matching", "notebook", "lab", "terminal", "surgery", "containers", "optimizers", "huggingface", "scripts", "sight", "write"):
        importlib.import_module(group)


def quieten():
    """A worker says nothing of its own: what differs is in what it returns."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    gather()
