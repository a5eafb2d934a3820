"""Optimizers, as PyTorch's own tests of them go."""
import copy
import pickle
import warnings
from functools import partial

import torch
from torch import nn, optim
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

warnings.simplefilter("ignore")


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:200])


def shown(values):
    return [round(v, 5) for v in values.flatten().tolist()]


CASES = [
    (optim.SGD, dict(lr=0.1)), (optim.SGD, dict(lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1)), (optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, maximize=True)),
    (optim.Adam, dict(lr=0.1)), (optim.Adam, dict(lr=0.1, weight_decay=0.1, amsgrad=True, maximize=True)), (optim.AdamW, dict(lr=0.1, weight_decay=0.2)),
    (optim.Adam, dict(lr=torch.tensor(0.1))), (optim.Adam, dict(lr=0.1, decoupled_weight_decay=True, weight_decay=0.2)), (optim.AdamW, dict(lr=0.1, betas=(0.5, 0.6), amsgrad=True)),
    (optim.Adamax, dict(lr=0.1, weight_decay=0.1)), (optim.NAdam, dict(lr=0.1)), (optim.NAdam, dict(lr=0.1, decoupled_weight_decay=True, weight_decay=0.1)), (optim.RAdam, dict(lr=0.1, weight_decay=0.1)),
    (optim.Adagrad, dict(lr=0.1, lr_decay=0.1, initial_accumulator_value=0.2)), (optim.Adadelta, dict(lr=1.0, rho=0.8, weight_decay=0.1)),
    (optim.RMSprop, dict(lr=0.1, centered=True, momentum=0.5, weight_decay=0.1)), (optim.Rprop, dict(lr=0.1, etas=(0.4, 1.3))), (optim.ASGD, dict(lr=0.1, weight_decay=0.1, t0=1)),
    (optim.LBFGS, dict(lr=0.5)), (optim.LBFGS, dict(lr=1, line_search_fn="strong_wolfe", history_size=3)), (optim.Adafactor, dict(lr=0.1, weight_decay=0.1)), (optim.Muon, dict(lr=0.1)),
]
for kind, options in CASES:
    for foreach in (None, True):
        torch.manual_seed(0)
        if foreach and (kind in (optim.LBFGS, optim.Muon)):
            continue
        extra = {"foreach": True} if foreach else {}
        model = nn.Linear(3, 2, bias=kind is not optim.Muon)
        try:
            opt = kind(model.parameters(), **options, **extra)
        except Exception as error:
            print(kind.__name__, extra, type(error).__name__, error)
            continue
        x = torch.tensor([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])

        def closure():
            opt.zero_grad()
            loss = model(x).square().mean()
            loss.backward()
            return loss

        losses = [round(float(opt.step(closure)), 5) for _ in range(4)]
        print(kind.__name__, {k: v for k, v in options.items() if not isinstance(v, torch.Tensor)}, extra, losses, shown(model.weight.detach()))
        state = opt.state_dict()
        print({k: [(n, type(v).__name__ if not isinstance(v, torch.Tensor) else (str(v.dtype), tuple(v.shape))) for n, v in s.items()] for k, s in list(state["state"].items())[:1]})
        print({k: v for k, v in state["param_groups"][0].items()})
        if foreach:
            continue
        print(opt)
        again = kind(copy.deepcopy(model).parameters(), **options)
        again.load_state_dict(state)
        print(str(again.state_dict()) == str(state))
        print(type(pickle.loads(pickle.dumps(opt))).__name__)

for what, make in {
    "lr": lambda p: optim.SGD(p, lr=-1), "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=-1), "nesterov": lambda p: optim.SGD(p, lr=0.1, nesterov=True),
    "betas": lambda p: optim.Adam(p, betas=(1.0, 0.9)), "eps": lambda p: optim.AdamW(p, eps=-1), "decay": lambda p: optim.Adagrad(p, weight_decay=-0.5), "rho": lambda p: optim.Adadelta(p, rho=1.1),
    "etas": lambda p: optim.Rprop(p, etas=(1.0, 0.5)), "momentum decay": lambda p: optim.NAdam(p, momentum_decay=-0.2), "none": lambda p: optim.SGD([], lr=0.1), "a tensor": lambda p: optim.SGD(p[0], lr=0.1),
    "no tensor": lambda p: optim.SGD([1], lr=0.1), "no leaf": lambda p: optim.SGD([p[0] * 2], lr=0.1), "twice": lambda p: optim.SGD([{"params": p}, {"params": p}], lr=0.1),
    "groups": lambda p: optim.LBFGS([{"params": p}, {"params": [torch.ones(1)]}]), "foreach and fused": lambda p: optim.Adam(p, foreach=True, fused=True),
    "tensor lr": lambda p: optim.Adam(p, lr=torch.tensor([0.1, 0.2])), "tensor lr and foreach": lambda p: optim.Adam(p, lr=torch.tensor(0.1), foreach=True), "muon of a vector": lambda p: optim.Muon([torch.ones(3)]),
    "sparse": lambda p: optim.SparseAdam(p, lr=-1), "no lr": lambda p: optim.SGD(p), "a dict of none": lambda p: optim.SGD([{"lr": 1}]), "names": lambda p: optim.SGD([("a", p[0]), p[0]]),
}.items():
    attempt(what, lambda: type(make([nn.Parameter(torch.ones(2, 2))])).__name__)

