"""Loading state_dicts, as PyTorch's own tests of it go."""
import warnings
from collections import OrderedDict

import torch
from torch import nn

warnings.simplefilter("ignore")


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error))


torch.manual_seed(1)
l = nn.Linear(5, 5)
block = nn.Module()
block.conv = nn.Conv2d(3, 3, 3, bias=False)
net = nn.Module()
net.linear1 = l
net.linear2 = l
net.bn = nn.BatchNorm2d(2)
net.block = block
net.add_module("empty", None)
state = net.state_dict()
print(list(state), state._metadata)
state.update({"linear1.weight": torch.ones(5, 5), "block.conv.bias": torch.arange(1.0, 4.0), "bn.running_mean": torch.randn(2)})
attempt("strict", lambda: net.load_state_dict(state))
attempt("not strict", lambda: net.load_state_dict(state, strict=False))
print(net.linear1.weight.mean().item(), net.bn.running_mean.equal(state["bn.running_mean"]))
attempt("no dict", lambda: net.load_state_dict(5))
attempt("list", lambda: net.load_state_dict([("a", 1)]))
state = net.state_dict()
state.pop("linear1.weight")
attempt("missing", lambda: net.load_state_dict(state))
state = net.state_dict()
state["linear2.weight"] = torch.ones(3, 3)
state["bn.running_mean"] = torch.ones(1)
attempt("mismatch", lambda: net.load_state_dict(state))
attempt("mismatch not strict", lambda: net.load_state_dict(state, strict=False))
state = net.state_dict()
state["bn.running_mean"] = "text"
attempt("no tensor", lambda: net.load_state_dict(state))
state = net.state_dict()
state["other"] = 1
state["linear1"] = 2
state["bn.more.here"] = 3
attempt("unexpected", lambda: net.load_state_dict(state))
print(net.load_state_dict(state, strict=False))

# a scalar of before 0.4, a state_dict without versions
bn = nn.BatchNorm1d(3)
old = OrderedDict((k, v) for k, v in bn.state_dict().items() if k != "num_batches_tracked")
print(bn.load_state_dict(old), bn.num_batches_tracked)
scalar = nn.Module()
scalar.register_buffer("s", torch.tensor(0.0))
print(scalar.load_state_dict({"s": torch.tensor([4.0])}), scalar.s)

# assign
m = nn.Linear(2, 2)
new = {"weight": torch.ones(2, 2, dtype=torch.float64), "bias": nn.Parameter(torch.zeros(2), requires_grad=False)}
print(m.load_state_dict(new, assign=True), m.weight.dtype, type(m.weight).__name__, m.bias is new["bias"], m.bias.requires_grad)
with torch.device("meta"):
    meta = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
print(meta[0].weight.device, meta.load_state_dict(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).state_dict(), assign=True))
print(meta[0].weight.device, type(meta[0].weight).__name__, meta[1].running_mean.device, meta[0].weight.requires_grad)
frozen = nn.Linear(2, 2).requires_grad_(False)
frozen.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True)
print(frozen.weight.requires_grad)


# extra state
class Extra(nn.Module):
    def __init__(self, foo):
        super().__init__()
        self.foo = foo
        self.sub = nn.Linear(1, 1)

    def get_extra_state(self):
        return {"foo": self.foo}

    def set_extra_state(self, state):
        self.foo = state["foo"]


e, f = Extra("one"), Extra("two")
print(list(e.state_dict()), f.load_state_dict(e.state_dict()), f.foo)
sd = e.state_dict()
del sd["_extra_state"]
attempt("without extra state", lambda: f.load_state_dict(sd))
attempt("with extra state", lambda: nn.Linear(1, 1).load_state_dict({"weight": torch.ones(1, 1), "bias": torch.ones(1), "_extra_state": 1}))
attempt("get_extra_state", nn.Module().get_extra_state)


# a module that loads in its own way
class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Parameter(torch.zeros(1))
        self.inner = nn.Linear(1, 1)

    def _load_from_state_dict(self, state_dict, prefix, metadata, strict, missing, unexpected, errors):
        print("own", repr(prefix), sorted(state_dict), metadata, strict)
        self.p.data.fill_(float(state_dict[prefix + "p"]))

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        destination[prefix + "p"] = self.p.item()


holder = nn.Sequential(Own())
sd = holder.state_dict()
print(sd["0.p"], list(sd))
sd["0.p"] = 6
print(holder.load_state_dict(sd), holder[0].p)
print(list(nn.Module.state_dict(holder, prefix="x.")), list(holder.state_dict(keep_vars=True))[1:])
print(nn.Linear(1, 1).state_dict(keep_vars=True)["weight"].requires_grad, nn.Linear(1, 1).state_dict()["weight"].requires_grad)

# non-persistent buffers
m = nn.Module()
m.register_buffer("keep", torch.ones(1))
m.register_buffer("drop", torch.ones(1), persistent=False)
m.register_buffer("nothing", None)
print(list(m.state_dict()), [n for n, _ in m.named_buffers()])
m.drop = torch.zeros(1)
print(list(m.state_dict()))
m.keep2 = nn.Buffer(torch.ones(2))
m.keep3 = nn.Buffer(torch.ones(2), persistent=False)
print(list(m.state_dict()), isinstance(m.keep2, nn.Buffer), type(m.keep2).__name__)
attempt("shared", lambda: m.load_state_dict({"keep": torch.ones(1), "keep2": torch.ones(2)}))

# swap
torch.__future__.set_swap_module_params_on_conversion(True)
m = nn.Linear(2, 2)
before, number = m.weight, id(m.weight)
m.load_state_dict({"weight": torch.full((2, 2), 3.0), "bias": torch.zeros(2)})
print(id(m.weight) == number, m.weight.tolist(), type(m.weight).__name__)
m.double()
print(m.weight.dtype, id(m.weight) == number, before.dtype)
torch.__future__.set_swap_module_params_on_conversion(False)

# every layer's own state
for make in [lambda: nn.LSTM(2, 3, 2, bidirectional=True, proj_size=1), lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True),
             lambda: nn.TransformerEncoderLayer(4, 2, 8), lambda: nn.PReLU(3), lambda: nn.Bilinear(2, 3, 4), lambda: nn.EmbeddingBag(3, 2),
             lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5]), lambda: nn.GroupNorm(2, 4), lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True)]:
    one, other = make(), make()
    print(type(one).__name__, [(k, tuple(v.shape)) for k, v in one.state_dict().items()], other.load_state_dict(one.state_dict()))
    print(all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values())), list(one.state_dict()._metadata.items())[:2])
attempt("instance norm with running stats", lambda: nn.InstanceNorm1d(3).load_state_dict({"running_mean": torch.ones(3), "running_var": torch.ones(3)}))
