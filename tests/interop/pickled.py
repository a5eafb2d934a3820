"""Objects of Python's library beside tensors: what torchsh and Python write, each reads from the other."""

import os
import subprocess
import sys

from registry import Told, case

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pickled_values.py")


@case("pickled/values")
def values(_):
    def differences(torchsh, folder):
        def run(program, *words):
            done = subprocess.run([program, PROGRAM, *words], capture_output=True, text=True, timeout=300)
            return done.stdout if done.returncode == 0 else sys.exit(f"{program} {words}: {done.stderr}")

        folders = {program: os.path.join(folder, name) for program, name in ((sys.executable, "python"), (torchsh, "torchsh"))}
        for program, place in folders.items():
            os.makedirs(place)
            run(program, "write", place)
        wanted, found = run(sys.executable, "report", folders[sys.executable]).splitlines(), []
        for reader, writer in ((torchsh, sys.executable), (sys.executable, torchsh), (torchsh, torchsh)):
            got = run(reader, "report", folders[writer]).splitlines()
            who = f"written by {os.path.basename(writer)}, read by {os.path.basename(reader)}"
            found += [f"{who}: {line!r}, not {other!r}" for line, other in zip(got, wanted) if line != other]
            found += [f"{who}: {len(got)} lines"] * (len(got) != len(wanted))
        return found

    return Told(differences)
