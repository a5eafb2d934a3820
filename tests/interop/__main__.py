"""Both ways with the real libraries: they write and torchsh reads, torchsh writes and they read.

Prints a line for each difference and a last line `N passed, M failed`; exits 1 on any difference. A case that cannot be
written, for want of a library or otherwise, has failed. `--write-only DIR` makes the files and leaves them.
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import sys
import time
import warnings

import torch
import trial
from registry import CASES, Written


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torchsh", help="the built program")
    parser.add_argument("--only", default="", metavar="PREFIX", help="only cases whose name begins so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at once")
    parser.add_argument("--write-only", metavar="DIR", help="write the files into DIR, each in a folder of its name")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    trial.gather()
    arguments.torchsh = arguments.torchsh and os.path.abspath(arguments.torchsh)
    names = [name for name in CASES if name.startswith(arguments.only)]

    if arguments.write_only:
        for name in names:
            folder = os.path.join(arguments.write_only, name.replace("/", "-"))
            os.makedirs(folder, exist_ok=True)
            print(*(written.path for written in CASES[name](folder) if isinstance(written, Written)), sep="\n")
        return 0

    passed, failed, started = 0, 0, time.monotonic()
    # Whole processes: the libraries' own state (seeds, registries, warnings) is then a case's own, and cases use all cores.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs, context, trial.quieten) as workers:
        for trials_of in workers.map(trial.attempts, [arguments.torchsh] * len(names), names):
            for what, differences in trials_of:
                passed, failed = passed + (not differences), failed + bool(differences)
                if differences:
                    print(f"FAILED   {what}:\n           " + "\n           ".join(differences[:5]), flush=True)
    print(f"interop took {time.monotonic() - started:.0f} s with torch {torch.__version__}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
