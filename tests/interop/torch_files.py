"""Files of `torch.save`: every dtype, layout, pickle protocol and container."""

import collections
import io
import os
import pickle
import zipfile

import numpy as np
import torch
from registry import Written, case

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "bfloat16", "float32", "float64"]
FLOAT8 = ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]
COMPLEX = ["complex32", "complex64", "complex128"]


def random_bytes(dtype, *shape):
    """Random bits as a tensor of any dtype."""
    size = dtype.itemsize
    count = 1
    for length in shape:
        count *= length
    if dtype is torch.bool:
        return torch.randint(0, 2, shape).bool()
    return torch.randint(0, 256, (count * size,), dtype=torch.uint8).view(dtype).reshape(shape)


def state():
    return collections.OrderedDict(
        (f"layer{n}.{kind}", torch.randn(*shape)) for n in range(3) for kind, shape in [("weight", (4, 3)), ("bias", (4,))]
    )


@case("torch/dtypes", rewritable=True)
def dtypes(path):
    names = INTEGERS + FLOATS + FLOAT8 + COMPLEX + ["bool"]
    values = {name: random_bytes(getattr(torch, name), 3, 4) for name in names}
    torch.save(values, path)
    return values


@case("torch/float4")
def float4(path):
    values = {"packed": random_bytes(torch.float4_e2m1fn_x2, 3, 4)}
    torch.save(values, path)
    return values


for protocol in range(6):
    # Protocols 0 and 1 cannot pickle a torch.Size's dtype objects by every route, so a failure to write is reported.
    @case(f"torch/protocol-{protocol}", rewritable=True)
    def protocols(path, protocol=protocol):
        values = state()
        torch.save(values, path, pickle_protocol=protocol)
        return values


@case("torch/buffer-root", rewritable=True)
def through_a_buffer(path):
    values, buffer = state(), io.BytesIO()
    torch.save(values, buffer)
    with open(path, "wb") as file:
        file.write(buffer.getvalue())
    return values


@case("torch/odd-file-name", path="模型 v1.0 (copy).tar.gz.pt")
def odd_name(path):
    values = state()
    torch.save(values, path)
    return values


@case("torch/renamed", path="kept.bin")
def renamed(path):
    values = state()
    torch.save(values, path + ".before")
    os.rename(path + ".before", path)
    return values


@case("torch/without-crc")
def without_crc(path):
    values = state()
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        torch.save(values, path)
    finally:
        torch.serialization.set_crc32_options(before)
    return values


@case("torch/deflated")
def deflated(path):
    values = state()
    torch.save(values, path + ".stored")
    with zipfile.ZipFile(path + ".stored") as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return values


@case("torch/legacy", rewritable=True)
def legacy(path):
    values = state()
    torch.save(values, path, _use_new_zipfile_serialization=False)
    return values


@case("torch/legacy-shared")
def legacy_shared(path):
    base = torch.arange(24.0).reshape(4, 6)
    values = {"base": base, "row": base[1], "column": base[:, 2], "transposed": base.t()}
    torch.save(values, path, _use_new_zipfile_serialization=False)
    return values


@case("torch/legacy-dtypes")
def legacy_dtypes(path):
    names = [n for n in INTEGERS if n not in ("uint16", "uint32", "uint64")] + FLOATS + ["complex64", "complex128", "bool"]
    values = {name: random_bytes(getattr(torch, name), 2, 5) for name in names}
    torch.save(values, path, _use_new_zipfile_serialization=False)
    return values


@case("torch/views", rewritable=True)
def views(path):
    base = torch.arange(24.0).reshape(4, 6)
    values = {
        "base": base,
        "row": base[1],
        "column": base[:, 2],
        "transposed": base.t(),
        "steps": base[::2, 1::3],
        "expanded": torch.randn(1, 3).expand(5, 3),
        "overlapping": torch.arange(6.0).as_strided((4, 3), (1, 1)),
        "permuted": torch.randn(2, 3, 4).permute(2, 0, 1),
        "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
    }
    torch.save(values, path)
    return values


@case("torch/empty-and-scalar", rewritable=True)
def empty_and_scalar(path):
    values = {"scalar": torch.tensor(3.5), "count": torch.tensor(7), "empty": torch.empty(0), "hollow": torch.empty(2, 0, 3)}
    torch.save(values, path)
    return values


@case("torch/dtypes-of-one-storage")
def dtypes_of_one_storage(path):
    base = torch.randint(0, 256, (16,), dtype=torch.uint8)
    values = {"uint16": base.view(torch.uint16), "uint32": base.view(torch.uint32), "uint64": base.view(torch.uint64)[1:]}
    torch.save(values, path)
    return values


@case("torch/conj-and-neg")
def conj_and_neg(path):
    z = torch.randn(2, 3, dtype=torch.complex64)
    values = {"z": z, "conj": z.conj(), "imag": torch.randn(4, dtype=torch.complex64).conj().imag}
    torch.save(values, path)
    return values


