"""Modules and optimizers in the forms people pickle them: quantized, sparse, parallel, of classes nobody has any more."""

import collections
import datetime
import os
import sys
import types
import warnings

import numpy as np
import torch
from registry import Written, case
from torch import nn


def network():
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3))


def saved(path, value, **options):
    torch.save(value, path)
    return [Written(path=path, holds=value, **options)]


OPTIMIZERS = {
    "Adadelta": {}, "Adafactor": {}, "Adagrad": {}, "Adam": {"amsgrad": True}, "AdamW": {}, "Adamax": {}, "ASGD": {}, "LBFGS": {},
    "NAdam": {}, "RAdam": {}, "RMSprop": {"momentum": 0.9, "centered": True}, "Rprop": {}, "SGD": {"momentum": 0.9, "nesterov": True},
}  # fmt: skip


def optimizer_cases():
    for name, options in OPTIMIZERS.items():

        @case(f"optimizer/{name}")
        def one(path, name=name, options=options):
            """The state_dict, and the whole object, whose state has Parameters for keys."""
            model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
            groups = (
                list(model.parameters())
                if name == "LBFGS"
                else [{"params": part.parameters(), "lr": 0.1 / n} for n, part in enumerate(model, 1)]
            )
            optimizer = getattr(torch.optim, name)(groups, lr=0.1, **options)

            def loss():
                optimizer.zero_grad()
                value = model(torch.ones(5, 3)).square().sum()
                value.backward()
                return value

            for _ in range(2):
                optimizer.step(loss)
            whole = os.path.join(os.path.dirname(path), "whole.pt")
            torch.save(optimizer, whole)
            torch.save(optimizer.state_dict(), path)

            def back(file):
                fresh = getattr(torch.optim, name)(groups, lr=1.0, **options)
                fresh.load_state_dict(torch.load(file, weights_only=True))
                return fresh.state_dict()

            plain = dict(rewritable=True, readers={} if name == "LBFGS" else {"optimizer.pt": back})
            return [
                Written(path=path, holds=optimizer.state_dict(), asks=("p['param_groups']",), **plain),
                Written(path=whole, holds=optimizer, takes="state_dict(p)", asks=("state_dict(p)['param_groups']",), **plain),
            ]


optimizer_cases()


@case("module/quantized-dynamic")
def quantized_dynamic(path):
    """The whole module has its weights in an object of C++, and numbers where its state_dict has tensors."""
    model = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 3), nn.LSTM(3, 2)), dtype=torch.qint8)
    state, whole = model.state_dict(), os.path.join(os.path.dirname(path), "whole.pt")
    torch.save(state, path)
    torch.save(nn.Sequential(model[0]), whole)
    return [Written(path=path, holds=state, names=False), Written(path=whole, holds=nn.Sequential(model[0]))]


@case("module/quantized-static")
def quantized_static(path):
    model, whole = quantized_network(), os.path.join(os.path.dirname(path), "whole.pt")
    torch.save(model.state_dict(), path)
    torch.save(model, whole)
    return [Written(path=path, holds=model.state_dict()), Written(path=whole, holds=model, asks=("list(state_dict(p))",))]


@case("module/quantized-embeddings")
def quantized_embeddings(path):
    from torch.ao.quantization import convert, float_qparams_weight_only_qconfig, prepare

    model = nn.Sequential(nn.Embedding(10, 4), nn.EmbeddingBag(10, 4))
    model.qconfig = float_qparams_weight_only_qconfig
    return saved(path, convert(prepare(model)))


@case("module/quantized-graph")
def quantized_graph(path):
    from torch.ao.quantization import get_default_qconfig_mapping, quantize_fx

    inputs = (torch.randn(2, 1, 8, 8),)
    model = quantize_fx.prepare_fx(network().eval(), get_default_qconfig_mapping("fbgemm"), inputs)
    model(*inputs)
    return saved(path, quantize_fx.convert_fx(model))


