# How weights come into modules: swaps, meta tensors, prefixes, forced weights_only.
import gc
import os
import pickle
import warnings

import torch
from torch import nn
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

torch.manual_seed(0)
wrapped = nn.DataParallel(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
state = wrapped.state_dict()
consume_prefix_in_state_dict_if_present(state, "module.")
print(list(state), list(state._metadata))
plain = {"module.a": 1, "b": 2}
consume_prefix_in_state_dict_if_present(plain, "module.")
print(plain)

print(torch.__future__.get_swap_module_params_on_conversion(), torch.__future__.get_overwrite_module_params_on_conversion())
torch.__future__.set_swap_module_params_on_conversion(True)
model = nn.Linear(2, 2)
weight = model.weight
model(torch.ones(1, 2)).sum().backward()
model.double()
print(model.weight is weight, weight.dtype, weight.grad.dtype, type(weight).__name__, weight.requires_grad)
model.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.zeros(2)})
print(model.weight is weight, weight, weight.dtype)
model.load_state_dict({"weight": torch.full((2, 2), 3.0), "bias": torch.zeros(2)}, assign=True)
print(model.weight is weight, weight)
model.half()
print(weight.dtype, model.to(torch.bfloat16).weight.dtype)
meta = nn.Linear(2, 2, device="meta")
meta.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.zeros(2)}, assign=True)
print(meta.weight.device)
torch.__future__.set_swap_module_params_on_conversion(False)
torch.__future__.set_overwrite_module_params_on_conversion(True)
model = nn.Linear(2, 2)
weight = model.weight
model.double()
print(model.weight is weight, weight.dtype, model.weight.dtype)
torch.__future__.set_overwrite_module_params_on_conversion(False)
model.float()
a, b = torch.ones(2), torch.zeros(3, dtype=torch.int64)
a.note = "was a"
torch.utils.swap_tensors(a, b)
print(a, b, b.note, hasattr(a, "note"))
param, tensor = nn.Parameter(torch.ones(1)), torch.zeros(2)
torch.utils.swap_tensors(param, tensor)
print(type(param).__name__, type(tensor).__name__, tensor)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    meta = nn.Linear(2, 2, device="meta")
    print(meta.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.zeros(2)}))
    print(len(caught), str(caught[0].message))
    print(meta.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.zeros(2)}, assign=True), len(caught), meta.weight)


class Config:
    def __init__(self, depth):
        self.depth = depth

    def __eq__(self, other):
        return self.depth == other.depth


torch.save({"config": Config(3), "w": torch.ones(1)}, "c.pt")


def tried(**options):
    try:
        print(sorted(torch.load("c.pt", **options)))
    except Exception as error:
        print(type(error).__name__, str(error).splitlines()[0][:90])


tried(weights_only=False)
os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"
tried()
tried(weights_only=True)
os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
tried()
del os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"]
tried(weights_only=False)
os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "0"
tried(weights_only=False)
tried(weights_only=True, pickle_module=pickle)
print(torch.load("c.pt", weights_only=False)["config"].depth, pickle.loads(pickle.dumps(Config(4))) == Config(4))
print(pickle.loads(pickle.dumps(Config)) is Config, pickle.loads(pickle.dumps([Config, Config(1)]))[1].depth)
with torch.serialization.safe_globals([Config]):
    print(torch.load("c.pt", weights_only=True)["config"].depth)

print(torch.serialization.get_crc32_options(), torch.serialization.get_default_mmap_options())
torch.serialization.set_crc32_options(False)
torch.save(torch.arange(3.0), "n.pt")
print(torch.serialization.get_crc32_options(), torch.load("n.pt"))
torch.serialization.set_crc32_options(True)
torch.save(torch.arange(3.0), "n.pt")
with torch.serialization.set_default_mmap_options(2):
    print(torch.load("n.pt", mmap=True))
with torch.serialization.skip_data():
    torch.save({"w": torch.ones(4), "n": 1}, "skipped.pt")
print(torch.load("skipped.pt"))

print(gc.isenabled(), gc.disable(), gc.isenabled(), gc.enable(), gc.isenabled())
