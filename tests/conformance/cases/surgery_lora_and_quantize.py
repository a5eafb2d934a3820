import torch, torch.nn as nn, torch.nn.functional as F
import math, copy, collections
from collections import OrderedDict
torch.manual_seed(0)
# LoRA
class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, r=4, alpha=8):
        super().__init__()
        self.base = base
        for p in self.base.parameters(): p.requires_grad = False
        self.A = nn.Parameter(torch.empty(r, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, r))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.scaling = alpha / r
    def forward(self, x):
        return self.base(x) + (x @ self.A.T @ self.B.T) * self.scaling
    @torch.no_grad()
    def merge(self):
        self.base.weight += self.B @ self.A * self.scaling
        return self.base
l = LoRALinear(nn.Linear(8, 6))
print(l)
with torch.no_grad(): l.B.normal_()
x = torch.randn(2, 8)
y = l(x)
print(y)
m = l.merge()
print(torch.allclose(m(x), y, atol=1e-5))
print([(n, p.requires_grad) for n, p in l.named_parameters()])
# pos embed resize
pe = torch.arange(16*3, dtype=torch.float32).reshape(1, 16, 3)
g = pe.reshape(1, 4, 4, 3).permute(0, 3, 1, 2)
n2 = F.interpolate(g, size=(6, 6), mode='bicubic', align_corners=False)
print(n2.permute(0, 2, 3, 1).flatten(1, 2).shape, n2[0, 0])
print(F.interpolate(g, scale_factor=2, mode='nearest')[0,0,0])
print(F.interpolate(g, size=(7,7), mode='bilinear', align_corners=True)[0,1])
# int8 quantization
w = torch.randn(4, 5)
scale = w.abs().amax(dim=1, keepdim=True) / 127
q = torch.clamp((w / scale).round(), -128, 127).to(torch.int8)
print(q, scale.squeeze(), (q.float() * scale - w).abs().max())
# sharding
sd = OrderedDict((f"layers.{i}.w", torch.full((i + 1, 2), float(i))) for i in range(5))
shards, cur, size = [], {}, 0
for k, v in sd.items():
    n = v.numel() * v.element_size()
    if size + n > 48 and cur:
        shards.append(cur); cur, size = {}, 0
    cur[k] = v; size += n
shards.append(cur)
print([list(s) for s in shards])
index = {"metadata": {"total_size": sum(v.nbytes for v in sd.values())}, "weight_map": {k: f"shard-{i+1:05d}-of-{len(shards):05d}.pt" for i, s in enumerate(shards) for k in s}}
import json
print(json.dumps(index, indent=2))
# tie
class T(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 4)
        self.head = nn.Linear(4, 10, bias=False)
        self.head.weight = self.emb.weight
t = T()
print(len(list(t.parameters())), list(t.state_dict()), t.state_dict()['emb.weight'].data_ptr() == t.state_dict()['head.weight'].data_ptr())
print(sum(p.numel() for p in t.parameters()))
# lerp ema
ema = copy.deepcopy(t.state_dict())
for k, v in t.state_dict().items(): ema[k].lerp_(v + 1, 0.1)
print(ema['emb.weight'][:2])
print(torch.lerp(torch.zeros(3), torch.ones(3), torch.tensor([.1,.2,.3])))
# cosine between
a, b = torch.randn(10), torch.randn(10)
print(F.cosine_similarity(a, b, dim=0), torch.dist(a, b), (a-b).norm(p=1), torch.linalg.norm(a), torch.linalg.vector_norm(b, ord=float('inf')))
# slerp
def slerp(t, v0, v1, eps=1e-8):
    o = torch.acos(torch.dot(v0 / v0.norm(), v1 / v1.norm()).clamp(-1, 1))
    so = torch.sin(o)
    if so.abs() < eps: return (1 - t) * v0 + t * v1
    return torch.sin((1 - t) * o) / so * v0 + torch.sin(t * o) / so * v1
