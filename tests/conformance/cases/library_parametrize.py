import torch, torch.nn as nn
from torch.nn.utils import parametrizations as P, parametrize
def h(t): return (tuple(t.shape), [round(v, 3) + 0.0 for v in t.flatten()[:4].tolist()])
torch.manual_seed(0)
for f in (P.weight_norm, P.spectral_norm):
    for m in (nn.Linear(3, 4), nn.ConvTranspose1d(2, 3, 3)):
        m = f(m)
        print(m, type(m).__name__, parametrize.is_parametrized(m), parametrize.is_parametrized(m, "bias"))
        sd = m.state_dict()
        print({k: h(v) for k, v in sd.items()}, sd._metadata)
        x = torch.rand(2, 3) if isinstance(m, nn.Linear) else torch.rand(1, 2, 5)
        print(h(m(x)), h(m(x)), h(m.weight), [n for n, _ in m.named_parameters()])
        m.eval(); print(h(m(x)), m.load_state_dict(sd))
        if f is P.weight_norm:
            print(m.load_state_dict({"bias": sd["bias"], "weight_g": sd["parametrizations.weight.original0"], "weight_v": sd["parametrizations.weight.original1"]}))
        parametrize.remove_parametrizations(m, "weight"); print(m, h(m.weight), list(m.state_dict()))
class Sym(nn.Module):
    def forward(self, x): return x.triu() + x.triu(1).T
l = nn.Linear(3, 3); parametrize.register_parametrization(l, "weight", Sym())
print(l, (l.weight == l.weight.T).all(), list(l.state_dict()))
try: parametrize.register_parametrization(l, "nothing", Sym())
except ValueError as e: print(e)
