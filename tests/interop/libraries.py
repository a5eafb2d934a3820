"""Libraries that keep weights in objects or layouts of their own: torchao, DeepSpeed, sharded tensors, quantized layouts, timm."""

import collections
import dataclasses
import enum
import functools
import json
import os
import subprocess
import sys
import types

import numpy as np
import torch
from registry import Told, Written, case
from torch import nn


def quantized(config):
    import torchao.quantization as quantization

    model = nn.Sequential(nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 16)).bfloat16()
    quantization.quantize_(model, getattr(quantization, config)())
    return model


def same_weights(values, path):
    """torchao reads what torchsh wrote as it reads the original: the same classes, the same numbers."""
    found, words = torch.load(path, weights_only=False), []
    for name, value in values.items():
        if type(found[name]) is not type(value):
            words.append(f"{name} is a {type(found[name])}, not a {type(value)}")
        elif not torch.equal(torch.as_tensor(dense(found[name])), torch.as_tensor(dense(value))):
            words.append(f"{name} has other numbers")
    return words


def dense(value):
    return value.dequantize() if hasattr(value, "dequantize") and type(value) is not nn.Parameter else value


@case("torchao/weights")
def torchao_weights(path):
    """Tensors of a subclass without elements of its own, which torch.save writes as a call with their parts."""
    written = []
    for config in ("Int8WeightOnlyConfig", "Int8DynamicActivationInt8WeightConfig", "Float8WeightOnlyConfig"):
        target = os.path.join(os.path.dirname(path), f"{config}.pt")
        values = quantized(config).state_dict()
        torch.save(values, target)
        weight = values["0.weight"]
        asks = (
            "list(p)",
            "p['0.weight'].shape",
            "p['0.weight'].dtype",
            "p['0.weight'].numel()",
            "p['0.weight'].size(1)",
            "p['0.weight'].qdata.dtype",
        )
        assert weight.shape == (16, 32)
        written.append(Written(path=target, holds=values, asks=asks, again=functools.partial(same_weights, values)))
    return written


ZERO = """
import os, sys
os.environ.update(DS_ACCELERATOR="cpu", DS_BUILD_OPS="0")
import torch
from torch import nn

class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.randn(7))
        self.register_buffer("count", torch.tensor([7]))
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return (x - self.mean.to(x.dtype)) * self.scale

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.norm, self.b, self.tied = nn.Linear(5, 7), Norm(), nn.Linear(7, 7, bias=False), nn.Linear(7, 7, bias=False)
        self.tied.weight = self.b.weight
        self.frozen = nn.Linear(7, 3).requires_grad_(False)

    def forward(self, x):
        return self.frozen(self.tied(self.b(self.norm(self.a(x)))))

def work(rank, world, folder):
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world))
    torch.manual_seed(0)
    import deepspeed
    # Nothing is compiled: what every operator has in Python does.
    deepspeed.ops.__compatible_ops__.update(dict.fromkeys(deepspeed.ops.__compatible_ops__, False))
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world)
    deepspeed.init_distributed("gloo", verbose=False)
    for stage, kind in ((1, "bf16"), (2, "fp32"), (3, "fp32")) if world == 1 else ((2, "bf16"), (3, "bf16")):
        net = Net()
        trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
        groups = [{"params": [p for p in trained if p.ndim > 1]}, {"params": [p for p in trained if p.ndim == 1]}]
        config = {
            "train_micro_batch_size_per_gpu": 4,
            "zero_optimization": {"stage": stage},
            "zero_force_ds_cpu_optimizer": False,
            "zero_allow_untested_optimizer": True,
        }
        dtype = torch.float32
        if kind == "bf16":
            config["bf16"], dtype = {"enabled": True}, torch.bfloat16
        engine, *_ = deepspeed.initialize(model=net, optimizer=torch.optim.AdamW(groups, lr=0.01), config=config)
        for _ in range(2):
            engine.backward(engine(torch.randn(4, 5).to(dtype)).float().sum())
            engine.step()
        engine.save_checkpoint(f"{folder}/stage-{stage}-{kind}", tag="step2", client_state={"epoch": 3})
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()

if __name__ == "__main__":
    world, folder = int(sys.argv[2]), sys.argv[1]
    if world == 1:
        work(0, 1, folder)
    else:
        torch.multiprocessing.spawn(work, (world, folder), nprocs=world)
"""


