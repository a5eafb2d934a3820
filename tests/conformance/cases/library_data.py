import torch, torch.nn as nn
from torch.utils.data import Dataset, DataLoader, TensorDataset, random_split, Subset, RandomSampler, WeightedRandomSampler, ConcatDataset
import torch.utils.data as d
torch.manual_seed(0)
x = torch.arange(10.); y = torch.arange(10)
ds = TensorDataset(x, y)
for b in DataLoader(ds, batch_size=4): print(b)
for b in DataLoader(ds, batch_size=4, shuffle=True, drop_last=True): print(b)
print(torch.rand(1))
for b in DataLoader(ds, batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(3)): print(b)
print(len(DataLoader(ds, batch_size=3)), len(ds), ds[2])
a, b = random_split(ds, [7, 3]); print(list(a.indices), list(b.indices), a[0])
print([s.indices for s in random_split(ds, [0.35, 0.65], generator=torch.Generator().manual_seed(1))])
class D(Dataset):
    def __len__(self): return 5
    def __getitem__(self, i): return {"i": i, "f": i / 2, "s": str(i), "t": torch.full((2,), i), "l": [i, (i, i)]}
for b in DataLoader(D(), 2): print(b)
for b in DataLoader(D(), None): print(b)
print(list(RandomSampler(range(5))), list(RandomSampler(range(5), replacement=True, num_samples=40)), list(WeightedRandomSampler([0.1, 0.9], 6)))
print(len(D() + D()), (D() + D())[6], (D()+D())[-1])
it = iter(DataLoader(ds, 5, shuffle=True)); print(next(it)); 
class I(d.IterableDataset):
    def __iter__(self): return iter(range(5))
print(list(DataLoader(I(), 2)), list(DataLoader(I(), 2, drop_last=True)))
for f in (lambda: DataLoader(ds, 0), lambda: random_split(ds, [1, 2]), lambda: DataLoader(ds, sampler=[1], shuffle=True), lambda: TensorDataset(x, y[:3])):
    try: f(); print("ok")
    except Exception as e: print(type(e).__name__, e)
def h(t): return (tuple(t.shape), [round(v, 3) + 0.0 for v in t.flatten()[:4].tolist()])
for f in (nn.utils.weight_norm, nn.utils.spectral_norm):
    for m in (nn.Linear(3, 4), nn.Conv2d(2, 3, 3), nn.ConvTranspose2d(2, 3, 3)):
        m = f(m); print(m, list(m.state_dict()), m.state_dict()._metadata)
        i = torch.rand(2, 3) if isinstance(m, nn.Linear) else torch.rand(1, 2, 5, 5)
        print(h(m(i)), h(m(i)), [h(v) for v in m.state_dict().values()], list(dict(m.named_parameters())))
        m.eval(); print(h(m(i)), m.load_state_dict(m.state_dict()))
        (nn.utils.remove_weight_norm if f is nn.utils.weight_norm else nn.utils.remove_spectral_norm)(m); print(list(m.state_dict()), h(m.weight))
try: nn.utils.remove_weight_norm(nn.Linear(1, 1))
except ValueError as e: print(e)
