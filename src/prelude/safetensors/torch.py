"""safetensors.torch: files of tensors, read and written whole."""
import io
import os
import tempfile
from collections import defaultdict

import torch
from safetensors import SafetensorError, TensorSpec, _files, deserialize, safe_open, serialize, serialize_file
from torch._shell import keys_refused as _keys_refused


def storage_ptr(tensor):
    """Where the memory of a tensor begins."""
    return tensor.untyped_storage().data_ptr()


def storage_size(tensor):
    """How many bytes the memory of a tensor has, whatever part of it the tensor is."""
    return tensor.untyped_storage().nbytes()


def _end_ptr(tensor):
    if not tensor.nelement():
        return tensor.data_ptr()
    last = sum([(size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride())])
    return tensor.data_ptr() + (last + 1) * tensor.element_size()


def _parts_that_meet(names, state_dict):
    """Names of one memory, in groups of those whose parts of it meet."""
    areas = sorted([(state_dict[name].data_ptr(), _end_ptr(state_dict[name]), name) for name in names])
    groups, end = [], None
    for start, stop, name in areas:
        if end is None or start >= end:
            groups.append({name})
        else:
            groups[-1].add(name)
        end = stop
    return groups


def _find_shared_tensors(state_dict):
    """Sets of names that stand for the same memory; a name of its own is a set of one."""
    memory = defaultdict(set)
    for name, tensor in state_dict.items():
        if tensor.device.type != "meta" and storage_ptr(tensor) and storage_size(tensor):
            memory[tensor.device, storage_ptr(tensor), storage_size(tensor)].add(name)
    return [group for names in memory.values() for group in _parts_that_meet(names, state_dict)]


def _is_complete(tensor):
    """Whether the tensor is all of its memory."""
    size = tensor.nelement() * tensor.element_size()
    return tensor.data_ptr() == storage_ptr(tensor) and size == storage_size(tensor)


def _remove_duplicate_names(state_dict, *, preferred_names=None, discard_names=None):
    """For each group of shared names the one that is kept, with those that are not."""
    to_remove = defaultdict(list)
    for names in _find_shared_tensors(state_dict):
        complete = {name for name in names if _is_complete(state_dict[name])}
        if not complete:
            raise RuntimeError(
                "Error while trying to find names to remove to save state dict, but found no suitable name to keep"
                f" for saving amongst: {names}. None is covering the entire storage.Refusing to save/load the model"
                " since you could be storing much more memory than needed. Please refer to"
                " https://huggingface.co/docs/safetensors/torch_shared_tensors for more information. Or open an"
                " issue."
            )
        liked = complete & set(preferred_names or ())
        kept = sorted(liked or complete - set(discard_names or ()) or complete)[0]
        for name in sorted(names):
            if name != kept:
                to_remove[kept].append(name)
    return to_remove


def _check(tensors):
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}")
    sparse = []
    for name, tensor in tensors.items():
        if not isinstance(tensor, torch.Tensor):
            raise ValueError(f"Key `{name}` is invalid, expected torch.Tensor but received {type(tensor)}")
        if tensor.layout != torch.strided:
            sparse.append(name)
        elif tensor.is_meta:
            tensor.cpu()  # which says that there is nothing to write
    if sparse:
        raise ValueError(
            f"You are trying to save a sparse tensors: `{sparse}` which this library does not support."
            " You can make it a dense tensor before saving with `.to_dense()` but be aware this might"
            " make a much larger file than needed."
        )
    shared = [names for names in _find_shared_tensors(tensors) if len(names) > 1]
    if shared:
        raise RuntimeError(
            "\n            Some tensors share memory, this will lead to duplicate memory on disk and potential differences"
            f" when loading them again: {shared}.\n            A potential way to correctly save your model is to use"
            " `save_model`.\n            More information at"
            " https://huggingface.co/docs/safetensors/torch_shared_tensors\n            "
        )
    for name, tensor in tensors.items():
        if not tensor.is_contiguous():
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}` which is not allowed. It either means you"
                " are trying to save tensors which are reference of each other in which case it's recommended to save"
                " only the full tensors, and reslice at load time, or simply call `.contiguous()` on your tensor to"
                " pack it before saving."
            )


def _check_metadata(metadata):
    for pair in (metadata or {}).items():
        for text in pair:
            if not isinstance(text, str):
                kind = type(text).__name__
                raise TypeError(f"argument 'metadata': '{kind}' object is not an instance of 'str'")


def save_file(tensors, filename, metadata=None):
    """Write tensors that share no memory."""
    _check(tensors)
    _check_metadata(metadata)
    _files.save_file(tensors, filename, metadata)


def save(tensors, metadata=None):
    """The bytes of such a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tensors.safetensors")
        save_file(tensors, path, metadata)
        with open(path, "rb") as file:
            return file.read()


def load_file(filename, device="cpu", *, backend="mmap"):
    """The tensors of a file."""
    with safe_open(filename, framework="pt", device=device, backend=backend) as file:
        return file.get_tensors()


def load(data):
    """The tensors of such a file's bytes."""
    deserialize(data)
    return dict(torch.load(io.BytesIO(data)))


def save_model(model, filename, metadata=None, force_contiguous=True):
    """Write a model's tensors, each once; the metadata says which names stood for the same."""
    state_dict = model.state_dict()
    metadata = dict(metadata or {})
    for kept, others in _remove_duplicate_names(state_dict).items():
        for name in others:
            metadata.setdefault(name, kept)
            del state_dict[name]
    if force_contiguous:
        state_dict = {name: tensor.contiguous() for name, tensor in state_dict.items()}
    try:
        save_file(dict(state_dict), filename, metadata=metadata or None)
    except ValueError as error:
        raise ValueError(
            f"{error} Or use save_model(..., force_contiguous=True), read the docs for potential caveats."
        ) from None


def load_model(model, filename, strict=True, device="cpu", *, backend="mmap"):
    """Load what save_model wrote: (missing, unexpected) names."""
    state_dict = load_file(filename, device=device, backend=backend)
    shared = _remove_duplicate_names(model.state_dict(), preferred_names=state_dict.keys())
    missing, unexpected = model.load_state_dict(state_dict, strict=False)
    missing = set(missing)
    for others in shared.values():
        for name in others:
            if name not in missing:
                unexpected.append(name)
            else:
                missing.remove(name)
    if strict and (missing or unexpected):
        missing, unexpected, parts = sorted(missing), sorted(unexpected), []
        if missing:
            parts.append("Missing key(s) in state_dict: " + ", ".join([f'"{k}"' for k in missing]))
        if unexpected:
            parts.append("Unexpected key(s) in state_dict: " + ", ".join([f'"{k}"' for k in unexpected]))
        head = f"Error(s) in loading state_dict for {model.__class__.__name__}:"
        error = RuntimeError("\n    ".join([head, *parts]))
        _keys_refused(error, model, state_dict, True, missing, unexpected, parts)
        raise error
    return missing, unexpected
