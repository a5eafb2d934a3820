"""Writes tests/fixtures: small files by real PyTorch, and beside each the manifest that it must be read as.

Run with a Python that has torch 2.11 and numpy: `.venv/bin/python scripts/fixtures.py`. The bytes are committed; they
change only when a case is added here.
"""

import argparse
import collections
import datetime
import io
import json
import pathlib
import pickle
import struct
import sys
import tarfile
import warnings
import zipfile

import numpy as np
import torch
from torch import nn

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "interop"))
FOLDER = ROOT / "tests" / "fixtures"

import manifest  # noqa: E402


def keep(name, holds):
    lines = []
    for entry in manifest.entries(holds):
        entry.pop("storage_group")
        lines.append(json.dumps(entry))
    (FOLDER / f"{name}.jsonl").write_text("".join(line + "\n" for line in lines))


def save(name, holds, **options):
    torch.save(holds, FOLDER / name, **options)
    keep(name, holds)


def numbers(dtype, *shape):
    count = int(np.prod(shape)) * torch.empty(0, dtype=dtype).element_size()
    return torch.arange(count, dtype=torch.uint8).view(dtype).reshape(shape)


def model():
    torch.manual_seed(1)
    layers = [("conv", nn.Conv2d(1, 2, 2)), ("norm", nn.BatchNorm2d(2)), ("head", nn.Linear(2, 2))]
    made = nn.Sequential(collections.OrderedDict(layers))
    made.register_buffer("mask", torch.ones(2), persistent=False)
    made.register_buffer("none", None)
    made.register_buffer("kept", torch.ones(2))
    made.tied = made.conv
    return made


def tensors():
    plain = ["float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "complex64", "complex128"]
    late = ["uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "complex32"]
    holds = {name: numbers(getattr(torch, name), 2, 3) for name in plain}
    holds["bool"] = torch.tensor([True, False, True])
    for protocol in (2, 5):
        late_too = {name: numbers(getattr(torch, name), 2, 3) for name in late}
        save(f"dtypes-{protocol}.pt", holds | late_too, pickle_protocol=protocol)
    save("dtypes-legacy.pt", holds, _use_new_zipfile_serialization=False)
    base = torch.arange(24.0).reshape(4, 6)
    views = {"base": base, "t": base.t(), "part": base[1:3, 1:5:2], "expanded": torch.ones(2, 1).expand(2, 3)}
    views |= {"overlapping": base.as_strided((3, 2), (1, 1), 2), "scalar": torch.tensor(2.5), "empty": torch.empty(0, 3)}
    views |= {"conj": torch.tensor([1 + 2j, 3 - 4j]).conj(), "imag": torch.tensor([1 + 2j, 3 - 4j]).conj().imag}
    save("views.pt", views)
    save("views-legacy.pt", views, _use_new_zipfile_serialization=False)
    words = torch.arange(4).to(torch.uint16)
    save("two-dtypes.pt", {"a": words, "b": words.view(torch.float8_e5m2)})


def other_forms():
    indices = torch.tensor([[0, 1, 1], [2, 0, 2]])
    coo = torch.sparse_coo_tensor(indices, torch.tensor([3.0, 4.0, 5.0]), (2, 3))
    save("sparse.pt", {"coo": coo, "csr": torch.eye(3).to_sparse_csr()})
    values = torch.linspace(-1, 1, 6).reshape(2, 3)
    channels = torch.quantize_per_channel(values, torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), 0, torch.qint8)
    save("quantized.pt", {"q": torch.quantize_per_tensor(values, 0.1, 3, torch.quint8), "channels": channels})
    parameter = nn.Parameter(torch.ones(2), requires_grad=False)
    save("parameters.pt", {"p": nn.Parameter(torch.ones(2)), "fixed": parameter, "meta": torch.empty(2, device="meta")})


def objects():
    made = model()
    save("model.pt", made)
    # Not as a legacy file: that would hold PyTorch's source code.
    save("data-parallel.pt", {"model": nn.DataParallel(made)})
    optimizer = torch.optim.Adam(made.parameters())
    for parameter in made.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    training = {
        "epoch": 3,
        "state_dict": made.state_dict(),
        "optimizer": optimizer.state_dict(),
        "hyper_parameters": argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("/data/x")),
        "when": datetime.datetime(2024, 5, 17, 12, 30),
        "numpy": np.arange(6.0).reshape(2, 3),
        "scalar": np.float32(1.5),
        "set": {1, 2},
        "bytes": b"\x00\xff",
        "large": 2**100,
        (1, "a"): torch.ones(2),
        7: [torch.zeros(1), (torch.ones(1),)],
    }
    save("training.ckpt", training)
    for protocol in (0, 2, 5):
        holds = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "big": np.arange(3, dtype=">i4")}
        (FOLDER / f"numpy-{protocol}.pkl").write_bytes(pickle.dumps(holds, protocol=protocol))
        keep(f"numpy-{protocol}.pkl", holds)
    (FOLDER / "plain.pkl").write_bytes(pickle.dumps({"t": torch.arange(3.0)}))
    keep("plain.pkl", {"t": torch.arange(3.0)})