# groups
p, q, r = (nn.Parameter(torch.ones(n)) for n in (1, 2, 3))
opt = optim.SGD([{"params": [p]}, {"params": q, "lr": 0.5, "momentum": 0.1}], lr=0.1)
opt.add_param_group({"params": [r], "weight_decay": 0.2})
print(opt)
attempt("again", lambda: opt.add_param_group({"params": [r]}))
attempt("no dict", lambda: opt.add_param_group([r]))
attempt("a set", lambda: opt.add_param_group({"params": {nn.Parameter(torch.ones(1))}}))
print(opt.state_dict()["param_groups"][1])
named = optim.Adam(nn.Linear(2, 1).named_parameters())
print(named.param_groups[0]["param_names"], named.state_dict()["param_groups"][0]["param_names"])
attempt("another number of groups", lambda: opt.load_state_dict(optim.SGD([p], lr=1).state_dict()))
attempt("another size", lambda: optim.SGD([p, q], lr=1).load_state_dict(optim.SGD([p], lr=1).state_dict()))

# hooks
calls = []
opt = optim.SGD([p], lr=0.1)
handles = [
    opt.register_step_pre_hook(lambda o, a, k: calls.append(("pre", len(a), k))),
    opt.register_step_post_hook(lambda o, a, k: calls.append(("post", len(a), k))),
    register_optimizer_step_pre_hook(lambda o, a, k: calls.append("pre of all")),
    register_optimizer_step_post_hook(lambda o, a, k: calls.append("post of all")),
]
p.grad = torch.ones(1)
opt.step()
for handle in handles:
    handle.remove()
opt.step()
print(calls, p)
opt.register_state_dict_pre_hook(lambda o: print("state pre"))
opt.register_state_dict_post_hook(lambda o, s: {**s, "more": 1})
opt.register_load_state_dict_pre_hook(lambda o, s: {k: v for k, v in s.items() if k != "more"})
opt.register_load_state_dict_post_hook(lambda o: print("loaded"))
state = opt.state_dict()
print(sorted(state))
opt.load_state_dict(state)

# gradients
opt = optim.SGD([p, q], lr=0.1)
p.grad, q.grad = torch.ones(1), None
opt.zero_grad(set_to_none=False)
print(p.grad, q.grad)
opt.zero_grad()
print(p.grad, opt.step())
sparse = nn.Embedding(4, 2, sparse=True)
with torch.no_grad():
    sparse.weight.fill_(1)
for kind in (optim.SGD, optim.SparseAdam, optim.Adagrad):
    opt = kind(list(sparse.parameters()), lr=0.1)
    opt.zero_grad()
    sparse(torch.tensor([1, 1, 3])).sum().backward()
    opt.step()
    print(kind.__name__, shown(sparse.weight.detach()))
attempt("sparse Adam", lambda: (optim.Adam(sparse.parameters()), sparse(torch.tensor([0])).sum().backward(), optim.Adam(sparse.parameters()).step()))
x = nn.Parameter(torch.tensor([1 + 2j, 3 - 1j]))
for kind in (optim.SGD, optim.Adam, optim.RMSprop, optim.Adadelta):
    opt = kind([x], lr=0.1)
    x.grad = torch.tensor([1 + 1j, 2 - 2j])
    opt.step()
    print(kind.__name__, x.detach())
half = nn.Parameter(torch.ones(2, dtype=torch.bfloat16))
half.grad = torch.ones_like(half)
opt = optim.AdamW([half])
opt.step()
print({n: v.dtype for n, v in opt.state[half].items()}, half.dtype)
double = optim.AdamW([nn.Parameter(torch.ones(2, dtype=torch.float64))])
double.load_state_dict(opt.state_dict())
print({n: v.dtype for n, v in next(iter(double.state.values())).items()})
differ = nn.Parameter(torch.ones(2))
print(optim.Adam([differ], differentiable=True).defaults["differentiable"])