print(slerp(0.3, a, b))
# svd
# quantile
print(torch.quantile(w, torch.tensor([.25,.5,.75])), w.median(), w.kthvalue(2), w.flatten().mode())
print(torch.histc(w, bins=4, min=-2, max=2), torch.histogram(w.flatten(), 3))
print(torch.bucketize(torch.tensor([.1, 3.]), torch.tensor([0., 1., 2.])), torch.searchsorted(torch.tensor([1,3,5]), torch.tensor([2,5]), right=True))
print(torch.unique(torch.tensor([3,1,1,2]), return_counts=True, return_inverse=True))
print(torch.unique_consecutive(torch.tensor([1,1,2,2,1])))
print(torch.cartesian_prod(torch.tensor([1,2]), torch.tensor([3,4])), torch.combinations(torch.arange(3)))
print(torch.meshgrid(torch.arange(2), torch.arange(3), indexing='ij'))
print(torch.einsum('ij,kj->ik', w, w).shape, torch.einsum('bij,bjk->bik', torch.ones(2,3,4), torch.ones(2,4,5))[0,0])
print(torch.tensordot(torch.ones(2,3), torch.ones(3,2), dims=1), torch.kron(torch.eye(2), torch.ones(1,2)))
print(torch.block_diag(torch.ones(1,2), torch.ones(2,1)), torch.tril(torch.ones(3,3)), torch.triu_indices(3,3,1))
print(torch.roll(torch.arange(6).view(2,3), 1, dims=1), torch.flip(torch.arange(3), [0]), torch.rot90(torch.arange(4).view(2,2)))
print(torch.addcmul(torch.ones(2), torch.ones(2), torch.ones(2), value=.5), torch.addmm(torch.ones(2,2), torch.ones(2,2), torch.ones(2,2), beta=2, alpha=3))
print(torch.cdist(torch.eye(2), torch.zeros(1,2)), torch.cumsum(torch.arange(5), 0), torch.cumprod(torch.arange(1.,5), 0), torch.diff(torch.tensor([1,4,9])))
print(torch.isclose(torch.tensor([1., 2.]), torch.tensor([1.0000001, 2.1])), torch.equal(w, w.clone()), torch.nan_to_num(torch.tensor([float('nan'), float('inf')])))
print(torch.std_mean(w), torch.var(w, dim=0, unbiased=False), w.std(correction=0), torch.aminmax(w))
print(torch.logsumexp(w, 1), torch.softmax(w, -1)[0], F.log_softmax(w, dim=1)[0], torch.logaddexp(torch.tensor(1.), torch.tensor(2.)))
print(torch.where(w > 0, w, torch.zeros_like(w)), torch.where(w > 0, 1.0, -1.0)[0], torch.nonzero(w > 1), (w > 1).nonzero(as_tuple=True))
print(torch.masked_select(w, w > 1), w.masked_fill(w < 0, float('-inf'))[0], torch.take(w, torch.tensor([0, 7])), w.take_along_dim(w.argmax(1, keepdim=True), 1))
print(torch.gather(w, 1, torch.tensor([[0],[1],[2],[3]])), w.index_select(1, torch.tensor([0,2])), torch.zeros(3,2).index_add(0, torch.tensor([0,2]), torch.ones(2,2)), torch.zeros(5).index_copy_(0, torch.tensor([1]), torch.tensor([9.])), torch.zeros(2,2).index_fill_(1, torch.tensor([0]), 7), torch.zeros(4).index_put_((torch.tensor([1,1]),), torch.tensor([1.,2.]), accumulate=True))
print(torch.zeros(2,3).scatter_(1, torch.tensor([[0],[2]]), 5.), torch.zeros(3).scatter_add_(0, torch.tensor([0,0,1]), torch.ones(3)), torch.zeros(3).scatter_reduce(0, torch.tensor([0,0,1]), torch.tensor([1.,5.,2.]), reduce='amax'), F.one_hot(torch.tensor([0,2]), 3))
