"""What `describe`, `hist` and `diff` say of numbers, held against PyTorch's own arithmetic in doubles."""

import json
import math
import subprocess

import numpy as np
import torch
from registry import Written, case
from torch_files import FLOAT8, FLOATS, INTEGERS, random_bytes

SECONDS = 120


def plain(tensor):
    """The numbers as a flat array: doubles, integers as they are, complex numbers, or none where PyTorch has no arithmetic."""
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.dtype in (torch.float4_e2m1fn_x2,):
        return None
    if tensor.dtype is torch.complex32:
        tensor = tensor.to(torch.complex64)
    if tensor.dtype.is_floating_point:
        tensor = tensor.to(torch.float32 if tensor.dtype.itemsize < 4 else tensor.dtype).double()
    return np.atleast_1d(tensor.contiguous().numpy()).reshape(-1)


def near(own, right, scale):
    if own is None or right is None or not math.isfinite(right):
        return own is None or right is None or own == right
    return abs(own - right) <= 1e-9 * max(scale, abs(right))


def described(tensor):
    """What torchsh must say of a tensor: the fields that are known, and the size of its numbers."""
    all_numbers = plain(tensor)
    if all_numbers is None:
        return {}, 0.0
    with np.errstate(all="ignore"):
        finite = all_numbers[np.isfinite(all_numbers)]
        wide = finite.astype(complex if finite.dtype.kind == "c" else np.longdouble)
        wanted = {
            "nan": int(np.isnan(all_numbers).sum()),
            "zeros": int((all_numbers == 0).sum()),
            "mean": float(wide.mean().real) if wide.size else None,
            "std": float(wide.std(ddof=1)) if wide.size > 1 else None,
        }
        if all_numbers.dtype.kind != "c":
            wanted["inf"] = int(np.isposinf(all_numbers).sum()) if all_numbers.dtype.kind == "f" else 0
            wanted["min"] = finite.min().item() if finite.size else None
            wanted["max"] = finite.max().item() if finite.size else None
        scale = float(np.abs(wide).max()) if wide.size else 0.0
    return wanted, scale


def compared(one, two):
    """What torchsh must say of how two tensors of one dtype differ."""
    one, two = plain(one), plain(two)
    if one is None:
        return {}, 0.0
    exact = one.dtype.kind in "iu"
    with np.errstate(all="ignore"):
        same = (one == two) | ((one != one) & (two != two))
        both = np.isfinite(one) & np.isfinite(two)
        kind = complex if one.dtype.kind == "c" else np.longdouble
        a, b = one[both].astype(kind), two[both].astype(kind)
        gap = np.abs(a - b)
        size = np.maximum(np.abs(a), np.abs(b))
        wanted = {
            "differing": int((~same).sum()),
            "max_abs": max((abs(int(x) - int(y)) for x, y in zip(one, two)), default=None) if exact else gap.max(initial=0.0),
            "mean_abs": gap.mean() if gap.size else None,
            "max_rel": (gap / size)[size > 0].max(initial=0.0),
            "cosine": (a * b.conj()).sum().real / np.sqrt((np.abs(a) ** 2).sum() * (np.abs(b) ** 2).sum()) if gap.size else None,
        }
        scale = float(size.max(initial=0.0))
    return {key: None if value is None else value if isinstance(value, int) else float(value) for key, value in wanted.items()}, scale


def slips(own, wanted, scale, where):
    exact = ("nan", "inf", "zeros", "differing")
    wrong = lambda key, right: own[key] != right if key in exact or isinstance(right, int) else not near(own[key], right, scale)
    return [f"{where}: {key} {own[key]}, not {right}" for key, right in wanted.items() if wrong(key, right)]


def answer(torchsh, program, folder):
    done = subprocess.run([torchsh, "--format", "json", "-c", program], cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"exit status {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}")
    return json.loads(done.stdout)


def differences(torchsh, written, folder):
    """What torchsh says wrongly of the tensors of a file, and of how they differ from another's."""
    values = written.holds
    found = {entry["key"]: entry for entry in answer(torchsh, f"p = load({written.path!r}, cpu)\ndescribe p", folder)["entries"]}
    faults = [f"{key}: no row" for key in values if key not in found]
    for key in found.keys() & values.keys():
        wanted, scale = described(values[key])
        if found[key]["note"] is not None:
            faults.append(f"{key}: {found[key]['note']}")
        elif wanted:
            faults += slips(found[key], wanted, scale, key)
    other = {key: changed(value) for key, value in values.items()}
    torch.save(other, f"{folder}/changed.pt")
    program = f"p, q = load({written.path!r}, cpu), load('changed.pt', cpu)\ndiff p with q"
    told = {row["key"]: row for row in answer(torchsh, program, folder)["differences"]}
    for key, value in values.items():
        wanted, scale = compared(value, other[key])
        if not wanted or wanted["differing"] == 0:
            faults += [f"{key}: is not a difference"] if wanted and key in told else []
        elif key not in told or told[key]["difference"] != "numbers":
            faults.append(f"{key}: {told.get(key)}")
        else:
            faults += slips(told[key], wanted, scale, f"{key} differs")
    return faults


def changed(tensor):
    """The same tensor with other numbers in some places."""
    if tensor.is_quantized or tensor.layout is not torch.strided or not tensor.numel():
        return tensor
    copy = tensor.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
    flat = copy.view(-1).view(torch.uint8)
    flat[:: max(1, copy.element_size())] ^= 1
    return copy if tensor.dim() < 2 else copy.mT.contiguous().mT


@case("figures/every-dtype", figures=True)
def every_dtype(path):
    names = INTEGERS + FLOATS + FLOAT8 + ["complex32", "complex64", "complex128", "bool", "float4_e2m1fn_x2"]
    values = {name: random_bytes(getattr(torch, name), 13, 17) for name in names}
    torch.save(values, path)
    return values


@case("figures/layouts", figures=True)
def layouts(path):
    base = torch.randn(6, 8, 10)
    values = {
        "transposed": base.permute(2, 0, 1),
        "narrow": base[1:4, ::2, 3:],
        "expanded": torch.randn(5, 1).expand(5, 1000),
        "conjugate": torch.randn(7, dtype=torch.complex64).conj(),
        "negative": torch.randn(7, dtype=torch.complex64).conj().imag,
        "parameter": torch.nn.Parameter(torch.randn(3, 3)),
        "quantized": torch.quantize_per_tensor(torch.randn(40), 0.1, 3, torch.qint8),
        "channels": torch.quantize_per_channel(torch.randn(4, 9), torch.rand(4) + 0.1, torch.zeros(4), 0, torch.quint8),
        "qint32": torch.quantize_per_tensor(torch.randn(40), 0.001, 0, torch.qint32),
        "sparse": torch.eye(30).to_sparse(),
        "compressed": torch.eye(30).to_sparse_csr(),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "holes": torch.tensor([1.0, float("nan"), float("inf"), float("-inf"), -0.0]),
        "large": torch.tensor([2**62, 2**62 + 100, -(2**63)]),
    }
    torch.save(values, path)
    return values


@case("figures/long", figures=True)
def long(path):
    """More elements than one piece of work has, with a mean far from zero."""
    values = {str(dtype): (1000 + torch.randn(3_000_000)).to(dtype) for dtype in (torch.float32, torch.bfloat16, torch.float16)}
    torch.save(values, path)
    return values
