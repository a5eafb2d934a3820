"""How torchsh compares with real PyTorch and safetensors: time and peak memory of whole processes, in one run.

Every row is the best of `--runs` runs of each program, interleaved, with the file in the page cache and the disk at rest.
Ratios are torchsh to the other program: below 1 torchsh is faster. torchsh syncs what it writes, as `cp, synced` does and
`cp` does not. The comprehension is timed inside the process.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

import prompt
import surgery

COUNT = 200

# In a process of its own: what this one holds would count as every program's peak memory.
MAKE_FILES = """
import sys, torch
from safetensors.torch import save_file
rows, count = int(sys.argv[1]), int(sys.argv[2])
values = {f"layers.{n}.weight": torch.rand(rows, 1000) for n in range(count)}
torch.save(values, "zip.pt")
torch.save(values, "legacy.pt", _use_new_zipfile_serialization=False)
save_file(values, "model.safetensors")
save_file(values, "same.safetensors")
values = {k: v + 1e-3 * torch.randn_like(v) for k, v in values.items()}
torch.save(values, "other.pt")
save_file(values, "other.safetensors")
del values
save_file({f"layers.{n}.weight": torch.rand(2 * rows, 1000).bfloat16() for n in range(count)}, "bfloat16.safetensors")
print(torch.__version__)
"""


class Measured:
    """The best wall time in seconds and the largest peak memory in MB that were seen."""

    def __init__(self):
        self.seconds, self.megabytes, self.fault = float("inf"), 0, ""


WRITTEN = ("out.safetensors", "out.pt", "again.pt", "copy")


def settle(folder):
    """Removes what a run before wrote and waits for the disk: nobody pays for another's writing."""
    for name in WRITTEN:
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(folder, name))
    os.sync()


