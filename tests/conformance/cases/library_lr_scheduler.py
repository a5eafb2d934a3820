import torch, torch.nn as nn, torch.optim as optim
from torch.optim import lr_scheduler as L
from torch.optim.lr_scheduler import StepLR
def make(name, *a, **k):
    p = [torch.nn.Parameter(torch.ones(1)), torch.nn.Parameter(torch.ones(1))]
    o = optim.SGD([{"params":[p[0]]},{"params":[p[1]],"lr":0.05}], lr=0.1, momentum=0.9)
    return o, getattr(L, name)(o, *a, **k)
class F:
    def __init__(self): self.z = 3
    def __call__(self, e): return 0.9 ** e
def run(name, *a, **k):
    n = k.pop("n", 12)
    try:
        o, s = make(name, *a, **k)
        print(name, s.get_last_lr() if name != "ReduceLROnPlateau" else "")
        for i in range(n):
            o.step()
            if name == "ReduceLROnPlateau": s.step(1.0/(i+1) if i < 3 else 0.4)
            else: s.step()
            print([g["lr"] for g in o.param_groups], o.param_groups[0]["momentum"])
        sd = s.state_dict()
        print(sd if not "_scale_fn_ref" in sd else "")
        o2, s2 = make(name, *a, **k)
        s2.load_state_dict(sd)
        print(s2.state_dict() == sd or s2.state_dict())
        print(o.param_groups)
    except Exception as e:
        print(name, type(e).__name__, e)
run("StepLR", 3); run("StepLR", step_size=3, gamma=0.5); run("MultiStepLR", [2,4,4]); run("ConstantLR"); run("LinearLR"); run("LinearLR", 0.5, 0.9, 4)
run("ExponentialLR", 0.9); run("CosineAnnealingLR", 5, 0.01, n=25); run("CosineAnnealingWarmRestarts", 3, 2, n=25); run("LambdaLR", lambda e: 0.95**e)
run("LambdaLR", [lambda e: 0.95**e, F()]); run("MultiplicativeLR", lambda e: 0.95); run("PolynomialLR"); run("ReduceLROnPlateau", patience=2); run("ReduceLROnPlateau", "max", 0.5, 1, cooldown=2)
run("OneCycleLR", 0.5, 12); run("OneCycleLR", 0.5, total_steps=10); run("OneCycleLR", [0.5, 0.4], epochs=4, steps_per_epoch=5, anneal_strategy="linear", three_phase=True); run("OneCycleLR", 0.5)
run("CyclicLR", 0.01, 0.1, 4); run("CyclicLR", 0.01, 0.1, 4, mode="triangular2"); run("CyclicLR", 0.01, 0.1, 4, mode="exp_range", gamma=0.99)
run("StepLR"); run("LinearLR", 0); run("CosineAnnealingWarmRestarts", 0); run("LambdaLR", [F()]); run("ReduceLROnPlateau", "x"); run("StepLR", 3, last_epoch=3)
o, s1 = make("ConstantLR", 0.1, 2)
s2 = L.ExponentialLR(o, 0.9)
s = L.SequentialLR(o, [s1, s2], [3])
for i in range(8):
    o.step(); s.step(); print(s.get_last_lr())
print(s.state_dict())
s.load_state_dict(s.state_dict())
o, s1 = make("ConstantLR", 0.1, 2)
s = L.ChainedScheduler([s1, L.ExponentialLR(o, 0.9)])
for i in range(4):
    o.step(); s.step(); print(s.get_last_lr())
print(s.state_dict())
try: L.StepLR(3, 3)
except Exception as e: print(type(e).__name__, e)
s1.step(5); print(s1.get_last_lr(), s1._step_count)
