"""Pruning, as PyTorch's own tests of it go."""
import copy
import pickle
import warnings

import torch
from torch import nn
from torch.nn.utils import prune

warnings.simplefilter("ignore")
torch.manual_seed(0)


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:200])


for amount in (-0.1, 2.0, 1, 20, "0.5"):
    attempt(f"validate {amount}", lambda: prune._validate_pruning_amount_init(amount))
attempt("validate 25 of 5", lambda: prune._validate_pruning_amount(25, 5))
print(prune._compute_nparams_toprune(2, 15), prune._compute_nparams_toprune(0.3, 15))
print(prune._compute_norm(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 2, 0), prune._compute_norm(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), float("-inf"), -1))

m = nn.Linear(5, 2)
prune.random_unstructured(m, "weight", amount=0.1)
print(sorted(n for n, _ in m.named_parameters()), sorted(n for n, _ in m.named_buffers()), [type(h).__name__ for h in m._forward_pre_hooks.values()])
print(torch.equal(m.weight, m.weight_orig * m.weight_mask), int(m.weight_mask.sum()))
m(torch.ones(1, 5)).sum().backward()
print(torch.equal(m.weight_orig.grad != 0, m.weight_mask != 0))
prune.random_unstructured(m, "weight", amount=0.5)
hook = next(iter(m._forward_pre_hooks.values()))
print(type(hook).__name__, len(hook), hook[0].PRUNING_TYPE, int(m.weight_mask.sum()), prune.is_pruned(m))
prune.remove(m, "weight")
print(prune.is_pruned(m), [n for n, _ in m.named_parameters()], int((m.weight == 0).sum()))
attempt("remove again", lambda: prune.remove(m, "weight"))

for name, function in {
    "l1": lambda m: prune.l1_unstructured(m, "weight", amount=3),
    "l1 scored": lambda m: prune.l1_unstructured(m, "weight", amount=3, importance_scores=torch.arange(12.0).view(3, 4)),
    "random structured": lambda m: prune.random_structured(m, "weight", amount=1, dim=1),
    "ln structured": lambda m: prune.ln_structured(m, "weight", amount=2, n=2, dim=1),
    "ln structured inf": lambda m: prune.ln_structured(m, "weight", amount=0.3, n=float("inf"), dim=0),
    "custom": lambda m: prune.custom_from_mask(m, "weight", torch.tensor([[1, 0, 1, 0]] * 3)),
    "identity": lambda m: prune.identity(m, "weight"),
}.items():
    torch.manual_seed(2)
    m = nn.Linear(4, 3)
    print(name, function(m) is m, m.weight_mask.int().tolist())
attempt("structured of a vector", lambda: prune.random_structured(nn.Linear(2, 2), "bias", amount=1, dim=0))
attempt("no such dim", lambda: prune.random_structured(nn.Linear(2, 2), "weight", amount=1, dim=5))
attempt("too many", lambda: prune.random_unstructured(nn.Linear(2, 2), "weight", amount=50))

torch.manual_seed(4)
model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
prune.global_unstructured([(model[0], "weight"), (model[2], "weight")], pruning_method=prune.L1Unstructured, amount=7)
print([m.weight_mask.int().tolist() for m in (model[0], model[2])])
scores = {(model[0], "weight"): torch.ones(3, 4), (model[2], "weight"): torch.zeros(2, 3)}
prune.global_unstructured([(model[0], "weight"), (model[2], "weight")], prune.L1Unstructured, importance_scores=scores, amount=2)
print([int(m.weight_mask.sum()) for m in (model[0], model[2])])
attempt("global structured", lambda: prune.global_unstructured([(model[0], "weight")], prune.LnStructured, amount=1))
attempt("one tuple", lambda: prune.global_unstructured((nn.Linear(1, 1), "weight"), prune.L1Unstructured, amount=1))
print(list(model.state_dict()))
again = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
prune.identity(again[0], "weight"), prune.identity(again[2], "weight")
print(again.load_state_dict(model.state_dict()), torch.equal(again(torch.ones(1, 4)), model(torch.ones(1, 4))))
attempt("deepcopy", lambda: copy.deepcopy(model))
with torch.no_grad():
    model(torch.ones(1, 4))
copied = copy.deepcopy(model)
print(torch.equal(copied[0].weight, model[0].weight), prune.is_pruned(copied))
p = pickle.loads(pickle.dumps(model))
print(torch.equal(p[0].weight, model[0].weight), list(p.state_dict()) == list(model.state_dict()))

first = prune.RandomUnstructured(0.1)
first._tensor_name = "test"
container = prune.PruningContainer(first)
print(len(container), container[0]._tensor_name)
attempt("another name", lambda: container.add_pruning_method(prune.L1Unstructured(2)))
attempt("no method", lambda: container.add_pruning_method(10))
q = prune.L1Unstructured(2)
q._tensor_name = "test"
container.add_pruning_method(q)
print([type(x).__name__ for x in container], [type(x).__name__ for x in container[:1]])
t = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print(container.compute_mask(t, default_mask=torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])).shape)
print(prune.L1Unstructured(2).prune(t), prune.LnStructured(1, 2, 0).prune(t, default_mask=torch.ones(2, 3)))
rnn = nn.LSTM(3, 2)
prune.l1_unstructured(rnn, "weight_ih_l0", amount=0.5)
out, _ = rnn(torch.ones(2, 1, 3))
print([n for n, _ in rnn.named_parameters()], [n for n, _ in rnn.named_buffers()])