def quantized_network():
    from torch.ao.quantization import DeQuantStub, QuantStub, convert, get_default_qconfig, prepare

    torch.backends.quantized.engine = "fbgemm"
    model = nn.Sequential(QuantStub(), nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3), DeQuantStub()).eval()
    model.qconfig = get_default_qconfig("fbgemm")
    prepare(model, inplace=True)
    model(torch.randn(2, 1, 8, 8))
    return convert(model)


@case("module/observed")
def observed(path):
    """Before conversion: observers with their buffers, some of them empty."""
    from torch.ao.quantization import get_default_qat_qconfig, prepare_qat

    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).train()
    model.qconfig = get_default_qat_qconfig("fbgemm")
    prepare_qat(model, inplace=True)
    model(torch.randn(2, 1, 8, 8))
    return saved(path, model.state_dict(), rewritable=True)


@case("module/pruned")
def pruned(path):
    from torch.nn.utils import prune

    model = network()
    prune.l1_unstructured(model[0], "weight", 0.5)
    return saved(path, model, rewritable=True, takes="state_dict(p)")


@case("module/parametrized")
def parametrized(path):
    """A parametrized module refuses to be pickled whole; its state_dict does not."""
    model = nn.Sequential(nn.utils.parametrizations.orthogonal(nn.Linear(3, 3)), nn.utils.parametrizations.spectral_norm(nn.Linear(3, 3)))
    torch.save(model.state_dict(), path)
    return [Written(path=path, holds=model.state_dict(), rewritable=True)]


@case("module/containers")
def containers(path):
    model = nn.Module()
    model.list = nn.ModuleList([nn.Linear(2, 2), nn.Embedding(3, 2)])
    model.dict = nn.ModuleDict({"江": nn.GRU(2, 3, num_layers=2, bidirectional=True), "b": nn.MultiheadAttention(4, 2)})
    model.parameters_ = nn.ParameterList([torch.randn(2), torch.randn(3)])
    model.named = nn.ParameterDict({"x": nn.Parameter(torch.randn(1)), "y": None})
    model.transformer = nn.Transformer(8, 2, 1, 1, 16)
    return saved(path, model, rewritable=True, takes="state_dict(p)", asks=("list(state_dict(p))",))


@case("module/lazy")
def lazy(path):
    model = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())
    model(torch.randn(3, 2))
    return saved(path, model, rewritable=True, takes="state_dict(p)")


@case("module/distributed-data-parallel")
def distributed_data_parallel(path):
    folder = os.path.dirname(path)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=0, world_size=1)
    try:
        model = nn.parallel.DistributedDataParallel(network())
        return saved(path, {"model": model, "state_dict": model.state_dict(), "epoch": 1})
    finally:
        torch.distributed.destroy_process_group()


def rank_of_two(rank, folder):
    """One of two processes that save what they have of a sharded model, each for itself."""
    import torch.distributed as dist
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.tensor import init_device_mesh

    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2)
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))
    fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
    state = model.state_dict()
    torch.save(state, os.path.join(folder, f"rank-{rank}.pt"))
    torch.save(
        {name: getattr(value, "to_local", lambda value=value: value)() for name, value in state.items()},
        os.path.join(folder, f"local-{rank}.pt"),
    )
    dist.destroy_process_group()


@case("module/fully-sharded")
def fully_sharded(path):
    """Each process's file holds DTensors: read as the part that the process had."""
    folder = os.path.dirname(path)
    torch.multiprocessing.spawn(rank_of_two, (folder,), nprocs=2)
    files = [(os.path.join(folder, f"rank-{rank}.pt"), torch.load(os.path.join(folder, f"local-{rank}.pt"))) for rank in range(2)]
    return [Written(path=file, holds=held, rewritable=True, layout=False) for file, held in files]


