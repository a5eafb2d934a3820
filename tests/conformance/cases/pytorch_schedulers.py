"""Schedulers and averaged models, as PyTorch's own tests of them go."""
import copy
import math
import pickle
import warnings

import torch
from torch import nn
from torch.optim import SGD, Adam, lr_scheduler, swa_utils

warnings.simplefilter("ignore")


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:200])


def optimizer(kind=SGD, **options):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    return kind([{"params": net[0].parameters()}, {"params": net[1].parameters(), "lr": 0.5}], lr=0.05, **options)


def run(name, make, steps=12, metric=None, kind=SGD, **options):
    opt = optimizer(kind, **options)
    sched = make(opt)
    rates = []
    for n in range(steps):
        rates.append([round(g["lr"], 6) for g in opt.param_groups])
        opt.step()
        sched.step(*([metric(n)] if metric else []))
    print(name, rates, [round(float(v), 6) for v in sched.get_last_lr()])
    state = sched.state_dict()
    print({k: v for k, v in state.items() if k not in ("anneal_func", "_schedulers", "_scale_fn_ref", "_scale_fn_custom")})
    again = make(optimizer(kind, **options))
    attempt("load", lambda: again.load_state_dict(state))
    print(getattr(again, "last_epoch", 0) == getattr(sched, "last_epoch", 0), opt.param_groups[0].get("initial_lr"))


S = lr_scheduler
run("step", lambda o: S.StepLR(o, 3, 0.1))
run("multistep", lambda o: S.MultiStepLR(o, [2, 5, 5, 9], 0.1))
run("constant", lambda o: S.ConstantLR(o, 0.5, 4))
run("linear", lambda o: S.LinearLR(o, 0.3, 0.9, 5))
run("exponential", lambda o: S.ExponentialLR(o, 0.9))
run("polynomial", lambda o: S.PolynomialLR(o, 6, 2.0))
run("cosine", lambda o: S.CosineAnnealingLR(o, 5, 0.001))
run("warm restarts", lambda o: S.CosineAnnealingWarmRestarts(o, 3, 2, 0.001))
run("lambda", lambda o: S.LambdaLR(o, [lambda n: 0.9**n, lambda n: 1 / (1 + n)]))
run("multiplicative", lambda o: S.MultiplicativeLR(o, lambda n: 0.95))
run("cyclic", lambda o: S.CyclicLR(o, 0.01, 0.1, 3, mode="triangular2"), momentum=0.9)
run("cyclic of Adam", lambda o: S.CyclicLR(o, [0.01, 0.02], [0.1, 0.2], 2, 3, mode="exp_range", gamma=0.9, cycle_momentum=False), kind=Adam)
run("one cycle", lambda o: S.OneCycleLR(o, 0.4, total_steps=14), momentum=0.9)
run("one cycle, three phases", lambda o: S.OneCycleLR(o, [0.4, 0.8], epochs=3, steps_per_epoch=5, three_phase=True, anneal_strategy="linear"), kind=Adam)
run("plateau", lambda o: S.ReduceLROnPlateau(o, patience=1, cooldown=1, factor=0.5), metric=lambda n: 1.0 if n > 3 else 5.0 - n)
run("plateau max", lambda o: S.ReduceLROnPlateau(o, mode="max", threshold_mode="abs", threshold=0.1, min_lr=[0.01, 0.2], patience=0), metric=lambda n: min(n, 2) / 10)
run("sequential", lambda o: S.SequentialLR(o, [S.ConstantLR(o, 0.1, 2), S.ExponentialLR(o, 0.9)], [3]))
run("chained", lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.1, 3), S.ExponentialLR(o, 0.9)]))
run("swa", lambda o: swa_utils.SWALR(o, swa_lr=[0.01, 0.02], anneal_epochs=4, anneal_strategy="cos"))
run("three", lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1), S.CosineAnnealingLR(o, 4), S.StepLR(o, 2)], [2, 6]))

