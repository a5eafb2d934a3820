"""Files of other formats: safetensors, numpy, GGUF, TorchScript, torch.export, distributed checkpoints."""

import os

import numpy as np
import torch
from registry import case
from torch import nn
from torch_files import COMPLEX, FLOAT8, FLOATS, INTEGERS, random_bytes, state


@case("safetensors/dtypes", path="model.safetensors", rewritable=True)
def safetensors_dtypes(path):
    from safetensors.torch import save_file

    names = INTEGERS + FLOATS + FLOAT8[:2] + COMPLEX[1:2] + ["bool"]
    values = {name: random_bytes(getattr(torch, name), 3, 4) for name in names}
    save_file(values, path, metadata={"format": "pt", "说明": "值"})
    return values


@case("safetensors/empty-and-scalar", path="model.safetensors", layout=False)
def safetensors_shapes(path):
    from safetensors.torch import save_file

    values = {"scalar": torch.tensor(1.5), "empty": torch.empty(0, 3), "odd": random_bytes(torch.uint8, 3), "after": torch.randn(5)}
    save_file(values, path)
    return values


@case("safetensors/one-dtype-after-odd-bytes", path="model.safetensors", layout=False)
def safetensors_numpy(path):
    from safetensors.numpy import save_file

    values = {"b": np.arange(3, dtype=np.uint8), "a": np.arange(4, dtype=np.float64)}
    save_file(values, path)
    return values


def sharded(folder, write, suffix):
    """A model in two shards with their index."""
    import json

    values = state()
    names = list(values)
    shards = [f"model-0000{n}-of-00002.{suffix}" for n in (1, 2)]
    for shard, part in zip(shards, (names[:3], names[3:])):
        write({name: values[name] for name in part}, os.path.join(folder, shard))
    index = os.path.join(folder, f"model.{suffix}.index.json")
    placed = {name: shards[names.index(name) >= 3] for name in names}
    with open(index, "w") as file:
        json.dump({"metadata": {"total_size": sum(t.nbytes for t in values.values())}, "weight_map": placed}, file)
    return index, dict(values)


@case("sharded/safetensors", layout=False)
def sharded_safetensors(path):
    from safetensors.torch import save_file

    return sharded(os.path.dirname(path), save_file, "safetensors")


@case("sharded/safetensors-folder", layout=False)
def sharded_folder(path):
    from safetensors.torch import save_file

    index, values = sharded(os.path.dirname(path), save_file, "safetensors")
    return os.path.dirname(index), values


@case("sharded/bin", layout=False)
def sharded_bin(path):
    return sharded(os.path.dirname(path), torch.save, "bin")


@case("numpy/npz", path="arrays.npz", layout=False)
def npz(path):
    values = {"a": np.arange(6.0).reshape(2, 3), "b": np.arange(4, dtype=np.int16), "f": np.asfortranarray(np.ones((2, 3), np.float32))}
    np.savez(path, **values)
    return values


@case("numpy/npz-compressed", path="arrays.npz", layout=False)
def npz_compressed(path):
    values = {"a": np.arange(600.0), "flags": np.array([True, False])}
    np.savez_compressed(path, **values)
    return values


@case("numpy/npy", path="array.npy", layout=False, names=False)
def npy(path):
    value = np.arange(6, dtype=">f8").reshape(2, 3)
    np.save(path, value)
    return value


def write_gguf(path, tensors, **writing):
    """`tensors` are (name, array, the quantised type or None)."""
    import gguf

    writer = gguf.GGUFWriter(path, "llama", **writing)
    writer.add_block_count(2)
    writer.add_name("测试")
    writer.add_array("tokenizer.ggml.tokens", ["<s>", "江", ""])
    writer.add_array("tokenizer.ggml.scores", [0.5, -1.0, 2.0])
    writer.add_uint64("torchsh.large", 2**63 + 1)
    writer.add_bool("torchsh.flag", True)
    for name, value, kind in tensors:
        writer.add_tensor(name, value, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@case("gguf/plain", path="model.gguf", layout=False, rewritable=True)
def gguf_plain(path):
    values = {
        "token_embd.weight": np.random.randn(8, 32).astype(np.float32),
        "norm.weight": np.random.randn(32).astype(np.float16),
        "wide": np.random.randn(3, 2, 5),
        "ids": np.arange(6, dtype=np.int32),
        "bytes": np.arange(-3, 3, dtype=np.int8),
        "shorts": np.arange(5, dtype=np.int16),
        "longs": np.arange(5, dtype=np.int64),
    }
    write_gguf(path, [(name, value, None) for name, value in values.items()])
    return {name: torch.from_numpy(value) for name, value in values.items()}


@case("gguf/bfloat16", path="model.gguf", layout=False, rewritable=True)
def gguf_bfloat16(path):
    import gguf

    value = torch.randn(4, 6).bfloat16()
    write_gguf(path, [("w", value.view(torch.uint8).numpy(), gguf.GGMLQuantizationType.BF16)])
    return {"w": value}


@case("gguf/big-alignment", path="model.gguf", layout=False)
def gguf_alignment(path):
    import gguf

    values = {name: np.random.randn(5).astype(np.float32) for name in "abc"}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_custom_alignment(128)
    for name, value in values.items():
        writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return values


def quantised(kind):
    """Random blocks of a type and what gguf makes of them, all finite: the sign of a NaN is not told by any format."""
    import gguf

    block, size = gguf.GGML_QUANT_SIZES[kind]
    values = np.random.randn(3, 2 * block).astype(np.float32)
    try:
        blocks = gguf.quants.quantize(values, kind)
    except NotImplementedError:
        values = np.full(1, np.nan)
        while not np.isfinite(values).all():
            blocks = np.random.randint(0, 256, (3, 2 * size), dtype=np.uint8)
            values = gguf.quants.dequantize(blocks, kind)
    return blocks, gguf.quants.dequantize(blocks, kind)


def quantised_cases():
    """A case for every type of blocks that the library itself can unfold."""
    import gguf

    plain = ("F16", "F32", "F64", "BF16", "I8", "I16", "I32", "I64")
    for kind in gguf.GGMLQuantizationType:
        if kind.name not in plain and kind in gguf.quants._type_traits:

            @case(f"gguf/{kind.name}", path="model.gguf", layout=False, rewritable=True)
            def one(path, kind=kind):
                blocks, values = quantised(kind)
                write_gguf(path, [("norm", np.ones(3, np.float32), None), ("w", blocks, kind)])
                return {"norm": torch.ones(3), "w": torch.from_numpy(values)}


quantised_cases()


class Scripted(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x):
        return self.norm(self.linear(x))


@case("torchscript/scripted")
def scripted(path):
    module = torch.jit.script(Scripted())
    module.save(path)
    return dict(module.state_dict())


@case("torchscript/traced")
def traced(path):
    module = torch.jit.trace(Scripted().eval(), torch.randn(4, 3))
    module.save(path)
    return dict(module.state_dict())


@case("pt2/exported", path="model.pt2", layout=False)
def exported(path):
    module = Scripted().eval()
    program = torch.export.export(module, (torch.randn(4, 3),))
    torch.export.save(program, path)
    return dict(program.state_dict)


@case("dcp/folder", layout=False)
def distributed(path):
    import torch.distributed.checkpoint as dcp

    folder = os.path.join(os.path.dirname(path), "checkpoint")
    values = {"model": dict(state()), "step": torch.tensor(5)}
    dcp.save(values, checkpoint_id=folder, no_dist=True)
    return folder, values