@case("module/forgotten-class")
def forgotten(path):
    """As detectors are shared: the model in half precision, its class in a package that the reader has not."""
    gone = types.ModuleType("gone_yolo.nn.tasks")
    source = """
import torch
from torch import nn

class Conv(nn.Module):
    default_act = nn.SiLU()

    def __init__(self, a, b):
        super().__init__()
        self.conv, self.bn, self.act = nn.Conv2d(a, b, 3, bias=False), nn.BatchNorm2d(b), self.default_act

class Detect(nn.Module):
    stride = None
    anchors = torch.empty(0)

    def __init__(self):
        super().__init__()
        self.cv2 = nn.ModuleList(nn.Sequential(Conv(4, 4), nn.Conv2d(4, 2, 1)) for _ in range(2))

class DetectionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(Conv(3, 4), Detect())
        self.model[1].stride = torch.tensor([8.0, 16.0])
        self.names = {0: "person", 1: "bicycle"}
        self.yaml = {"nc": 2, "backbone": [[-1, 1, "Conv", [4, 3]]]}
        self.args = {"imgsz": 640}
"""
    exec(source, gone.__dict__)
    for name in ("Conv", "Detect", "DetectionModel"):
        getattr(gone, name).__module__ = "gone_yolo.nn.tasks"
    packages = {"gone_yolo": types.ModuleType("gone_yolo"), "gone_yolo.nn": types.ModuleType("gone_yolo.nn"), "gone_yolo.nn.tasks": gone}
    sys.modules.update(packages)
    model = gone.DetectionModel().half()
    values = {
        "date": datetime.datetime(2025, 1, 2).isoformat(), "version": "8.3", "epoch": -1, "best_fitness": None, "model": model, "ema": None,
        "updates": None, "optimizer": None, "train_args": {"lr0": 0.01, "imgsz": 640}, "train_results": {"loss": [1.0, 0.5]},
    }  # fmt: skip
    torch.save(values, path)
    for name in packages:
        del sys.modules[name]
    asks = (
        "p['train_args']['lr0']",
        "p['model'].names",
        "p['model'].yaml",
        "p['epoch']",
        "p['model'].model[1].stride",
        "p['model'].model[-1].cv2[0][0].conv.weight.shape",
        "list(state_dict(p['model']))",
    )
    again = dict(takes="state_dict(p['model'])", rewritable=True)
    return [Written(path=path, holds=values, asks=asks, **again)]


