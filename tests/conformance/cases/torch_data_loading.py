import torch
from torch.utils.data import DataLoader, TensorDataset, Dataset, random_split, Subset, ConcatDataset
torch.manual_seed(0)
ds = TensorDataset(torch.arange(10.0), torch.arange(10) % 2)
for x, y in DataLoader(ds, batch_size=4): print(x, y)
for x, y in DataLoader(ds, batch_size=4, shuffle=True): print(x, y)
print(len(DataLoader(ds, batch_size=4)), len(DataLoader(ds, batch_size=4, drop_last=True)))
a, b = random_split(ds, [7, 3]); print(len(a), len(b), [b[i] for i in range(3)])
class D(Dataset):
    def __len__(self): return 5
    def __getitem__(self, i): return {"x": torch.ones(2) * i, "y": i, "n": f"s{i}", "f": i / 2}
for batch in DataLoader(D(), batch_size=2, shuffle=True): print(batch)
print(torch.rand(1), ds[0], ds[2:4], len(ConcatDataset([ds, ds])))
