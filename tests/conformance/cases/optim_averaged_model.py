import torch, torch.nn as nn, copy
from torch.optim.swa_utils import AveragedModel, SWALR, update_bn, get_ema_multi_avg_fn, get_ema_avg_fn
torch.manual_seed(0)
m = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
o = torch.optim.SGD(m.parameters(), .1)
ema = AveragedModel(m, multi_avg_fn=get_ema_multi_avg_fn(.9)); swa = AveragedModel(m); e2 = AveragedModel(m, avg_fn=get_ema_avg_fn(.5), use_buffers=True)
sch = SWALR(o, swa_lr=0.01, anneal_epochs=3)
X = torch.randn(8, 2)
for i in range(5):
    o.zero_grad(); m(X).pow(2).mean().backward(); o.step(); sch.step(); ema.update_parameters(m); swa.update_parameters(m); e2.update_parameters(m)
    print(sch.get_last_lr())
print(ema.state_dict()); print(swa.module[0].weight, swa.n_averaged); print(e2.state_dict()); print(list(swa.state_dict()))
update_bn([X, X + 1], swa); print(swa.module[1].running_mean, swa.module[1].momentum)
print(swa)
