import torch, os
from collections import OrderedDict
import torch.nn as nn
torch.manual_seed(1)
ck = {"epoch": 3, "state_dict": OrderedDict((f"module.{k}", v) for k, v in nn.Linear(3, 2).state_dict().items()), "lr": 0.1, "best": 0.93, "args": {"arch": "x", "l": [1, 2]}}
torch.save(ck, "c.pth")
l = torch.load("c.pth", map_location="cpu", weights_only=False)
print(l.keys(), l["epoch"], l["args"], type(l["state_dict"]))
print(l["state_dict"])
new = {k.replace("module.", "", 1): v for k, v in l["state_dict"].items()}
m = nn.Linear(3, 2)
print(m.load_state_dict(new, strict=True), m.weight)
try:
    m.load_state_dict(l["state_dict"])
except RuntimeError as e:
    print(e)
r = m.load_state_dict(l["state_dict"], strict=False)
print(r, r.missing_keys, r.unexpected_keys, len(r))
try:
    nn.Linear(4, 2).load_state_dict(new)
except RuntimeError as e:
    print(e)
try:
    torch.load("nope.pt")
except FileNotFoundError as e:
    print(type(e).__name__, e)
w = new["weight"]
new["weight"] = torch.cat([w, torch.zeros(1, 3)])
new["bias"] = torch.nn.functional.pad(new["bias"], (0, 1))
m3 = nn.Linear(3, 3); m3.load_state_dict(new); print(m3.bias, m3.weight.shape)
u, s, v = torch.linalg.svd(w)
print(s.shape, (w @ w.T).trace().sqrt(), w.norm())
print(os.path.getsize("c.pth") > 100, os.path.exists("c.pth"))
for k, v in m3.named_parameters():
    v.requires_grad = "bias" in k
print([(k, v.requires_grad) for k, v in m3.named_parameters()])
m3.requires_grad_(False); print(any(p.requires_grad for p in m3.parameters()))
print(m3.weight.grad, m3.weight.data[0], m3.weight.detach()[0], m3.bias)
m3.weight = nn.Parameter(torch.ones(3, 3)); print(m3.weight)
with torch.no_grad(): m3.weight[0] = 5; m3.bias.zero_(); m3.weight.copy_(torch.eye(3))
print(m3.weight, m3.state_dict())
m3.half(); print(m3.weight.dtype); m3.double(); print(next(m3.parameters()).dtype); m3.to(torch.float32); print(m3.bias.dtype)
avg = {k: sum(d[k] for d in (m3.state_dict(), m3.state_dict())) / 2 for k in m3.state_dict()}
print(avg["weight"])
ema = {k: v.clone() for k, v in m3.state_dict().items()}
for k, v in m3.state_dict().items(): ema[k].mul_(0.9).add_(v, alpha=0.1)
print(ema["weight"].diag())
print({k: tuple(v.shape) for k, v in sorted(ema.items())}, sorted(ema, key=lambda k: -ema[k].numel()))
print(torch.stack([p.flatten().float().mean() for p in m3.parameters()]).tolist())
print(all(v.dtype == torch.float32 for v in ema.values()), max(ema.values(), key=lambda v: v.numel()).shape)
p = nn.ParameterList([nn.Parameter(torch.zeros(2)) for _ in range(2)]); print(p, list(p.state_dict()))
d = nn.ModuleDict({"a": nn.Linear(1, 1), "b": nn.ReLU()}); print(d, list(d.state_dict()))
print(nn.Embedding(3, 2), nn.LSTM(2, 3, batch_first=True), nn.Dropout(0.2), nn.LayerNorm(4), nn.MultiheadAttention(4, 2))
print(isinstance(m3.weight, torch.Tensor), isinstance(m3.weight, nn.Parameter), type(m3.weight), type(m3.weight.data))
print(nn.Parameter(torch.tensor(1.0)) * 2, (m3.weight.sum() + 1))
