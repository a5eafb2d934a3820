# torch.distributed.checkpoint: checkpoints as folders, by one process.
import os
import warnings

import torch
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint import FileSystemReader, FileSystemWriter
from torch.distributed.checkpoint.default_planner import DefaultLoadPlanner
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save, torch_save_to_dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions, get_model_state_dict, get_optimizer_state_dict, get_state_dict, set_model_state_dict, set_state_dict,
)
from torch.distributed.checkpoint.stateful import Stateful

warnings.simplefilter("ignore")
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
state = {
    "model": model.state_dict(), "epoch": 3, "lists": [1, torch.ones(2), [torch.zeros(1), "x"]], "plain": [1, 2],
    "optim": {"state": {0: {"m": torch.arange(2)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}, "pair": (1, torch.ones(1)),
    "half": torch.ones(2, 2, dtype=torch.bfloat16), "empty": torch.empty(0, 3), "view": torch.arange(10.0)[2:4],
}
dcp.save(state, checkpoint_id="folder")
print(sorted(os.listdir("folder")))
dcp_to_torch_save("folder", "one.pt")
for key, value in torch.load("one.pt", weights_only=False).items():
    print(key, value)
metadata = FileSystemReader("folder").read_metadata()
for name, entry in metadata.state_dict_metadata.items():
    print(name, entry)
print(metadata.planner_data["optim.param_groups.0.lr"], metadata.version, len(metadata.storage_data))

target = {"model": nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).state_dict(), "epoch": 0, "half": torch.zeros(2, 2)}
kept = target["half"]
dcp.load(target, checkpoint_id="folder")
print(target["epoch"], kept, torch.equal(target["model"]["0.weight"], model[0].weight), list(target["model"])[-1])
for bad in ({"nope": torch.ones(1)}, {"half": torch.ones(3)}):
    try:
        dcp.load(bad, checkpoint_id="folder")
    except dcp.api.CheckpointException as error:
        print(list(error.failures), str(error).strip().splitlines()[-1])
partial = {"epoch": 0, "other": torch.ones(1)}
dcp.load(partial, checkpoint_id="folder", planner=DefaultLoadPlanner(allow_partial_load=True))
print(partial)

torch.save({"a": {"b": torch.ones(2)}, "n": 1}, "two.pt")
torch_save_to_dcp("two.pt", "second")
back = {"a": {"b": torch.zeros(2)}, "n": 0}
dcp.load(back, storage_reader=FileSystemReader("second"))
print(back)


class App(Stateful):
    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer

    def state_dict(self):
        model_state, optimizer_state = get_state_dict(self.model, self.optimizer)
        return {"model": model_state, "optim": optimizer_state}

    def load_state_dict(self, state_dict):
        set_state_dict(self.model, self.optimizer, model_state_dict=state_dict["model"], optim_state_dict=state_dict["optim"])


def trained(seed):
    torch.manual_seed(seed)
    net = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1 * (seed + 1))
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return net, optimizer


first, second = trained(0), trained(1)
dcp.save({"app": App(*first)}, storage_writer=FileSystemWriter("app"))
dcp.load({"app": App(*second)}, checkpoint_id="app")
print(torch.equal(first[0].weight, second[0].weight), second[1].param_groups[0]["lr"], second[1].state_dict()["state"][1]["exp_avg"])
named = get_optimizer_state_dict(*first)
print(list(named["state"]), named["param_groups"][0]["params"], sorted(named["state"]["bias"]))
print(list(get_model_state_dict(nn.DataParallel(first[0]))))
print(set_model_state_dict(second[0], {"weight": torch.zeros(2, 2)}, options=StateDictOptions(strict=False)))
