"""Files of other formats: safetensors, numpy, GGUF, TorchScript, torch.export, distributed checkpoints."""

import io
import os
import zipfile

import numpy as np
import torch
from registry import Written, case
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


@case("numpy/npz-records", path="arrays.npz", layout=False)
def npz_records(path):
    """Arrays that are not tensors stay arrays, whatever their records are made of."""
    deep = [("x", "<f4"), ("y", "<i2", (3,)), ("z", [("a", "?"), ("b", "U3")])]
    values = {
        "deep": np.zeros(3, deep),
        "two": np.zeros(2, [("x", "<i2")]),
        "padded": np.zeros(2, np.dtype([("a", "u1"), ("b", "f8")], align=True)),
        "titled": np.zeros(2, [(("title", "name"), "<f8")]),
        "words": np.array(["a", "江苏"]),
        "days": np.array(["2020-01-01"], "M8[D]"),
        "big": np.arange(6, dtype=">c8").reshape(2, 3),
        "scalar": np.array(5),
        "empty": np.zeros((0, 3)),
    }
    np.savez(path, **values)
    return values


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


class Branching(nn.Module):
    """Lists and dictionaries of modules, constants, a buffer that is not persistent, shared weights."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])
        self.named = nn.ModuleDict({"a": nn.LSTM(3, 2)})
        self.tied = self.parts[0]
        self.register_buffer("fleeting", torch.ones(2), persistent=False)
        self.scale: float = 0.5
        self.plain = torch.ones(7)
        self.several = [torch.ones(5)]

    def forward(self, x):
        for part in self.parts:
            x = part(x) * self.scale
        return self.named["a"](x)[0] + self.tied(x).sum() + self.fleeting.sum() + self.plain.sum() + self.several[0].sum()


@case("torchscript/branching")
def branching(path):
    module = torch.jit.script(Branching())
    module.save(path, _extra_files={"note.txt": "kept"})
    return dict(module.state_dict())


@case("torchscript/frozen", names=False)
def frozen(path):
    """The weights of a frozen module are constants of its code."""
    module = torch.jit.freeze(torch.jit.script(Scripted().eval()))
    module.save(path)
    constants = (
        [node.t("value") for node in module.graph.nodes() if node.kind() == "prim::Constant" and node.kindOf("value") == "t"]
        if module.graph
        else []
    )
    return constants


@case("torchscript/half")
def scripted_half(path):
    module = torch.jit.trace(nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)).bfloat16(), torch.randn(2, 3).bfloat16())
    module.save(path)
    return dict(module.state_dict())


@case("torchscript/old-format")
def scripted_through_save(path):
    """A scripted module by way of a buffer, and its state_dict by way of torch.save."""
    module = torch.jit.script(Scripted())
    beside = os.path.join(os.path.dirname(path), "state.pt")
    torch.save(module.state_dict(), beside)
    with open(path, "wb") as file:
        torch.jit.save(module, file)
    return [Written(path=path, holds=dict(module.state_dict())), Written(path=beside, holds=dict(module.state_dict()), rewritable=True)]


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


@case("pt2/tied-and-buffers", path="model.pt2", layout=False)
def exported_tied(path):
    program = torch.export.export(Branching().eval(), (torch.randn(4, 3),))
    torch.export.save(program, path)
    return dict(program.state_dict)


@case("pt2/dynamic-bfloat16", path="model.pt2", layout=False)
def exported_dynamic(path):
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).bfloat16()
    shapes = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(module, (torch.randn(4, 3).bfloat16(),), dynamic_shapes=shapes)
    torch.export.save(program, path)
    return dict(program.state_dict)


@case("pt2/before-2.8", path="model.pt2", layout=False)
def exported_before(path):
    """The archive of 2.1 to 2.7, put together as those versions do, and the one of 2.8."""
    program = torch.export.export(Scripted().eval(), (torch.randn(4, 3),))
    state, later = io.BytesIO(), os.path.join(os.path.dirname(path), "later.pt2")
    torch.save(program.state_dict, state)
    parts = {path: "serialized_state_dict.pt", later: "later/data/weights/model.pt"}
    for file, part in parts.items():
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("version", "6.1")
            archive.writestr(part, state.getvalue())
    return [Written(path=file, holds=dict(program.state_dict), layout=False) for file in parts]


@case("package/pickles")
def packaged(path):
    """Archives of torch.package: of one pickle, and of several."""
    from torch.package import PackageExporter, PackageImporter

    several = os.path.join(os.path.dirname(path), "several.pt")
    with PackageExporter(path) as exporter:
        exporter.extern("**")
        exporter.save_pickle("model", "model.pkl", {"weights": torch.arange(6.0).reshape(2, 3).t(), "layer": nn.Linear(2, 2)})
    with PackageExporter(several) as exporter:
        exporter.extern("**")
        exporter.save_pickle("model", "model.pkl", nn.Linear(2, 2))
        exporter.save_pickle("data", "numbers.pkl", [torch.arange(3)])
    stored = [("model", "model.pkl"), ("data", "numbers.pkl")]
    both = {"/".join(names): PackageImporter(several).load_pickle(*names) for names in stored}
    return [Written(path=path, holds=PackageImporter(path).load_pickle("model", "model.pkl")), Written(path=several, holds=both)]


@case("sharded/other-folders", layout=False)
def other_folders(path):
    """Shards in a folder of their own, shards without an index, and a pipeline of models."""
    import json

    from safetensors.torch import save_file

    folders = [os.path.join(os.path.dirname(path), name) for name in ("beneath", "numbered", "pipeline")]
    beneath, together, pipeline = folders
    halves = {"a": torch.ones(2), "b": torch.zeros(3)}
    for folder in (f"{beneath}/parts", together, f"{pipeline}/unet", f"{pipeline}/vae"):
        os.makedirs(folder)
    for number, (name, value) in enumerate(halves.items(), 1):
        save_file({name: value}, f"{beneath}/parts/{number}.safetensors")
        torch.save({name: value}, f"{together}/pytorch_model-0000{number}-of-00002.bin")
    with open(f"{beneath}/model.safetensors.index.json", "w") as file:
        json.dump({"weight_map": {"a": "parts/1.safetensors", "b": "parts/2.safetensors"}}, file)
    save_file(halves, f"{pipeline}/unet/diffusion_pytorch_model.safetensors")
    save_file(halves, f"{pipeline}/vae/diffusion_pytorch_model.safetensors")
    both = {"unet": halves, "vae": halves}
    return [Written(path=folder, holds=holds, layout=False) for folder, holds in zip(folders, (halves, halves, both))]


def zero_files(folder, stage, ranks, groups, frozen, buffers):
    """A ZeRO checkpoint as DeepSpeed lays it out: each rank has a stretch of every group, or (stage 3) of every parameter."""
    os.makedirs(folder)

    def parted(tensor, unit):
        flat = tensor.reshape(-1)
        return torch.nn.functional.pad(flat, (0, -flat.numel() % unit)).chunk(ranks)

    shapes = [{name: value.shape for name, value in group.items()} for group in groups]
    about = {"buffer_names": list(buffers), "param_shapes": shapes, "shared_params": {"tied": "a.weight"}}
    about["frozen_param_shapes"] = {name: value.shape for name, value in frozen.items()}
    for rank in range(ranks):
        if stage == 3:
            flats = [torch.cat([parted(value, ranks)[rank] for value in group.values()]) for group in groups]
            optimizer = {"zero_stage": 3, "partition_count": ranks, "fp32_flat_groups": flats}
            fragments = {name: parted(value, ranks)[rank].clone() for name, value in frozen.items()}
            module, file = buffers, f"zero_pp_rank_{rank}_mp_rank_00_model_states.pt"
        else:
            joined = [torch.cat([value.reshape(-1) for value in group.values()]) for group in groups]
            flats = [parted(value, 2 * ranks)[rank].clone() for value in joined]
            optimizer = {"zero_stage": stage, "partition_count": [ranks] * len(groups), "single_partition_of_fp32_groups": flats}
            fragments, module, file = frozen, buffers | frozen, "mp_rank_00_model_states.pt"
        torch.save({"optimizer_state_dict": optimizer}, f"{folder}/bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt")
        torch.save(about | {"module": module, "frozen_param_fragments": fragments}, f"{folder}/{file}")


@case("deepspeed/zero")
def zero(path):
    groups = [{"a.weight": torch.randn(5, 7), "b.weight": torch.randn(3)}, {"a.bias": torch.randn(7), "scale": torch.randn(())}]
    frozen = {"f.weight": torch.randn(3, 5).bfloat16(), "f.bias": torch.randn(7).bfloat16()}
    buffers = {"norm.running_mean": torch.randn(4), "norm.num_batches_tracked": torch.tensor(7)}
    whole = groups[0] | groups[1] | frozen | buffers | {"tied": groups[0]["a.weight"]}
    files = []
    for stage in (1, 2, 3):
        for ranks in (1, 3):
            folder = os.path.join(os.path.dirname(path), f"stage-{stage}-of-{ranks}")
            zero_files(folder, stage, ranks, groups, frozen, buffers)
            files.append(Written(path=folder, holds=whole, layout=False))
    return files


@case("dcp/folder", layout=False)
def distributed(path):
    import torch.distributed.checkpoint as dcp

    folder = os.path.join(os.path.dirname(path), "checkpoint")
    values = {"model": dict(state()), "step": torch.tensor(5)}
    dcp.save(values, checkpoint_id=folder, no_dist=True)
    return folder, values


@case("dcp/model-and-optimizer", layout=False)
def distributed_training(path):
    """What get_state_dict gives: names with dots in them, lists, numbers, tensors of every kind."""
    import torch.distributed.checkpoint as dcp
    from torch.distributed.checkpoint.state_dict import get_state_dict

    folder = os.path.join(os.path.dirname(path), "checkpoint")
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    weights, moments = get_state_dict(model, optimizer)
    values = {
        "app": {"model": weights, "optimizer": moments},
        "scalars": [1, 2.5],
        "half": torch.randn(3).half(),
        "view": torch.randn(4, 6)[:, ::2],
    }
    dcp.save(values, checkpoint_id=folder, no_dist=True)
    tensors = {"app": values["app"], "half": values["half"], "view": values["view"]}
    again = os.path.join(os.path.dirname(path), "joined.pt")
    from torch.distributed.checkpoint.format_utils import dcp_to_torch_save, torch_save_to_dcp

    dcp_to_torch_save(folder, again)
    joined = torch.load(again, weights_only=False)
    torch_save_to_dcp(again, os.path.join(os.path.dirname(path), "resaved"))
    resaved = os.path.join(os.path.dirname(path), "resaved")
    return [
        Written(path=folder, holds=tensors, layout=False),
        Written(path=again, holds=joined),
        Written(path=resaved, holds=tensors, layout=False),
    ]


def rank_of_two(rank, folder):
    """One of two processes that save a model of which each holds half."""
    import torch.distributed as dist
    import torch.distributed.checkpoint as dcp
    from torch.distributed.tensor import Replicate, Shard, distribute_tensor, init_device_mesh

    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2)
    mesh = init_device_mesh("cpu", (2,))
    whole = halves()
    placed = {
        "rows": distribute_tensor(whole["rows"], mesh, [Shard(0)]),
        "columns": distribute_tensor(whole["columns"], mesh, [Shard(1)]),
        "uneven": distribute_tensor(whole["uneven"], mesh, [Shard(0)]),
        "everywhere": distribute_tensor(whole["everywhere"], mesh, [Replicate()]),
    }
    dcp.save({"model": placed, "step": 3}, checkpoint_id=os.path.join(folder, "checkpoint"))
    dist.destroy_process_group()


def halves():
    shapes = {"rows": (4, 3), "columns": (3, 4), "uneven": (5, 2), "everywhere": (2,)}
    return {name: torch.arange(float(np.prod(shape))).reshape(shape) + 0.5 for name, shape in shapes.items()}


@case("dcp/two-processes", layout=False)
def distributed_sharded(path):
    folder = os.path.dirname(path)
    torch.multiprocessing.spawn(rank_of_two, (folder,), nprocs=2)
    return os.path.join(folder, "checkpoint"), {"model": halves()}
