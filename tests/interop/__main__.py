"""Both ways with the real libraries: they write and torchsh reads, torchsh writes and they read.

Prints a line for each difference and a last line `N passed, M failed`; exits 1 on any difference. A case that cannot be
written, for want of a library or otherwise, has failed. `--write-only DIR` makes the files and leaves them.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time
import traceback
import warnings

import back
import manifest
import torch
from registry import CASES

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
        return [f"the manifest is no JSON: {reason}"]
    return manifest.differences(manifest.entries(written.holds), found, written.layout, written.names)


def trials(torchsh, name, folder):
    """Writes a case and yields (trial, differences)."""
    written = CASES[name](folder)
    yield name, read(torchsh, written)
    if written.rewritable:
        for target, differences in back.check(torchsh, written, folder):
            yield f"{name} -> {target}", differences


def attempts(torchsh, name):
    """The trials of a case; one that could not be carried to its end is a difference too."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield from trials(torchsh, name, folder)
        except Exception as reason:
            last = traceback.extract_tb(reason.__traceback__)[-1]
            yield name, [f"{type(reason).__name__}: {reason}", f"{last.filename}:{last.lineno}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torchsh", help="the built program")
    parser.add_argument("--only", default="", metavar="PREFIX", help="only cases whose name begins so")
    parser.add_argument("--write-only", metavar="DIR", help="write the files into DIR, each in a folder of its name")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    for group in ("torch_files", "training", "others"):
        importlib.import_module(group)
    names = [name for name in CASES if name.startswith(arguments.only)]

    if arguments.write_only:
        for name in names:
            folder = os.path.join(arguments.write_only, name.replace("/", "-"))
            os.makedirs(folder, exist_ok=True)
            print(CASES[name](folder).path)
        return 0

    passed, failed, started = 0, 0, time.monotonic()
    for name in names:
        for trial, differences in attempts(arguments.torchsh, name):
            passed, failed = passed + (not differences), failed + bool(differences)
            if differences:
                print(f"FAILED   {trial}:\n           " + "\n           ".join(differences[:5]), flush=True)
    print(f"interop took {time.monotonic() - started:.0f} s with torch {torch.__version__}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
