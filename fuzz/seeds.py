"""Lays out the first inputs of every target, from tests/fixtures: fuzz/corpus/TARGET/."""

import io
import json
import pathlib
import struct
import tarfile
import zipfile

root = pathlib.Path(__file__).resolve().parent.parent
corpus = root / "fuzz" / "corpus"


def seed(target, name, data):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(kind, length, data):
    """One key, and one tensor of `length` elements of the block type `kind`."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text("general.alignment") + struct.pack("<II", 4, 32)
    head += text("w") + struct.pack("<IQIQ", 1, length, kind, 0)
    return head + bytes(-len(head) % 32) + data


fixtures = root / "tests" / "fixtures"
for path in sorted(path for path in [*fixtures.iterdir(), *(fixtures / "hostile").iterdir()] if path.is_file()):
    data = path.read_bytes()
    if path.suffix == ".jsonl":
        continue
    if path.suffix == ".pkl":
        seed("pickle", path.name, data)
    elif zipfile.is_zipfile(path):
        seed("zip", path.name, data)
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".pkl"):
                    seed("pickle", path.name + ".pkl", archive.read(name))
    else:
        seed("legacy", path.name, data)

for number, (descr, shape) in enumerate([("<f4", "(4,)"), (">i2", "(2, 4)"), ("<U2", "(2,)"), ("|O", "()"), ("<V2", "(8,)")]):
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    seed("legacy", f"array{number}", b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + bytes(16))

# Archives of checkpoints: a name that needs a record of its own, by either convention.
checkpoint = (fixtures / "views-legacy.pt").read_bytes()
for kind in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=kind) as archive:
        about = tarfile.TarInfo("long/" * (30 if kind != tarfile.USTAR_FORMAT else 3) + "weights.ckpt")
        about.size = len(checkpoint)
        archive.addfile(about, io.BytesIO(checkpoint))
    seed("legacy", f"tar{kind}", held.getvalue())

view = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
for number, header in enumerate([
    {"w": view},
    {"__metadata__": {"format": "pt"}, "a": view, "b": {"dtype": "BF16", "shape": [], "data_offsets": [24, 26]}},
    {"e": {"dtype": "I64", "shape": [0], "data_offsets": [0, 0]}, "f": {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]}},
]):
    seed("safetensors", str(number), json.dumps(header).encode())

# Programs as they are, and the verbs one by one.
for path in [*sorted((root / "tests" / "conformance" / "cases").glob("*.py")), *sorted((root / "src" / "prelude").rglob("*.py"))]:
    seed("parser", path.name, path.read_bytes()[:4096])
for number, line in enumerate([
    'p = filter p shape== m', 'filter p key~ "enc.*"', "filter p where v.ndim == 4 and k in m", "update m with p",
    "load_state_dict m into model strict=False", 'rename p "^module\\." ""', 'save m "out.safetensors"', "explain items m", "%time items m", "!ls",
]):
    seed("parser", f"verb{number}", line.encode())

# ggml's numbers of the types, elements and bytes of a block.
for kind, elements, size in [(0, 1, 4), (1, 1, 2), (2, 32, 18), (3, 32, 20), (6, 32, 22), (8, 32, 34), (10, 256, 84), (12, 256, 144),
                             (14, 256, 210), (16, 256, 66), (19, 256, 50), (20, 32, 18), (23, 256, 136), (34, 256, 54), (35, 256, 66)]:
    seed("gguf", str(kind), gguf(kind, elements * 2, bytes(range(256))[: size * 2].ljust(size * 2, b"\1")))
