"""Files of torchsh's own making: its models, shards and tied weights, read by the libraries that know them."""

import functools
import os
import shutil

import hubs
import numpy as np
import torch
from registry import Ours, case
from torch import nn

FAMILIES = "alexnet densenet121 googlenet mobilenet_v2 mobilenet_v3_small resnet18 resnext50_32x4d squeezenet1_1".split()


def zoo_reads(name, path):
    """Every key is there and fits, which `load_state_dict` is strict about."""
    import torchvision.models as models

    with torch.device("meta"):
        model = models.get_model(name, weights=None, num_classes=3)
    model.load_state_dict(torch.load(path, weights_only=True), assign=True)
    return dict(model.state_dict())


def zoo_cases():
    for name in FAMILIES:
        program = f"import torchvision\nm = torchvision.models.{name}(num_classes=3).state_dict()"
        case(f"ours/torchvision-{name}")(lambda path, name=name, program=program: Ours(program, functools.partial(zoo_reads, name)))


zoo_cases()

MODULES = {
    "transformer": "nn.Transformer(8, 2, 1, 1, 16)",
    "lstm": "nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2)",
    "attention": "nn.MultiheadAttention(8, 2, kdim=4, vdim=6)",
    "norms": "nn.Sequential(nn.BatchNorm2d(3), nn.GroupNorm(1, 3), nn.LayerNorm(4), nn.InstanceNorm1d(2, track_running_stats=True))",
    "convolutions": "nn.ModuleDict({'a': nn.ConvTranspose2d(3, 4, 2), 'b': nn.Conv3d(1, 2, 3, groups=1, bias=False)})",
    "embedding": "nn.Sequential(nn.Embedding(5, 4, padding_idx=0), nn.EmbeddingBag(3, 2), nn.Bilinear(2, 3, 4))",
    "weight-norm": "nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))",
}


def module_cases():
    for name, expression in MODULES.items():

        def reads(path, expression=expression):
            model = eval(expression, {"nn": nn})
            model.load_state_dict(torch.load(path, weights_only=True))
            return dict(model.state_dict())

        case(f"ours/module-{name}")(lambda path, expression=expression, reads=reads: Ours(f"m = ({expression}).state_dict()", reads))


module_cases()

DTYPES = (
    "bool uint8 int8 int16 int32 int64 uint16 uint32 uint64 float16 bfloat16 float32 float64 float8_e4m3fn float8_e5m2 complex64".split()
)
TENSORS = "m = {name: torch.arange(6).reshape(2, 3).to(getattr(torch, name)) for name in %r}" % (DTYPES,)


def safetensors_reads(path):
    from safetensors.torch import load_file

    return load_file(path)


def safetensors_header(path):
    """By the library's other door, which is told the metadata too."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        assert file.metadata() == {"format": "pt", "作者": "我"}, file.metadata()
        return {name: file.get_tensor(name) for name in file.keys()}


def numpy_reads(path):
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


@case("ours/dtypes.pt")
def dtypes_pt(path):
    return Ours(TENSORS, functools.partial(torch.load, weights_only=True))


@case("ours/dtypes.safetensors")
def dtypes_safetensors(path):
    return Ours(TENSORS, safetensors_reads, "model.safetensors")


@case("ours/metadata.safetensors")
def metadata(path):
    return Ours(TENSORS, safetensors_header, "model.safetensors", ", metadata={'format': 'pt', '作者': '我'}")


@case("ours/dtypes.npz")
def dtypes_npz(path):
    return Ours(
        "m = {'a': torch.randn(2, 3), 'b': torch.arange(3), 'c': torch.ones(2, dtype=torch.complex64), 'd': torch.ones(4).bool()}",
        numpy_reads,
        "m.npz",
    )


def shards_read(model, path):
    """Every shard of a folder, as from_pretrained finds them through the index."""
    folder, beside = os.path.dirname(path), path + ".hub"
    os.mkdir(beside)
    model.config.save_pretrained(beside)
    for name in os.listdir(folder):
        if name.startswith("model") and ".safetensors" in name and not name.endswith(".hub"):
            shutil.copy(os.path.join(folder, name), beside)
    assert len(os.listdir(beside)) > 3, os.listdir(beside)
    found, said = type(model).from_pretrained(beside, output_loading_info=True)
    assert not any(said.values()), said
    return dict(found.state_dict())


@case("ours/shards")
def shards(path):
    """A BERT by transformers, put into shards by torchsh, read by transformers."""
    from safetensors.torch import save_file

    model = hubs.bert()
    source = os.path.join(os.path.dirname(path), "source.safetensors")
    save_file(model.state_dict(), source)
    return Ours(f"m = load({source!r})", functools.partial(shards_read, model), "model.safetensors", ", max_shard_size='10KB'")


@case("ours/tied.safetensors")
def tied(path):
    """The library's load_model puts both names of a tied weight back."""
    from safetensors.torch import load_model

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.head = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
            self.head.weight = self.embedding.weight

    def reads(file):
        model = Tied()
        missing, unexpected = load_model(model, file)
        assert not missing and not unexpected, (missing, unexpected)
        return dict(model.state_dict())

    return Ours("w = torch.randn(5, 4)\nm = {'embedding.weight': w, 'head.weight': w}", reads, "model.safetensors")