@case("torch/parameters", rewritable=True)
def parameters(path):
    values = {
        "parameter": torch.nn.Parameter(torch.randn(2, 3)),
        "buffer": torch.nn.Buffer(torch.ones(2)),
        "grad": torch.ones(2, requires_grad=True),
    }
    torch.save(values, path)
    return values


class Labelled(torch.Tensor):
    """A subclass that carries an attribute."""


@case("torch/subclass")
def subclass(path):
    labelled = torch.randn(2, 2).as_subclass(Labelled)
    labelled.label = "kept"
    values = {"labelled": labelled}
    torch.save(values, path)
    return values


@case("torch/sparse", layout=False)
def sparse(path):
    dense = torch.tensor([[0.0, 2.0, 0.0], [3.0, 0.0, 4.0]])
    values = {"coo": dense.to_sparse(), "csr": dense.to_sparse_csr()}
    torch.save(values, path)
    return values


@case("torch/quantized", layout=False, names=False)
def quantized(path):
    values = {
        "tensor": torch.quantize_per_tensor(torch.randn(3, 4), 0.1, 8, torch.quint8),
        "channel": torch.quantize_per_channel(torch.randn(3, 4), torch.ones(3) / 8, torch.zeros(3), 0, torch.qint8),
    }
    torch.save(values, path)
    return values


@case("torch/meta")
def meta(path):
    values = {"shape_only": torch.empty(4, 5, device="meta"), "real": torch.ones(2)}
    torch.save(values, path)
    return values


@case("torch/one-tensor", names=False)
def one_tensor(path):
    value = torch.randn(3, 3)
    torch.save(value, path)
    return value


@case("torch/list")
def listed(path):
    values = [torch.randn(2), {"a": torch.ones(3), 5: (torch.zeros(1), "text")}]
    torch.save(values, path)
    return values


@case("torch/keys")
def keys(path):
    values = {"江苏": torch.ones(1), "a b": torch.ones(2), "tab\there": torch.ones(3), "": torch.ones(4), "back\u202e": torch.ones(5)}
    torch.save(values, path)
    return values


@case("torch/elsewhere")
def elsewhere(path):
    """Tensors of another device: the location is changed in the pickle, as a machine with that device would write it."""
    values, buffer = state(), io.BytesIO()
    torch.save(values, buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("data.pkl"):
                data = data.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:3")
            new.writestr(name, data)
    return values


@case("pickle/plain-with-tensors", path="plain.pkl", layout=False)
def plain_pickle(path):
    values = {"w": torch.randn(3, 2), "b": torch.randn(2).numpy()}
    with open(path, "wb") as file:
        pickle.dump(values, file)
    return values


@case("torch/large-offsets")
def many(path):
    values = {f"block.{n}.weight": torch.randn(7) for n in range(3000)}
    torch.save(values, path)
    return values


def rewritten(path, values, change, **options):
    """The archive of these values, its records changed by `change(name, bytes)`."""
    buffer = io.BytesIO()
    torch.save(values, buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            with new.open(name, "w", **options) as record:
                record.write(change(name, old.read(name)))


@case("torch/big-endian", layout=False)
def big_endian(path):
    """As a machine with the other byte order writes it; real torch turns it round too."""
    values = {
        "float32": torch.randn(3, 2),
        "float64": torch.randn(2).double(),
        "float16": torch.randn(3).half(),
        "bfloat16": torch.randn(3).bfloat16(),
        "int16": torch.arange(5, dtype=torch.int16),
        "int64": torch.arange(-2, 3),
        "complex64": torch.randn(2, dtype=torch.complex64),
        "bool": torch.tensor([True, False]),
    }
    widths = [value.element_size() // (2 if value.is_complex() else 1) for value in values.values()]

    def change(name, data):
        if name.endswith("byteorder"):
            return b"big"
        if "/data/" in name:
            width = widths[int(name.rsplit("/", 1)[1])]
            return np.frombuffer(data, np.uint8).reshape(-1, width)[:, ::-1].tobytes()
        return data

    rewritten(path, values, change)
    again = torch.load(path)
    assert all(torch.equal(again[name], value) for name, value in values.items())
    return [Written(path=path, holds=values, layout=False, rewritable=True, asks=tuple(f"p[{name!r}]" for name in values))]


@case("torch/zip64-records")
def zip64(path):
    """Every record with sizes of 64 bits, as beyond 4 GB."""
    values = state()
    rewritten(path, values, lambda name, data: data, force_zip64=True)
    return values


@case("torch/zip64-directory")
def many_records(path):
    """More records than the end of a plain directory can count."""
    values = {str(n): torch.full((1,), float(n)) for n in range(66_000)}
    torch.save(values, path)
    return values
