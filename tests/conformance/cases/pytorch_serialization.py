"""Saving and loading modules and optimizers, as PyTorch's own tests of it go."""
import copy
import io
import os
import pickle
import tempfile
import warnings
from collections import OrderedDict

import torch
from torch import nn

warnings.simplefilter("ignore")
folder = tempfile.mkdtemp()


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error).split("\n")[0][:130])


def through(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    buffer.seek(0)
    return torch.load(buffer, weights_only=False)


torch.manual_seed(0)
for layer in [nn.Linear(2, 3), nn.Conv2d(1, 2, 3, padding="same"), nn.BatchNorm2d(3), nn.LSTM(2, 3), nn.Sequential(nn.Embedding(3, 2), nn.Dropout(0.1)), nn.MultiheadAttention(4, 2), nn.ModuleDict({"a": nn.ReLU()}),
              nn.ParameterList([torch.ones(1), torch.zeros(2)]), nn.ParameterDict({"x": torch.ones(2)}), nn.TransformerEncoderLayer(4, 2, 8), nn.CrossEntropyLoss(weight=torch.ones(3)), nn.AdaptiveAvgPool2d((1, None)), nn.Upsample(scale_factor=2),
              nn.utils.weight_norm(nn.Linear(2, 2)), nn.utils.spectral_norm(nn.Linear(2, 2)), nn.CosineSimilarity(), nn.Flatten(), nn.GELU("tanh"), nn.Softmax(1), nn.PixelShuffle(2), nn.Fold(2, 3)]:
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        again = through(layer, **options)
        print(type(again).__name__, str(again) == str(layer), list(again.state_dict()) == list(layer.state_dict()),
              all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), layer.state_dict().values())), again.training, sorted(again.__dict__) == sorted(layer.__dict__))
    print(pickle.loads(pickle.dumps(layer)).__class__ is layer.__class__)

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)).eval()
net[2].weight.requires_grad_(False)
net.extra = {"words": ["a", 1, None], "t": torch.arange(3)}
again = through(net)
print(again.training, again[2].weight.requires_grad, again.extra, type(again[0].weight).__name__)
shared = nn.Module()
shared.a = nn.Linear(2, 2)
shared.b = shared.a
shared.register_parameter("w", shared.a.weight)
shared.view = shared.a.weight.detach()[0]
again = through(shared)
print(again.a is again.b, again.w is again.a.weight, again.view.data_ptr() == again.a.weight.data_ptr())
opt = torch.optim.Adam(net.parameters(), lr=0.1)
net(torch.ones(1, 2)).sum().backward()
opt.step()
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 5)
path = os.path.join(folder, "all.pt")
torch.save({"model": net.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": 3, "rng": torch.get_rng_state()}, path)
saved = torch.load(path, weights_only=True)
print(list(saved), saved["opt"]["param_groups"][0]["lr"], sorted(saved["sched"]), type(saved["model"]).__name__, saved["model"]._metadata == net.state_dict()._metadata)
whole = through({"net": net, "opt": opt})
print(whole["opt"].param_groups[0]["params"][0] is whole["net"][0].weight, len(whole["opt"].state), whole["opt"])
for value in [nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2), requires_grad=False), torch.ones(2, requires_grad=True), torch.ones(4)[1:3], torch.ones(2, 3).t(), torch.tensor(1j), torch.zeros(0), torch.Size([1, 2]), torch.float16, torch.device("cpu"),
              OrderedDict(a=torch.ones(1)), torch.nn.utils.rnn.pack_sequence([torch.ones(2)]), torch.ones(2).to_sparse(), torch.finfo]:
    attempt(type(value).__name__, lambda: through(value))
tagged = nn.Parameter(torch.ones(2))
tagged.note = "kept"
print(through(tagged).note, copy.deepcopy(tagged).__dict__ if False else "")
buffer = io.BytesIO()
torch.save(net, buffer)
buffer.seek(0)
attempt("weights_only of a module", lambda: torch.load(buffer, weights_only=True))
meta = nn.Linear(2, 2, device="meta")
print(through(meta.state_dict())["weight"].device)
print(torch.load(path, weights_only=True, map_location=torch.device("meta"))["model"]["0.weight"].device)
print(torch.load(path, weights_only=True, mmap=True)["epoch"])
attempt("a missing file", lambda: torch.load("none.pt"))
