"""Download libtorch from PyTorch's own wheels and unpack what torchsh links against. Called by `scripts/setup`.

PyTorch's own Python goes beside it (`python/torch`, `python/torchvision`): the build packs it into the program.

Nothing is installed into the caller's Python: `pip download` fetches wheels, and single files are unpacked from them,
each checked against the sha256 in its wheel's RECORD. A file is written under a temporary name and renamed, wheels are
removed once unpacked, and the stamp comes last, so a run that was cut short is continued by the next one.
"""

import argparse
import base64
import csv
import ctypes
import fcntl
import fnmatch
import glob
import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile

TORCH = "torch==2.11.0"
VISION = "torchvision==0.26.0"
# The files of PyTorch's own Python that the program takes in, and their licences.
SOURCES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src", "prelude", "pytorch_files.txt")
LICENSES = ["*.dist-info/LICENSE", "*.dist-info/NOTICE", "*.dist-info/licenses/LICENSE", "*.dist-info/licenses/NOTICE"]
# The smallest wheel of that torch: 80 MB, with the same Python as every other.
SMALLEST = "macosx_11_0_arm64"
# libtorch_cpu.so of the PyPI wheel links these two; together they are 5 MB.
LINKED = {
    "nvidia-cuda-runtime==13.0.96": ["nvidia/cu13/lib/libcudart.so.13"],
    "nvidia-cuda-cupti==13.0.85": ["nvidia/cu13/lib/libcupti.so.13"],
}
# Pythons that have a wheel of this torch; its C++ libraries do not depend on which one.
PYTHONS = range(10, 15)
CPU_FILES = ["torch/include/*", "torch/lib/*.so*", "torch.libs/*.so*"]
NOT_CPU = ["libtorch.so", "*python*", "*cuda*", "*nvshmem*", "*nvrtc*", "libshm.so", "*global_deps*"]
CPU_LEAVE_OUT = [f"torch/lib/{name}" for name in NOT_CPU]
CUDA_FILES = [f"torch/lib/{name}" for name in ["*_cuda*.so", "libtorch_nvshmem.so", "libcaffe2_nvrtc.so"]]
BLOCK = 1 << 22
GIGABYTE = 10**9


def say(text):
    print(f"setup: {text}", file=sys.stderr, flush=True)


def fail(text):
    say(text)
    sys.exit(1)


class Progress:
    """One line that counts the unpacked bytes; silent when the output is not a terminal."""

    def __init__(self, name, total):
        self.name, self.total, self.done = name, max(total, 1), 0

    def advance(self, count):
        self.done += count
        if sys.stderr.isatty():
            print(f"\rsetup: unpacking {self.name}: {100 * self.done // self.total:3d} %", end="", file=sys.stderr, flush=True)

    def finish(self):
        if sys.stderr.isatty():
            print(file=sys.stderr)


class Damaged(Exception):
    """A wheel whose bytes are not what its RECORD says."""


def wheel_path(folder, requirement):
    """The downloaded wheel of `name==version`, or None."""
    name, version = requirement.split("==")
    found = glob.glob(os.path.join(glob.escape(folder), f"{name.replace('-', '_')}-{version}-*.whl"))
    return found[0] if found else None


def download(folder, requirement, dependencies=False, platform=None):
    """Have pip fetch `requirement`, with its dependencies or without."""
    command = [sys.executable, "-m", "pip", "download", requirement, "--only-binary=:all:", "--disable-pip-version-check", "-d", folder]
    if not dependencies:
        command.append("--no-deps")
    if platform:
        command += ["--platform", platform, "--python-version", "3.12"]
    elif sys.version_info[1] not in PYTHONS:
        command += ["--python-version", "3.12"]
    say(f"downloading {requirement}")
    if subprocess.run(command).returncode != 0:
        fail(f"pip could not download {requirement}; mend what it says above and run scripts/setup again: it goes on from here")