def run(command, folder, into):
    """One run of a program, measured by the kernel's account of the child; what it wrote to standard error."""
    settle(folder)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(write, 2)
        os.execvp(command[0], command)
    os.close(write)
    started = time.monotonic()
    with os.fdopen(read, "rb") as stderr:
        said = stderr.read()
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        into.fault = said.decode(errors="replace").strip().splitlines()[-1] if said.strip() else f"status {status}"
    into.seconds = min(into.seconds, time.monotonic() - started)
    into.megabytes = max(into.megabytes, usage.ru_maxrss // 1024)
    return said


def compare(title, programs, folder, runs):
    """Measures programs `{name: command}` in turn and prints their row; the first is torchsh."""
    results = {name: Measured() for name in programs}
    for _ in range(runs):
        for name, command in programs.items():
            run(command, folder, results[name])
    show(title, results)
    return results


def show(title, results):
    ours = next(iter(results.values()))
    for index, (name, result) in enumerate(results.items()):
        label = title if index == 0 else ""
        if result.fault:
            print(f"{label:<34}{name:<22}{'—':>9}{'—':>9}  {result.fault[:60]}", flush=True)
            continue
        ratio = "" if index == 0 or ours.fault else f"{ours.seconds / result.seconds:9.2f}"
        peak = result.megabytes or ""
        print(f"{label:<34}{name:<22}{result.seconds:9.3f}{peak:>9}{ratio}", flush=True)


def prompts(torchsh, python, folder, runs):
    """The prompt against `import torch`; and milliseconds from a key to the screen."""
    ours, theirs = Measured(), Measured()
    for _ in range(runs):
        ours.seconds = min(ours.seconds, prompt.ready(torchsh))
        run(python, folder, theirs)
    show("prompt ready", {"torchsh": ours, "import torch": theirs})
    median, slowest, tab = (seconds * 1000 for seconds in prompt.keystrokes(torchsh))
    print(f"{'key to screen, 50,000 keys':<34}median {median:.1f} ms, slowest {slowest:.1f} ms, completion {tab:.1f} ms", flush=True)
    median, slowest = (seconds * 1000 for seconds in prompt.menus(torchsh))
    print(f"{'the same in an open menu':<34}median {median:.1f} ms, slowest {slowest:.1f} ms", flush=True)


COMPREHENSION = """import sys, time, torch
m = {f"layer.{i}.weight": torch.zeros(2) for i in range(100_000)}
d = {"module." + k: v for k, v in m.items()}
m = {"module." + k: v for k, v in m.items()}
best = float("inf")
for _ in range(10):
    started = time.perf_counter()
    r = {k.replace("module.", ""): v for k, v in d.items() if v.shape == m[k].shape}
    best = min(best, time.perf_counter() - started)
assert len(r) == 100_000
print(best, file=sys.stderr)
"""


def comprehension(torchsh, folder, runs):
    """The best of ten rounds in each process, as the process itself measures it."""
    results = {"torchsh": Measured(), "CPython": Measured()}
    best = {name: float("inf") for name in results}
    for _ in range(runs):
        for name, program in (("torchsh", torchsh), ("CPython", sys.executable)):
            said = run([program, "-c", COMPREHENSION], folder, results[name])
            if not results[name].fault:
                best[name] = min(best[name], float(said))
    for name, result in results.items():
        result.seconds = best[name]
    show("100,000-key comprehension", results)


def timed(title, programs, folder, runs, read=None, memcpy=None):
    """The best of what each program measures itself and writes to standard error; beside it the share of `memcpy`."""
    results = {name: Measured() for name in programs}
    best = {name: float("inf") for name in results}
    for _ in range(runs):
        for name, command in programs.items():
            said = run(command, folder, results[name])
            if not results[name].fault:
                best[name] = min(best[name], float(said.split()[-1]))
    for name, result in results.items():
        result.seconds = best[name]
    show(title, results)
    ours = next(iter(results.values()))
    if memcpy and not ours.fault:
        speed = read / ours.seconds
        print(f"{'':<34}{speed / 1e9:.1f} GB/s, {speed / memcpy:.2f} of memcpy ({memcpy / 1e9:.1f} GB/s)", flush=True)


MEMCPY = """import sys, time, torch
a, b = torch.zeros(1 << 28), torch.zeros(1 << 28)
best = float("inf")
for _ in range(5):
    started = time.perf_counter()
    b.copy_(a)
    best = min(best, time.perf_counter() - started)
print(best / (4 << 28), file=sys.stderr)
"""

REDUCTIONS = """import sys, time, torch
from safetensors.torch import load_file
p = {{k: v.clone() for k, v in load_file({path!r}).items()}}
started = time.perf_counter()
for v in p.values():
    v.min(), v.max(), v.mean(), v.std(), torch.isfinite(v).all()
print(time.perf_counter() - started, file=sys.stderr)
"""

DESCRIBE = """import sys, time
p = load({path!r})
started = time.perf_counter()
describe p
print(time.perf_counter() - started, file=sys.stderr)
"""

DIFF = """import sys, time
started = time.perf_counter()
a, b = load({first!r}), load({path!r})
diff a b
print(time.perf_counter() - started, file=sys.stderr)
"""

COMPARE = """import sys, time, torch
from safetensors.torch import load_file
read = torch.load if {path!r}.endswith(".pt") else load_file
started = time.perf_counter()
a, b = read({first!r}), read({path!r})
for k, v in a.items():
    if not torch.equal(v, b[k]):
        gap = (v - b[k]).abs()
        print(k, gap.max().item(), gap.mean().item())
print(time.perf_counter() - started, file=sys.stderr)
"""


def numbers(torchsh, folder, runs):
    """Statistics and differences against what one types in PyTorch, with the share of the speed of `memcpy`."""
    pace = Measured()
    memcpy = 1 / min(float(run([sys.executable, "-c", MEMCPY], folder, pace)) for _ in range(runs))
    size = {name: os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)}
    for title, path in (("float32", "model.safetensors"), ("bfloat16", "bfloat16.safetensors")):
        programs = {
            "torchsh": [torchsh, "-c", DESCRIBE.format(path=path)],
            "five reductions": [sys.executable, "-c", REDUCTIONS.format(path=path)],
        }
        timed(f"describe {title}", programs, folder, runs, size[path], memcpy)
    pairs = (
        ("equal files", "model.safetensors", "same.safetensors"),
        ("other numbers", "model.safetensors", "other.safetensors"),
        ("equal files of torch.save", "zip.pt", "legacy.pt"),
        ("other numbers, torch.save", "zip.pt", "other.pt"),
    )
    for title, first, path in pairs:
        programs = {
            "torchsh": [torchsh, "-c", DIFF.format(first=first, path=path)],
            "load and compare": [sys.executable, "-c", COMPARE.format(first=first, path=path)],
        }
        timed(f"diff {title}", programs, folder, runs, size[first] + size[path], memcpy)


LIST = "for k, v in p.items():\n    print(k, v.shape, v.dtype)\n"
SUM = "for v in p.values():\n    v.sum()\n"


