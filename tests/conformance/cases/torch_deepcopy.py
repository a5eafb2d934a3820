import torch, copy
import torch.nn as nn
x = torch.arange(6.0).view(2, 3)
d = {"a": x, "b": x[0], "c": x.t(), "d": x}
e = copy.deepcopy(d)
e["a"][0, 0] = 100
print(e["b"], e["c"], d["a"], e["a"] is e["d"], e["c"].stride(), e["b"].storage_offset())
l = nn.Linear(2, 2); l2 = nn.Linear(2, 2); l2.weight = l.weight
m = nn.ModuleList([l, l2]); n = copy.deepcopy(m); print(n[0].weight is n[1].weight, n[0].weight is l.weight, type(n[0].weight).__name__, n[0].weight.requires_grad)
p = nn.Parameter(torch.ones(2)); p.grad = torch.ones(2); q = copy.deepcopy(p); print(q, q.grad, q.grad is p.grad)
print(copy.deepcopy(torch.ones(2, dtype=torch.float8_e4m3fn)), copy.deepcopy(torch.tensor(5)), copy.deepcopy(torch.zeros(0)), copy.deepcopy([torch.ones(1)] * 2))
y = torch.ones(1000)[::100]; print(copy.deepcopy(y).untyped_storage().nbytes(), y.clone().untyped_storage().nbytes())
from torch.serialization import add_safe_globals, safe_globals
import torch.utils.checkpoint as cp
print(cp.checkpoint(lambda v: v + 1, x[0], use_reentrant=False))