def zero(path, world):
    """What DeepSpeed's own script makes of its checkpoints."""
    os.environ.update(DS_ACCELERATOR="cpu", DS_BUILD_OPS="0")
    from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint

    folder = os.path.dirname(path)
    program = os.path.join(folder, "train.py")
    with open(program, "w") as file:
        file.write(ZERO)
    done = subprocess.run([sys.executable, program, folder, str(world)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    stages = sorted(name for name in os.listdir(folder) if name.startswith("stage-"))
    assert len(stages) == (3 if world == 1 else 2), stages
    return [
        Written(path=os.path.join(folder, name), holds=dict(get_fp32_state_dict_from_zero_checkpoint(os.path.join(folder, name))), layout=False)
        for name in stages
    ]


@case("deepspeed/one-process")
def zero_of_one(path):
    return zero(path, 1)


@case("deepspeed/two-processes")
def zero_of_two(path):
    return zero(path, 2)


def shards_of(whole):
    """Both halves of a tensor, as one process holds them that has both."""
    from torch.distributed._shard.metadata import ShardMetadata
    from torch.distributed._shard.sharded_tensor import Shard

    half = whole.shape[0] // 2
    places = [(0, half), (half, whole.shape[0] - half)]
    about = [ShardMetadata([start, 0], [length, whole.shape[1]], "rank:0/cpu") for start, length in places]
    return [Shard(whole[start : start + length].clone(), metadata) for (start, length), metadata in zip(places, about)]


def meet(folder, rank=0, world=1):
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world)


@case("sharded-tensor/torch-save")
def sharded_in_a_file(path):
    """Shards that are all there are the tensor, whatever their number."""
    from torch.distributed._shard.sharded_tensor import init_from_local_shards

    meet(os.path.dirname(path))
    one, two = torch.arange(12.0).reshape(4, 3), torch.randn(5, 2)
    values = {
        "one": init_from_local_shards(shards_of(one)[:1] and [whole_shard(one)], *one.shape),
        "two": init_from_local_shards(shards_of(two), *two.shape),
    }
    torch.save(values, path)
    torch.distributed.destroy_process_group()
    return [Written(path=path, holds={"one": one, "two": two}, layout=False, asks=("p['two'][4]", "p['one'].shape"))]


def whole_shard(tensor):
    from torch.distributed._shard.metadata import ShardMetadata
    from torch.distributed._shard.sharded_tensor import Shard

    return Shard(tensor.clone(), ShardMetadata([0, 0], list(tensor.shape), "rank:0/cpu"))


@case("sharded-tensor/dcp", layout=False)
def sharded_in_a_folder(path):
    import torch.distributed.checkpoint as dcp
    from torch.distributed._shard.sharded_tensor import init_from_local_shards
    from torch.distributed.tensor import Shard, distribute_tensor, init_device_mesh

    folder = os.path.dirname(path)
    meet(folder)
    two, placed = torch.randn(5, 2), torch.randn(4, 3)
    values = {
        "shards": init_from_local_shards(shards_of(two), *two.shape),
        "placed": distribute_tensor(placed, init_device_mesh("cpu", (1,)), [Shard(0)]),
        "step": 3,
    }
    dcp.save({"model": values}, checkpoint_id=os.path.join(folder, "checkpoint"))
    torch.distributed.destroy_process_group()
    return os.path.join(folder, "checkpoint"), {"model": {"shards": two, "placed": placed}}


@case("bitsandbytes/layouts", path="model.safetensors", rewritable=True)
def bitsandbytes(path):
    """The published layout of 4-bit and 8-bit layers. Made with plain torch: the library's kernels want a GPU."""
    from safetensors.torch import save_file

    about = b'{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [8, 16]}'
    values = {
        "q.weight": torch.randint(0, 256, (64, 1), dtype=torch.uint8),
        "q.weight.absmax": torch.randint(0, 256, (2,), dtype=torch.uint8),
        "q.weight.nested_absmax": torch.rand(1),
        "q.weight.nested_quant_map": torch.linspace(-1, 1, 256),
        "q.weight.quant_map": torch.linspace(-1, 1, 16),
        "q.weight.quant_state.bitsandbytes__nf4": torch.tensor(list(about), dtype=torch.uint8),
        "k.weight": torch.randint(-127, 128, (8, 16), dtype=torch.int8),
        "k.SCB": torch.rand(8),
        "k.weight_format": torch.tensor(0, dtype=torch.uint8),
    }
    save_file(values, path)
    return values


@case("awq/layouts", path="model.safetensors", rewritable=True)
def awq(path):
    """AWQ's and GPTQ's published layouts: eight 4-bit numbers in an int32. Made with plain torch, as above."""
    from safetensors.torch import save_file

    packed = functools.partial(torch.randint, -(2**31), 2**31 - 1, dtype=torch.int32)
    values = {
        "awq.qweight": packed(size=(128, 4)),
        "awq.qzeros": packed(size=(1, 4)),
        "awq.scales": torch.rand(1, 32).half(),
        "gptq.qweight": packed(size=(16, 32)),
        "gptq.qzeros": packed(size=(1, 4)),
        "gptq.scales": torch.rand(1, 32).half(),
        "gptq.g_idx": torch.zeros(128, dtype=torch.int32),
    }
    save_file(values, path, metadata={"format": "pt"})
    return values


@case("timm/whole")
def timm_whole(path):
    """A model saved whole, whose library is not there: every way to its weights gives all of them."""
    import timm

    model = timm.create_model("test_vit", num_classes=3)
    torch.save({"model": model, "epoch": 1}, path)
    asks = (
        "len(p['model'].state_dict())",
        "len(p['model'].half().state_dict())",
        "len(p['model'].to('cpu').eval().requires_grad_(False).state_dict())",
        "len(p['model'].float().apply(lambda module: None).state_dict())",
        "p['model'].train() is p['model']",
        "len(list(p['model'].named_parameters()))",
        "sum(value.numel() for value in p['model'].parameters())",
        "[name for name, _ in p['model'].named_children()]",
        "str(p['model'].patch_embed)",
    )
    return [Written(path=path, holds={"model": model, "epoch": 1}, asks=asks)]


@case("einops/module")
def einops_module(path):
    """A module without tensors whose class leaves out of its pickle what every module has."""
    from einops.layers.torch import Rearrange

    model = nn.Sequential(nn.Linear(4, 4), Rearrange("b (h w) -> b h w", h=2), nn.LayerNorm(2))
    torch.save(model, path)
    asks = ("list(p.state_dict())", "len(list(p.modules()))", "p[1].pattern", "p.half()[0].weight.dtype", "p[1].training")
    same = lambda again: [] if torch.load(again, weights_only=False)[1].axes_lengths == {"h": 2} else ["h is lost"]
    return [Written(path=path, holds=model, asks=asks, again=same)]


@case("looked-into")
def looked_into(_):
    """Objects of other libraries that hold tensors: verbs that look show them, under names that lead there."""

    def differences(torchsh, folder):
        from tensordict import TensorDict
        from torch_geometric.data import Data

        inner = TensorDict({"c": torch.ones(3)}, [3])
        torch.save(TensorDict({"a": torch.zeros(3, 2), "b": inner}, [3]), os.path.join(folder, "nested.pt"))
        edges = torch.tensor([[0, 1], [1, 2]])
        torch.save([Data(x=torch.zeros(3, 3), edge_index=edges)] * 2, os.path.join(folder, "graphs.pt"))
        words = []
        for name, keys in [
            ("nested.pt", ["a", "b.c"]),
            ("graphs.pt", [f"[{i}]._store._mapping.{key}" for i in range(2) for key in ("x", "edge_index")]),
        ]:
            line = f"describe load({name!r})"
            done = subprocess.run([torchsh, "--format", "json", "-c", line], cwd=folder, text=True, capture_output=True)
            found = [entry["key"] for entry in json.loads(done.stdout or "{}").get("entries", []) if "shape" in entry]
            words += [] if found == keys else [f"{name}: {found}, not {keys}; {done.stderr}"]
        return words

    return Told(differences)


def gone():
    """A package that is there when it writes and nowhere when its file is read."""
    module = types.ModuleType("a_package_that_is_gone")
    sys.modules[module.__name__] = module
    source = '''
import collections, dataclasses, enum, torch
from torch import nn

class Head(nn.Linear):
    pass

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), Head(4, 4), nn.BatchNorm1d(4))
        self.heads = nn.ModuleDict({"a.b".replace(".", "_"): Head(4, 2), "c": Head(4, 2)})

class Kind(enum.Enum):
    SMALL = "small"

class Level(enum.IntEnum):
    HIGH = 3

@dataclasses.dataclass
class Settings:
    width: int = 4
    kind: Kind = Kind.SMALL

@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    width: int = 4
    name: str = "x"

class Registry(collections.OrderedDict):
    pass

class Slotted:
    __slots__ = ("left", "right")
    def __init__(self):
        self.left, self.right = 1, torch.ones(2)
    def __eq__(self, other):
        return self.left == other.left and torch.equal(self.right, other.right)

class Keyworded:
    def __new__(cls, *args, **keywords):
        made = super().__new__(cls)
        made.given = (args, keywords)
        return made
    def __getnewargs_ex__(self):
        return self.given
    def __getstate__(self):
        return None
    def __eq__(self, other):
        return self.given == other.given

def set_state(made, state):
    made.__dict__.update(state, by_function=True)

class BySetter:
    def __reduce__(self):
        return BySetter, (), {"seen": 5}, None, None, set_state

class Tupled:
    def __init__(self):
        self.parts, self.seven = (1, "b"), 7
    def __getstate__(self):
        return (self.parts, 7)
    def __setstate__(self, state):
        self.parts, self.seven = state

class Labelled(torch.Tensor):
    pass

def double(x):
    return 2 * x
'''
    exec(source, module.__dict__)
    return module


def written_again(check, path):
    """Real Python, which has the package, reads what torchsh wrote."""
    gone()
    found = torch.load(path, weights_only=False)
    return check(found)


@case("gone/model")
def gone_model(path):
    package = gone()
    model = package.Net()
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    torch.save({"model": model, "plain": nn.Sequential(nn.Linear(2, 2), package.Head(2, 2))}, path)
    count = len(weights)

    def check(found):
        words = [] if type(found["model"]).__name__ == "Net" else ["the class is another"]
        state = found["model"].state_dict()
        return words + [name for name, value in weights.items() if not torch.equal(state[name], value)]

    asks = (
        "len(p['model'].state_dict())",
        "len(p['plain'].state_dict())",
        "list(p['model'].eval().heads.c.state_dict())",
        "len(p['model'].load_state_dict(p['model'].state_dict()).missing_keys)",
        "p['model'].float() is p['model']",
    )
    assert count == 13, count
    holds = {"model": model, "plain": torch.load(path, weights_only=False)["plain"]}
    return [Written(path=path, holds=holds, asks=asks, again=functools.partial(written_again, check))]


@case("gone/objects", names=False)
def gone_objects(path):
    """Objects of every way that pickle has, of classes that are not there: written again, the package reads them as before."""
    package = gone()
    labelled = torch.arange(3.0).as_subclass(package.Labelled)
    labelled.label = "a"
    values = {
        "kind": package.Kind.SMALL,
        "level": package.Level.HIGH,
        "settings": package.Settings(),
        "frozen": package.Frozen(),
        "registry": package.Registry(a=torch.ones(2)),
        "slotted": package.Slotted(),
        "keyworded": package.Keyworded(1, b=2),
        "tupled": package.Tupled(),
        "partial": functools.partial(package.double, 3),
        "scalars": [np.float32(1.5), np.int64(7), np.bool_(True), np.float16(0.1)],
        "counter": collections.Counter("aab"),
        "dtype": torch.bfloat16,
        "size": torch.Size([2, 3]),
    }
    extra = {"setter": package.BySetter(), "labelled": labelled}
    torch.save(values | extra, path)

    def check(found):
        words = [f"{name}: {found[name]!r}, not {value!r}" for name, value in values.items() if not alike(found[name], value)]
        words += [] if found["setter"].__dict__ == {"seen": 5, "by_function": True} else [f"setter: {found['setter'].__dict__}"]
        kept = found["labelled"]
        good = type(kept).__name__ == "Labelled" and kept.label == "a" and kept.tolist() == [0, 1, 2]
        return words if good else [*words, f"labelled: {kept!r}"]

    holds = {"registry": dict(values["registry"]), "right": values["slotted"].right, "labelled": torch.arange(3.0)}
    return [Written(path=path, holds=holds, names=False, again=functools.partial(written_again, check))]


PERSISTENCE = '''
import torch
from torch import nn

def _reconstruct_persistent_obj(meta):
    made = object.__new__({"Mapping": Mapping, "Generator": Generator, "Table": Table}[meta["class_name"]])
    made.__dict__.update(meta["state"])
    return made

class Kept:
    def __reduce__(self):
        meta = {"type": "class", "version": 6, "module_src": "import torch", "class_name": type(self).__name__, "state": self.__dict__}
        return _reconstruct_persistent_obj, (meta,), None

class Mapping(Kept, nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.register_buffer("average", torch.arange(3.0))

class Generator(Kept, nn.Module):
    def __init__(self):
        super().__init__()
        self.mapping = Mapping()
        self.z_dim = 3

class Table(Kept):
    def __init__(self):
        self.rows = torch.ones(2, 2)
'''


@case("gone/persistence", path="network.pkl")
def persistence(path):
    """How StyleGAN's networks are pickled: a function is called with a record of class, source and state."""
    import pickle

    def package():
        module = types.ModuleType("torch_utils.persistence")
        sys.modules["torch_utils"], sys.modules[module.__name__] = types.ModuleType("torch_utils"), module
        exec(PERSISTENCE, module.__dict__)
        return module

    made = package()
    values = {"G": made.Generator(), "table": made.Table(), "training_set_kwargs": None}
    weights = {name: value.clone() for name, value in values["G"].state_dict().items()}
    with open(path, "wb") as file:
        pickle.dump(values, file)

    def check(target):
        package()
        found = torch.load(target, weights_only=False)
        state = found["G"].state_dict()
        return [name for name, value in weights.items() if not torch.equal(state[name], value)] + ([] if found["G"].z_dim == 3 else ["z_dim"])

    asks = (
        "list(p['G'].state_dict())",
        "len(p['G'].half().float().state_dict())",
        "p['G'].mapping.average",
        "p['G'].z_dim",
        "p['G'].mapping.fc",
        "p['G'].mapping.fc.training",
    )
    holds = {"G": values["G"], "table": {"rows": values["table"].rows}}
    return [Written(path=path, holds=holds, layout=False, asks=asks, again=check)]


def alike(a, b):
    """Equal, also where two runs of the package made two classes of one name."""
    if type(a).__qualname__ != type(b).__qualname__:
        return False
    if isinstance(a, enum.Enum):
        return a.value == b.value
    if dataclasses.is_dataclass(a):
        fields = [field.name for field in dataclasses.fields(a)]
        return all(alike(getattr(a, name), getattr(b, name)) for name in fields)
    if isinstance(a, functools.partial):
        return (a.args, a.keywords, a()) == (b.args, b.keywords, b())
    if isinstance(a, dict):
        return list(a) == list(b) and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(alike, a, b))
    if hasattr(a, "__dict__") and not isinstance(a, np.generic):
        return vars(a) == vars(b)
    return a == b