def record(wheel):
    """RECORD of a wheel: {path: (sha256 as hex, size)}."""
    name = next(n for n in wheel.namelist() if n.endswith(".dist-info/RECORD"))
    rows = csv.reader(io.StringIO(wheel.read(name).decode()))
    sums = {}
    for path, digest, size in rows:
        if digest.startswith("sha256="):
            padded = digest[7:] + "=" * (-len(digest[7:]) % 4)
            sums[path] = (base64.urlsafe_b64decode(padded).hex(), int(size))
    return sums


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def unpack_one(wheel, member, target, wanted, progress):
    """Unpack one file, unless the right bytes are there already."""
    digest, size = wanted
    if os.path.isfile(target) and os.path.getsize(target) == size and sha256(target) == digest:
        progress.advance(size)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    hasher, partial = hashlib.sha256(), target + ".partial"
    with wheel.open(member) as source, open(partial, "wb") as sink:
        for block in iter(lambda: source.read(BLOCK), b""):
            hasher.update(block)
            sink.write(block)
            progress.advance(len(block))
    if hasher.hexdigest() != digest:
        os.remove(partial)
        raise Damaged(f"{member} does not have the sha256 that its wheel lists")
    if ".so" in os.path.basename(target):
        os.chmod(partial, 0o755)
    os.replace(partial, target)


def place(member, into):
    """Where a wheel's file goes: headers under include/, Python under python/, every library into lib/."""
    if member.endswith(".py") or ".dist-info/" in member:
        return os.path.join(into, "python", member)
    if member.startswith("torch/include/"):
        return os.path.join(into, member[len("torch/"):])
    return os.path.join(into, "lib", os.path.basename(member))


def matches(member, patterns):
    """Whether one of the patterns is a member's, or the function that stands for them says so."""
    if callable(patterns):
        return patterns(member)
    return any(fnmatch.fnmatch(member, pattern) for pattern in patterns)


def unpack(path, into, wanted, left_out=()):
    """Unpack the files of a wheel that match; returns the libraries among them."""
    libraries = []
    with zipfile.ZipFile(path) as wheel:
        sums = record(wheel)
        chosen = [m for m in sums if matches(m, wanted) and not matches(m, left_out)]
        progress = Progress(os.path.basename(path).split("-")[0], sum(sums[m][1] for m in chosen))
        for member in chosen:
            target = place(member, into)
            unpack_one(wheel, member, target, sums[member], progress)
            if not member.startswith("torch/include/"):
                libraries.append(target)
        progress.finish()
    if not chosen:
        raise Damaged("none of the wanted files is in it")
    return libraries


def fetch(folder, requirement, into, wanted, left_out=(), platform=None):
    """Download a wheel unless it is here, and unpack it; a damaged one is downloaded once more."""
    for attempt in ("first", "last"):
        path = wheel_path(folder, requirement)
        if path is None:
            download(folder, requirement, platform=platform)
            path = wheel_path(folder, requirement)
        try:
            return unpack(path, into, wanted, left_out)
        except (Damaged, zipfile.BadZipFile, EOFError, StopIteration, KeyError, ValueError) as reason:
            os.remove(path)
            if attempt == "last":
                fail(f"{os.path.basename(path)} is damaged even after a second download: {reason}")
            say(f"{os.path.basename(path)} is damaged ({reason}); downloading it again")


def need_space(into, gigabytes):
    free = shutil.disk_usage(into).free
    if free < gigabytes * GIGABYTE:
        fail(f"{into} has {free / GIGABYTE:.1f} GB free, {gigabytes} GB are needed while unpacking")


def write_atomically(path, text):
    with open(path + ".partial", "w") as file:
        file.write(text)
    os.replace(path + ".partial", path)


def stamp_path(into, kind):
    return os.path.join(into, f"{kind}.stamp")


def versions(kind):
    """What a stamp is of."""
    return " ".join([TORCH, VISION, sha256(SOURCES)] if kind == "python" else [TORCH, *LINKED])


def write_stamp(into, kind, libraries):
    lines = [versions(kind)]
    lines += [f"{os.path.getsize(path)} {os.path.relpath(path, into)}" for path in sorted(libraries)]
    write_atomically(stamp_path(into, kind), "\n".join(lines) + "\n")