def archives():
    holds = {"a": torch.arange(64.0), "b": torch.zeros(64)}
    save("stored.pt", holds)
    with zipfile.ZipFile(FOLDER / "stored.pt") as source:
        entries = {name.removeprefix("stored/"): source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(FOLDER / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries.items():
            target.writestr(f"other ré name/{name}", data)
    keep("deflated.pt", holds)
    arrays = {"a": np.arange(6.0).reshape(2, 3), "flags": np.array([True, False])}
    np.savez(FOLDER / "arrays.npz", **arrays)
    keep("arrays.npz", arrays)


def exported():
    torch.manual_seed(1)
    program = torch.export.export(nn.Sequential(collections.OrderedDict(head=nn.Linear(2, 2))), (torch.ones(1, 2),))
    # It names the files of this machine's PyTorch, line by line.
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    torch.export.save(program, FOLDER / "exported.pt2")
    keep("exported.pt2", dict(program.state_dict))


def tar():
    """What torch.save wrote before 0.1.10, which no version since can write: made by hand, read by torch."""
    numbers = torch.arange(12.0)
    storages, tensors_part, objects_part = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pickle.dump(1, storages, protocol=2)
    pickle.dump((100, "cpu", torch.FloatStorage), storages, protocol=2)
    storages.write(struct.pack("<q", 12) + numbers.numpy().tobytes())
    pickle.dump([(101, 100, 4, 8)], storages, protocol=2)
    pickle.dump(2, tensors_part, protocol=2)
    for key, storage, shape, stride, offset in [(200, 100, (4, 3), (1, 4), 0), (201, 101, (2, 3), (3, 1), 1)]:
        pickle.dump((key, storage, torch.FloatTensor), tensors_part, protocol=2)
        tensors_part.write(struct.pack("<ii2q2qq", 2, 0, *shape, *stride, offset))

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value.split(":")[1] if isinstance(value, str) and value.startswith("tensor:") else None

    Pickler(objects_part, protocol=2).dump(collections.OrderedDict(t="tensor:200", view="tensor:201"))
    parts = {"sys_info": pickle.dumps({}, 2), "pickle": objects_part, "storages": storages, "tensors": tensors_part}
    with tarfile.open(FOLDER / "before-0.1.10.tar", "w") as archive:
        for name, part in parts.items():
            data = part if isinstance(part, bytes) else part.getvalue()
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    keep("before-0.1.10.tar", torch.load(FOLDER / "before-0.1.10.tar", weights_only=False))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    tensors()
    other_forms()
    objects()
    archives()
    exported()
    tar()
    print(sum(path.stat().st_size for path in FOLDER.iterdir()), "bytes")