@case("module/runner-checkpoint")
def runner(path):
    """As the OpenMMLab runners write: meta, a message hub of history buffers, and state_dicts."""
    gone = types.ModuleType("gone_engine")

    class HistoryBuffer:
        def __init__(self):
            self._max_length, self._log_history, self._count_history = 1000000, np.arange(3.0), np.ones(3, dtype=np.int64)
            self._statistics_methods = {"min": "min"}

    class ConfigDict(dict):
        def __getattr__(self, name):
            return self[name]

        def __reduce_ex__(self, _):
            return (type(self), (dict(self),))

    for one in (HistoryBuffer, ConfigDict):
        one.__module__, one.__qualname__ = "gone_engine", one.__name__
        setattr(gone, one.__name__, one)
    sys.modules["gone_engine"] = gone
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    model(torch.randn(2, 1, 8, 8)).sum().backward()
    optimizer.step()
    values = {
        "meta": {
            "epoch": 12,
            "iter": 300,
            "cfg": "model = dict()\n",
            "seed": 7,
            "experiment_name": "x",
            "dataset_meta": {"CLASSES": ("a", "b")},
        },
        "state_dict": model.state_dict(),
        "message_hub": {"log_scalars": collections.OrderedDict([("train/loss", HistoryBuffer())]), "runtime_info": ConfigDict(iter=3)},
        "optimizer": optimizer.state_dict(),
        "param_schedulers": [{"begin": 0, "end": 500, "_last_value": [np.float64(0.01)]}],
    }
    torch.save(values, path)
    del sys.modules["gone_engine"]
    asks = (
        "p['meta']['epoch']",
        "p['meta']['dataset_meta']",
        "p['message_hub']['log_scalars']['train/loss']._log_history",
        "p['param_schedulers'][0]['_last_value'][0]",
    )
    # The arrays of objects are listed as well, so the state_dicts are compared alone.
    return [
        Written(path=path, holds={"state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}, names=False),
        Written(path=path, holds=values, asks=asks, names=False),
    ]


@case("tensor/sparse-kinds", layout=False)
def sparse(path):
    dense = torch.tensor([[0.0, 2.0, 0.0, 1.0], [3.0, 0.0, 4.0, 0.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = {
            "coo": dense.to_sparse(),
            "coalesced": dense.to_sparse().coalesce(),
            "hybrid": torch.randn(2, 3, 4).to_sparse(1),
            "csr": dense.to_sparse_csr(),
            "csc": dense.to_sparse_csc(),
            "bsr": dense.to_sparse_bsr((1, 2)),
            "bsc": dense.to_sparse_bsc((1, 2)),
            "empty": torch.zeros(3, 3).to_sparse(),
        }
    torch.save(values, path)
    return [
        Written(
            path=path, holds=values, layout=False, rewritable=True, asks=tuple(f"p[{name!r}]" for name in values if name != "coalesced")
        )
    ]


@case("tensor/quantized-kinds", layout=False)
def quantized_tensors(path):
    x = torch.randn(3, 4)
    values = {
        "quint8": torch.quantize_per_tensor(x, 0.1, 8, torch.quint8),
        "qint8": torch.quantize_per_tensor(x, 0.05, 0, torch.qint8),
        "qint32": torch.quantize_per_tensor(x, 0.01, 5, torch.qint32),
        "channels": torch.quantize_per_channel(x, torch.rand(3) + 0.1, torch.arange(3), 0, torch.qint8),
        "plain": x,
    }
    torch.save(values, path)
    return [Written(path=path, holds=values, layout=False, rewritable=True, asks=tuple(f"p[{name!r}]" for name in values))]


@case("tensor/nested-and-masked")
def nested(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = {"weights": torch.randn(2), "nested": torch.nested.nested_tensor([torch.ones(2, 3), torch.zeros(1, 3)])}
    torch.save(values, path)
    asks = ("p['weights']",)
    return [Written(path=path, holds={"weights": values["weights"]}, names=False, asks=asks)]


@case("tensor/wrappers")
def wrappers(path):
    """Subclasses without elements of their own are listed by the tensors that they are made of."""
    from torch.masked import masked_tensor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data, mask = torch.arange(4.0), torch.tensor([True, False, True, True])
        jagged = torch.nested.nested_tensor([torch.ones(2, 3), torch.zeros(1, 3)], layout=torch.jagged)
        values = {"masked": masked_tensor(data, mask), "jagged": jagged}
    torch.save(values, path)
    holds = {"masked": {"_masked_data": data, "_masked_mask": mask}}
    holds["jagged"] = {"_values": jagged.values(), "_offsets": jagged.offsets()}
    holds["jagged"]["_metadata_cache"] = {name: torch.empty(size, 0) for name, size in (("min_seqlen", 1), ("max_seqlen", 2))}
    return [Written(path=path, holds=holds)]


@case("tensor/quantized-to-four-bits")
def four_bits(path):
    """Two elements share a byte: the shell lists the bytes, and the rest of the file opens."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zeros, scales = torch.zeros(4), torch.full((4,), 0.1)
        packed = torch.quantize_per_channel(torch.randn(4, 8), scales, zeros, 0, torch.quint4x2)
    torch.save({"packed": packed, "weights": torch.ones(3)}, path)
    asks = ("p['weights']",)
    parts = {"int_repr": packed.int_repr(), "q_per_channel_scales": packed.q_per_channel_scales()}
    holds = {"packed": parts | {"q_per_channel_zero_points": packed.q_per_channel_zero_points()}, "weights": torch.ones(3)}
    return [Written(path=path, holds=holds, layout=False, asks=asks)]


@case("tensor/with-history")
def with_history(path):
    """Gradients, hooks and attributes do not travel; the values do."""
    leaf = torch.randn(3, requires_grad=True)
    leaf.sum().backward()
    parameter = nn.Parameter(torch.ones(2))
    parameter.note = "kept"
    values = {"leaf": leaf, "parameter": parameter, "storage": torch.arange(4.0).untyped_storage()}
    torch.save(values, path)
    return [Written(path=path, holds={"leaf": leaf, "parameter": parameter}, names=False)]