for name, make in {
    "no optimizer": lambda: S.StepLR(1, 2), "lambdas": lambda: S.LambdaLR(optimizer(), [lambda n: 1]), "last_epoch": lambda: S.StepLR(optimizer(), 2, last_epoch=3), "mode": lambda: S.ReduceLROnPlateau(optimizer(), mode="none"),
    "factor": lambda: S.ReduceLROnPlateau(optimizer(), factor=1.5), "min_lr": lambda: S.ReduceLROnPlateau(optimizer(), min_lr=[1, 2, 3]), "constant": lambda: S.ConstantLR(optimizer(), 2.0), "linear": lambda: S.LinearLR(optimizer(), 0),
    "end": lambda: S.LinearLR(optimizer(), 0.5, 2.0), "restarts": lambda: S.CosineAnnealingWarmRestarts(optimizer(), 0), "T_mult": lambda: S.CosineAnnealingWarmRestarts(optimizer(), 1, 0.5), "cyclic": lambda: S.CyclicLR(optimizer(), 0.1, 0.2, mode="x"),
    "momentum": lambda: S.CyclicLR(optimizer(Adam), 0.1, 0.2).get_last_lr(), "one cycle": lambda: S.OneCycleLR(optimizer(), 0.1), "anneal": lambda: S.OneCycleLR(optimizer(), 0.1, 5, anneal_strategy="x"), "pct": lambda: S.OneCycleLR(optimizer(), 0.1, 5, pct_start=2),
    "sequential": lambda: S.SequentialLR(optimizer(), [S.StepLR(optimizer(), 1)], [1]), "milestones": lambda: (lambda o: S.SequentialLR(o, [S.StepLR(o, 1)], [1, 2]))(optimizer()), "chained": lambda: S.ChainedScheduler([]), "swa": lambda: swa_utils.SWALR(optimizer(), 0.1, anneal_strategy="x"),
    "steps": lambda: [S.OneCycleLR(o := optimizer(), 0.1, 2)] and [s := S.OneCycleLR(optimizer(), 0.1, 2), s.step(), s.step(), s.step()],
}.items():
    attempt(name, make)
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    opt = optimizer()
    sched = S.ExponentialLR(opt, 0.9)
    sched.step()
print([str(w.message)[:70] for w in caught])
with warnings.catch_warnings(record=True) as caught:
    opt = optimizer()
    sched = S.ExponentialLR(opt, 0.9)
    opt.step()
    sched.step(3)
    sched.get_lr()
print([str(w.message)[:60] for w in caught], sched.get_last_lr())
warnings.simplefilter("ignore")
opt = optimizer()
sched = S.LambdaLR(opt, lambda n: 0.5**n)
p = pickle.loads(pickle.dumps(S.StepLR(opt, 3)))
print(type(p).__name__, p.step_size, p.optimizer is opt)
rate = torch.tensor(0.1)
tensor = SGD([nn.Parameter(torch.ones(1))], lr=rate)
sched = S.ExponentialLR(tensor, 0.5)
tensor.step(), sched.step()
print(tensor.param_groups[0]["lr"], tensor.param_groups[0]["lr"] is rate, sched.get_last_lr())

# averaged models
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
for name, options in {"mean": {}, "ema": {"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.5)}, "ema by one": {"avg_fn": swa_utils.get_ema_avg_fn(0.5)}, "swa": {"avg_fn": swa_utils.get_swa_avg_fn()},
                      "with buffers": {"use_buffers": True}, "own": {"avg_fn": lambda a, m, n: a * 0.25 + m * 0.75}}.items():
    averaged = swa_utils.AveragedModel(model, **options)
    changing = copy.deepcopy(model)
    for n in range(3):
        with torch.no_grad():
            for q in changing.parameters():
                q.add_(1)
            changing[1].running_mean.add_(1)
        averaged.update_parameters(changing)
    print(name, [round(v, 4) for v in next(averaged.parameters()).flatten().tolist()], averaged.n_averaged, [round(v, 4) for v in averaged.module[1].running_mean.tolist()])
print(list(averaged.state_dict()), averaged(torch.ones(3, 2)).shape)
print(averaged)
attempt("both functions", lambda: swa_utils.AveragedModel(model, avg_fn=lambda a, m, n: a, multi_avg_fn=lambda a, m, n: a))
attempt("decay", lambda: swa_utils.get_ema_avg_fn(1.5))
data = [torch.ones(4, 2), torch.arange(8.0).view(4, 2)]
swa_utils.update_bn(data, averaged)
print([round(v, 4) for v in averaged.module[1].running_mean.tolist()], averaged.module[1].num_batches_tracked, averaged.module[1].momentum)
swa_utils.update_bn([(d, 1) for d in data], averaged)
print([round(v, 4) for v in averaged.module[1].running_var.tolist()])