def torchsh_program(torchsh, path, rest):
    return [torchsh, "-c", f"import torch\np = load({path!r}, cpu)\n{rest}"]


def torch_program(path, rest, **options):
    arguments = "".join(f", {key}={value!r}" for key, value in options.items())
    return [sys.executable, "-c", f"import torch\np = torch.load({path!r}, map_location='cpu'{arguments})\n{rest}"]


def safetensors_program(path, rest):
    return [sys.executable, "-c", f"import torch\nfrom safetensors.torch import load_file, save_file\np = load_file({path!r})\n{rest}"]


SAFE_LIST = (
    "import torch\nfrom safetensors import safe_open\nwith safe_open({path!r}, 'pt') as f:\n"
    "    for k in f.keys():\n        s = f.get_slice(k)\n        print(k, s.get_shape(), s.get_dtype())\n"
)


def readers(torchsh, kind, path, rest):
    programs = {"torchsh": torchsh_program(torchsh, path, rest)}
    if kind == "safetensors":
        programs["safetensors"] = safetensors_program(path, rest)
        if rest == LIST:
            programs["safetensors, safe_open"] = [sys.executable, "-c", SAFE_LIST.format(path=path)]
        return programs
    programs["torch.load"] = torch_program(path, rest)
    if kind == "zip":
        programs["torch.load, mmap"] = torch_program(path, rest, mmap=True)
    return programs


def writers(torchsh, kind, path):
    """Programs that convert the file to the other format, and `cp` of the same bytes."""
    if kind == "safetensors":
        theirs = {"safetensors + torch.save": safetensors_program(path, "torch.save(p, 'out.pt')\n")}
        target = "out.pt"
    else:
        rest = "from safetensors.torch import save_file\nsave_file(p, 'out.safetensors')\n"
        theirs = {"torch.load + save_file": torch_program(path, rest)}
        target = "out.safetensors"
    ours = torchsh_program(torchsh, path, f"save(p, {target!r})\n")
    return {"torchsh": ours, **theirs, "cp": ["cp", path, "copy"], "cp, synced": ["sh", "-c", f"cp {path} copy && sync copy"]}


def make_files(folder, megabytes):
    """Checkpoints of so many megabytes, by kind; and the release of PyTorch that wrote them."""
    rows = max(1, megabytes * 1_000_000 // (4 * 1000 * COUNT))
    command = [sys.executable, "-c", MAKE_FILES, str(rows), str(COUNT)]
    made = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return {"zip": "zip.pt", "legacy": "legacy.pt", "safetensors": "model.safetensors"}, made.stdout.strip()


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torchsh", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=2000, metavar="MB", help="size of the checkpoint (default 2000)")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument("--folder", help="where the files are made (default: a temporary folder)")
    arguments = parser.parse_args()
    torchsh, runs = os.path.abspath(arguments.torchsh), arguments.runs
    folder = tempfile.mkdtemp(prefix="bench-", dir=arguments.folder)
    try:
        print(f"{os.cpu_count()} cores, {arguments.size} MB, best of {runs}")
        surgery.compare(torchsh, folder, arguments.size, runs, settle)
        files, version = make_files(folder, arguments.size)
        print(f"torch {version}, {COUNT} tensors")
        print(f"{'':<34}{'':<22}{'seconds':>9}{'peak MB':>9}{'ratio':>9}")
        python = [sys.executable, "-c", "import torch; print(1)"]
        compare("start-up", {"torchsh": [torchsh, "-c", "print(1)"], "import torch": python}, folder, max(runs, 5))
        prompts(torchsh, python, folder, max(runs, 5))
        comprehension(torchsh, folder, runs)
        numbers(torchsh, folder, runs)
        for kind, path in files.items():
            compare(f"{kind}: open and list", readers(torchsh, kind, path, LIST), folder, runs)
            compare(f"{kind}: read every byte", readers(torchsh, kind, path, SUM), folder, runs)
            compare(f"{kind}: convert", writers(torchsh, kind, path), folder, runs)
            save = "torch.save(p, 'again.pt')\n"
            programs = {"torchsh": torchsh_program(torchsh, path, "save(p, 'again.pt')\n")}
            theirs = safetensors_program(path, save) if kind == "safetensors" else torch_program(path, save)
            compare(f"{kind}: load and save", {**programs, "Python": theirs}, folder, runs)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