@case("ours/optimizer")
def optimizer(path):
    """An AdamW that torchsh trained goes on in PyTorch."""
    program = """
model = nn.Linear(3, 2)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
model(torch.ones(4, 3)).sum().backward()
optimizer.step()
m = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
"""

    def reads(file):
        held = torch.load(file, weights_only=True)
        model = nn.Linear(3, 2)
        fresh = torch.optim.AdamW(model.parameters())
        fresh.load_state_dict(held["optimizer"])
        model.load_state_dict(held["model"])
        assert fresh.param_groups[0]["lr"] == 0.01
        return {"model": dict(model.state_dict()), "optimizer": fresh.state_dict()}

    return Ours(program, reads)


@case("ours/dcp")
def checkpoint_folder(path):
    """A folder that torchsh's torch.distributed.checkpoint wrote, by the real one's two doors."""
    import torch.distributed.checkpoint as dcp
    from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

    folder = os.path.join(os.path.dirname(path), "folder")
    program = f"""
import torch.distributed.checkpoint as dcp
m = {{"model": nn.Linear(3, 2).state_dict(), "half": torch.ones(2, 2).bfloat16(), "list": [torch.arange(3), torch.zeros(0, 2)]}}
dcp.save({{**m, "epoch": 3, "groups": [{{"lr": 0.1, "params": [0]}}]}}, checkpoint_id={folder!r})
"""

    def reads(file):
        again = os.path.join(os.path.dirname(path), "again.pt")
        dcp_to_torch_save(folder, again)
        held = torch.load(again, weights_only=False)
        assert held.pop("epoch") == 3 and held.pop("groups") == [{"lr": 0.1, "params": [0]}]
        target = {"model": nn.Linear(3, 2).state_dict(), "epoch": 0}
        dcp.load(target, checkpoint_id=folder)
        assert target["epoch"] == 3 and torch.equal(target["model"]["weight"], held["model"]["weight"])
        return held

    return Ours(program, reads)


@case("ours/pickle-protocols")
def pickle_protocols(path):
    """Python reads every protocol that torchsh's pickle writes."""
    import pickle

    folder = os.path.dirname(path)
    program = f"""
import pickle
m = {{"w": torch.arange(4.0), "h": torch.ones(2, dtype=torch.float16)}}
value = {{"tensors": m, "set": {{1, "a"}}, "frozen": frozenset([2]), "bytes": bytes(range(256)) * 300, "text": "ä" * 400, "array": np.arange(3), "big": -2**70,
         "z": complex(1, 2), "nested": [[], (), ((1,), {{}}), bytearray(b"x"), True, None, 1.5, range(3), ValueError("no")], "kind": OSError}}
for protocol in range(6):
    pickle.dump(value, open({folder!r} + f"/{{protocol}}.pkl", "wb"), protocol=protocol)
"""

    def reads(file):
        for protocol in range(6):
            with open(os.path.join(folder, f"{protocol}.pkl"), "rb") as pickled:
                held = pickle.load(pickled)
            assert held["set"] == {1, "a"} and held["frozen"] == frozenset([2]) and held["big"] == -(2**70) and held["z"] == 1 + 2j
            assert held["bytes"] == bytes(range(256)) * 300 and held["text"] == "ä" * 400 and held["array"].tolist() == [0, 1, 2]
            assert held["nested"][:8] == [[], (), ((1,), {}), bytearray(b"x"), True, None, 1.5, range(3)] and held["kind"] is OSError
            assert held["nested"][8].args == ("no",)
        return held["tensors"]

    return Ours(program, reads)
