import torch
import torch.nn as nn
import torch.nn.functional as F
import copy, math, os, sys, re, json
from collections import OrderedDict, defaultdict, Counter

torch.manual_seed(0)
class Block(nn.Module):
    expansion = 4
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride), nn.BatchNorm2d(cout)) if stride != 1 or cin != cout else None
        self.register_buffer("scale", torch.tensor(0.5))
    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        if self.down is not None:
            x = self.down(x)
        return out + x * self.scale
net = nn.Sequential(OrderedDict([("a", Block(3, 8)), ("b", Block(8, 8)), ("pool", nn.AdaptiveAvgPool2d(1)), ("flat", nn.Flatten()), ("fc", nn.Linear(8, 4))]))
print(net)
x = torch.randn(2, 3, 8, 8)
net.eval()
with torch.no_grad():
    y = net(x)
print(y.shape, y)
print(sum(p.numel() for p in net.parameters()), sum(p.numel() for p in net.parameters() if p.requires_grad))
for n, p in net.named_parameters():
    print(n, tuple(p.shape), p.requires_grad, p.is_leaf)
for n, b in net.named_buffers():
    print(n, b.dtype, b.shape)
sd = net.state_dict()
print(type(sd).__name__, len(sd), list(sd)[:3], sd._metadata["a.bn1"] if hasattr(sd, "_metadata") else None)
torch.save(sd, "m.pt")
sd2 = torch.load("m.pt", weights_only=True)
print(all(torch.equal(sd[k], sd2[k]) for k in sd))
net2 = copy.deepcopy(net)
for p in net2.parameters():
    p.data.mul_(0).add_(1)
print(net2.fc.weight[0], net.fc.weight[0])
print(net2.load_state_dict(sd))
print(torch.equal(net2.fc.weight, net.fc.weight), net2.fc.weight is net.fc.weight, net2.fc.weight.data_ptr() == net.fc.weight.data_ptr())
loss = F.cross_entropy(net(x), torch.tensor([1, 2]))
print(f"{loss.item():.4f}", loss)
loss.backward()
print({n: round(p.grad.norm().item(), 4) for n, p in net.named_parameters() if p.grad is not None and "fc" in n})
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(3):
    opt.zero_grad()
    l = F.cross_entropy(net(x), torch.tensor([1, 2]))
    l.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    print(step, round(l.item(), 3))
print({k: v for k, v in opt.state_dict()["param_groups"][0].items() if k != "params"})
half = {k: v.half() if v.is_floating_point() else v for k, v in sd.items()}
print(Counter(str(v.dtype) for v in sd.values()))
print(sum(v.numel() * v.element_size() for v in sd.values()) / 1024)
