"""What a file must be read as: one entry a tensor, computed by real PyTorch, and how two manifests differ."""

import ctypes
import hashlib
import json

import numpy as np
import torch


def tensor_bytes(tensor):
    """The tensor's elements, contiguous and little-endian."""
    whole = tensor.detach().resolve_conj().resolve_neg().contiguous()
    return ctypes.string_at(whole.data_ptr(), whole.numel() * whole.element_size()) if whole.numel() else b""


def entry(name, tensor):
    data = b"" if tensor.is_meta else tensor_bytes(tensor)
    return {
        "name": name,
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "sha256": None if tensor.is_meta else hashlib.sha256(data).hexdigest(),
        "nbytes": tensor.nbytes if tensor.is_meta else len(data),
        "stride": list(tensor.stride()),
        "storage_offset": tensor.storage_offset(),
        "storage_group": tensor.untyped_storage().data_ptr() if tensor.numel() and not tensor.is_meta else None,
    }


def array_entry(name, array):
    """A numpy array that is not a tensor has a row too: its bytes as they lie in the file."""
    fields = ("shape", "dtype", "sha256", "nbytes", "stride", "storage_offset")
    return {"name": name, "not_a_tensor": True} | dict.fromkeys(fields)


def parts(name, tensor):
    """A dense tensor is one entry, a sparse or quantized one is its parts."""
    if tensor.layout is torch.sparse_coo:
        return [(f"{name}.indices", tensor._indices()), (f"{name}.values", tensor._values())]
    if tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
        named = [("crow_indices", tensor.crow_indices()), ("col_indices", tensor.col_indices()), ("values", tensor.values())]
        return [(f"{name}.{part}", value) for part, value in named]
    if tensor.layout in (torch.sparse_csc, torch.sparse_bsc):
        named = [("ccol_indices", tensor.ccol_indices()), ("row_indices", tensor.row_indices()), ("values", tensor.values())]
        return [(f"{name}.{part}", value) for part, value in named]
    if tensor.is_quantized:
        own = [(f"{name}.int_repr", tensor.int_repr())]
        if tensor.qscheme() in (torch.per_channel_affine, torch.per_channel_affine_float_qparams):
            own.append((f"{name}.q_per_channel_scales", tensor.q_per_channel_scales()))
            own.append((f"{name}.q_per_channel_zero_points", tensor.q_per_channel_zero_points()))
        return own
    return [(name, tensor)]


def joined(path, key):
    if isinstance(key, str):
        return f"{path}.{key}" if path else key
    return f"{path}[{key!r}]"


def entries(value, path=""):
    """Every tensor of a checkpoint under the name that `torchsh manifest` gives it."""
    if type(value).__name__ == "DTensor":
        # What one process has of a tensor of several.
        return [entry(path, value.to_local())]
    if isinstance(value, torch.Tensor) and hasattr(value, "__tensor_flatten__"):
        # A tensor without elements of its own.
        return [e for name in value.__tensor_flatten__()[0] for e in entries(getattr(value, name), joined(path, name))]
    if isinstance(value, torch.Tensor):
        return [entry(name, part) for name, part in parts(path, value)]
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            return [array_entry(path, value)]
        return [entry(path, torch.from_numpy(value.astype(value.dtype.newbyteorder("="))))]
    if isinstance(value, (torch.nn.Module, torch.optim.Optimizer)):
        return entries(value.state_dict(), path)
    if isinstance(value, dict):
        return [e for key, item in value.items() for e in entries(item, joined(path, key))]
    if isinstance(value, (list, tuple)):
        return [e for index, item in enumerate(value) for e in entries(item, f"{path}[{index}]")]
    return []


def groups(manifest):
    """Which entries share a storage, as sets of names."""
    shared = {}
    for e in manifest:
        if e.get("storage_group") is not None:
            shared.setdefault(e["storage_group"], set()).add(e["name"])
    return {frozenset(names) for names in shared.values() if len(names) > 1}


def differences(wanted, found, layout=True, names=True):
    """What differs between the manifest of real PyTorch and that of torchsh, in words."""
    if not names:
        lacking = {e["sha256"] for e in wanted} - {e.get("sha256") for e in found}
        return [f"{len(lacking)} of {len(wanted)} tensors were not found by their bytes"] if lacking else []
    fields = ["shape", "dtype", "sha256", "nbytes"] + (["stride", "storage_offset"] if layout else [])
    theirs, ours = {e["name"]: e for e in wanted}, {e.get("name"): e for e in found}
    words = [f"{name} is missing" for name in theirs if name not in ours]
    words += [f"{name} is not in the file" for name in ours if name not in theirs]
    for name, want in theirs.items():
        if want.get("not_a_tensor"):
            continue
        have = dict(ours.get(name, want))
        have["dtype"] = str(have.get("dtype")).removeprefix("torch.")
        words += [f"{name}: {f} is {have.get(f)}, not {want[f]}" for f in fields if have.get(f) != want[f]]
    if layout and not words and groups(wanted) != groups(found):
        words.append(f"shared storages are {groups(found)}, not {groups(wanted)}")
    if not words and len(found) != len(wanted):
        words.append(f"{len(found)} lines for {len(wanted)} tensors")
    return words


def parse(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]