def in_place(into, kind):
    """Whether the stamp is of these versions and every library it lists has its size."""
    try:
        with open(stamp_path(into, kind)) as file:
            first, *rows = file.read().splitlines()
        sizes = [(int(size), os.path.join(into, name)) for size, name in (row.split(" ", 1) for row in rows)]
        return first == versions(kind) and all(os.path.getsize(path) == size for size, path in sizes)
    except (OSError, ValueError):
        return False


def check_loads(library):
    """Let the system's loader say whether the library and all it links can be opened here."""
    try:
        ctypes.CDLL(library)
    except OSError as reason:
        fail(f"{os.path.basename(library)} was unpacked but cannot be loaded: {reason}")


def bring_cpu(into, folder):
    need_space(into, 1.2)
    libraries = fetch(folder, TORCH, into, CPU_FILES, CPU_LEAVE_OUT)
    for requirement, files in LINKED.items():
        libraries += fetch(folder, requirement, into, files)
    # The wheel's libtorch.so links CUDA; the linker is given the CPU library under that name instead.
    linker_script = os.path.join(into, "lib", "libtorch.so")
    if not os.path.exists(linker_script):
        write_atomically(linker_script, "INPUT(-ltorch_cpu)\n")
    check_loads(os.path.join(into, "lib", "libtorch_cpu.so"))
    write_stamp(into, "cpu", libraries)


def bring_cuda(into, folder):
    need_space(into, 8)
    # pip resolves torch's own list of CUDA packages; it skips wheels that are here already.
    download(folder, TORCH, dependencies=True)
    libraries = fetch(folder, TORCH, into, CUDA_FILES)
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "nvidia_*.whl"))):
        name, version = os.path.basename(path).split("-")[:2]
        libraries += fetch(folder, f"{name.replace('_', '-')}=={version}", into, ["nvidia/*/lib/*.so*"])
    write_stamp(into, "cuda", libraries)


def is_source(member):
    """Whether the list takes a file of a wheel, or it is a licence. A star stands for names in one folder."""
    with open(SOURCES) as file:
        lines = [line.strip().removeprefix("? ") for line in file if line.strip() and not line.startswith("#")]
    folder = os.path.dirname(member)
    listed = any(os.path.dirname(line) == folder and fnmatch.fnmatch(member, line) for line in lines)
    return listed and f"- {member}" not in lines or matches(member, LICENSES)


def bring_python(into, folder):
    """From the wheel that was just downloaded for its libraries, else from the smallest there is."""
    place = folder if wheel_path(folder, TORCH) else os.path.join(folder, "python")
    os.makedirs(place, exist_ok=True)
    files = fetch(place, TORCH, into, is_source, platform=SMALLEST)
    files += fetch(place, VISION, into, is_source, platform=SMALLEST)
    write_stamp(into, "python", files)


def main():
    parser = argparse.ArgumentParser(prog="scripts/setup", description="Bring libtorch into .libtorch.")
    parser.add_argument("--into", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--python-only", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cuda", action="store_true", help="bring the CUDA libraries as well")
    arguments = parser.parse_args()
    into = os.path.abspath(arguments.into)
    folder = os.path.join(into, "download")
    wanted = [("cpu", bring_cpu), ("python", bring_python)] + ([("cuda", bring_cuda)] if arguments.cuda else [])
    if arguments.python_only:
        wanted = [("python", bring_python)]
    os.makedirs(into, exist_ok=True)
    with open(os.path.join(into, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for kind, bring in wanted:
            if in_place(into, kind):
                continue
            os.makedirs(folder, exist_ok=True)
            bring(into, folder)
            say(f"{TORCH} ({kind}) is in {into}")
        shutil.rmtree(folder, ignore_errors=True)
        for kind, _ in wanted:
            os.utime(stamp_path(into, kind))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("stopped; run scripts/setup again: it goes on from here")
    except OSError as reason:
        fail(f"{reason}; run scripts/setup again when that is mended: it goes on from here")
