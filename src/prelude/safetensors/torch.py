"""safetensors.torch: files of tensors, read and written whole."""
import io
import os
import tempfile

import torch
from safetensors import _files


def _check(tensors, metadata):
    if not isinstance(tensors, dict):
        raise ValueError(
            f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}"
        )
    for name, tensor in tensors.items():
        if not isinstance(tensor, torch.Tensor):
            raise ValueError(
                f"Key `{name}` is invalid, expected torch.Tensor but received {type(tensor)}"
            )
        if tensor.layout != torch.strided:
            raise ValueError(
                f"You are trying to save a sparse tensors: `{[name]}` which this library does not"
                " support. You can make it a dense tensor before saving with `.to_dense()` but be"
                " aware this might make a much larger file than needed."
            )
    for key, value in (metadata or {}).items():
        for text in (key, value):
            if not isinstance(text, str):
                kind = type(text).__name__
                raise TypeError(
                    f"argument 'metadata': '{kind}' object is not an instance of 'str'"
                )


def _check_contiguous(tensors):
    for name, tensor in tensors.items():
        if not tensor.is_contiguous():
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}` which is not allowed. It"
                " either means you are trying to save tensors which are reference of each other in"
                " which case it's recommended to save only the full tensors, and reslice at load"
                " time, or simply call `.contiguous()` on your tensor to pack it before saving."
            )


def save_file(tensors, filename, metadata=None):
    """Write tensors that share no memory."""
    _check(tensors, metadata)
    _files.check_file(tensors)
    _check_contiguous(tensors)
    _files.save_file(tensors, filename, metadata)


def save(tensors, metadata=None):
    """The bytes of such a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tensors.safetensors")
        save_file(tensors, path, metadata)
        with open(path, "rb") as file:
            return file.read()


def load_file(filename, device="cpu"):
    """The tensors of a file."""
    filename = str(filename)
    if not os.path.exists(filename):
        raise FileNotFoundError(f"No such file or directory: {filename}")
    return dict(_files.load_file(filename, device))


def load(data):
    """The tensors of such a file's bytes."""
    return dict(torch.load(io.BytesIO(data)))


def _shared_names(state_dict):
    """Names that stand for the same memory, in groups."""
    groups = {}
    for name, tensor in state_dict.items():
        if tensor.device.type != "meta" and tensor.untyped_storage().nbytes():
            groups.setdefault(tensor.untyped_storage().data_ptr(), []).append(name)
    return [names for names in groups.values() if len(names) > 1]


def _whole(tensor):
    return tensor.untyped_storage().nbytes() == tensor.nbytes


def _dropped(state_dict, preferred=None):
    """For each group of shared names the one that is kept, and those that are not."""
    found = {}
    for names in _shared_names(state_dict):
        complete = [name for name in names if _whole(state_dict[name])]
        if not complete:
            raise RuntimeError(
                "Error while trying to find names to remove to save state dict, but found no"
                f" suitable name to keep for saving amongst: {set(names)}. None is covering the"
                " entire storage.Refusing to save/load the model since you could be storing much"
                " more memory than needed. Please refer to"
                " https://huggingface.co/docs/safetensors/torch_shared_tensors for more"
                " information. Or open an issue."
            )
        liked = [name for name in complete if preferred is not None and name in preferred]
        kept = sorted(liked or complete)[0]
        found[kept] = [name for name in sorted(names) if name != kept]
    return found


def save_model(model, filename, metadata=None, force_contiguous=True):
    """Write a model's tensors, each once; the metadata says which names stood for the same."""
    state_dict = model.state_dict()
    metadata = dict(metadata or {})
    for kept, others in _dropped(state_dict).items():
        for name in others:
            metadata.setdefault(name, kept)
            del state_dict[name]
    if force_contiguous:
        state_dict = {name: tensor.contiguous() for name, tensor in state_dict.items()}
    save_file(dict(state_dict), filename, metadata=metadata or None)


def load_model(model, filename, strict=True, device="cpu"):
    """Load what save_model wrote: (missing, unexpected) names."""
    state_dict = load_file(filename, device)
    shared = _dropped(model.state_dict(), preferred=state_dict.keys())
    missing, unexpected = model.load_state_dict(state_dict, strict=False)
    missing = set(missing)
    for others in shared.values():
        for name in others:
            if name not in missing:
                unexpected.append(name)
            else:
                missing.remove(name)
    if strict and (missing or unexpected):
        error = f"Error(s) in loading state_dict for {model.__class__.__name__}:"
        if missing:
            error += "\n    Missing key(s) in state_dict: " + ", ".join([f'"{k}"' for k in sorted(missing)])
        if unexpected:
            error += "\n    Unexpected key(s) in state_dict: " + ", ".join([f'"{k}"' for k in sorted(unexpected)])
        raise RuntimeError(error)
    return missing, unexpected
