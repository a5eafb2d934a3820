"""Modules called with other parameters, as PyTorch's own tests of it go."""
import warnings

import torch
from torch import nn
from torch.func import functional_call, stack_module_state
from torch.nn.utils import stateless

warnings.simplefilter("ignore")


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:220])


class Mock(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(1, 1)
        self.buffer = nn.Buffer(torch.ones(1))
        self.foo = 0.0

    def forward(self, x):
        return self.l1(x) + self.buffer


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(1, 1)
        self.tied_bias = self.l1.bias
        self.buffer = nn.Buffer(torch.ones(1))
        self.tied_buffer = self.buffer

    def forward(self, x):
        return self.l1(x) + self.tied_bias + self.buffer + self.tied_buffer


def parts(weight=1.0, bias=0.0, buffer=0.0):
    return {"l1.weight": torch.full((1, 1), weight, requires_grad=True), "l1.bias": torch.full((1,), bias, requires_grad=True),
            "buffer": torch.full((1,), buffer)}


torch.manual_seed(0)
m = Mock()
before = m.l1.weight.clone()
x = torch.full((1, 1), 3.0)
p = parts()
out = functional_call(m, p, x)
print(out, torch.equal(m.l1.weight, before), m.l1.weight is dict(m.named_parameters())["l1.weight"])
out.backward()
print(p["l1.weight"].grad, p["l1.bias"].grad, m.l1.weight.grad)
print(functional_call(m, ({"l1.weight": torch.ones(1, 1)}, {"l1.bias": torch.zeros(1), "buffer": torch.zeros(1)}), (x,)))
print(functional_call(m, parts(2.0), args=(), kwargs={"x": x}))
print(stateless.functional_call(m, parts(2.0), x))
attempt("unknown key", lambda: functional_call(m, {"nothing": torch.ones(1)}, x))
attempt("unknown key, strict", lambda: functional_call(m, {**parts(), "nothing": torch.ones(1)}, x, strict=True))
attempt("missing, strict", lambda: functional_call(m, {"l1.weight": torch.ones(1, 1), "buffer": torch.ones(1)}, x, strict=True))
attempt("two dicts share", lambda: functional_call(m, (parts(), parts()), x))
attempt("an error within", lambda: functional_call(m, parts(), torch.ones(2, 2)))
print(torch.equal(m.l1.weight, before))

t = Tied()
given = {"l1.weight": torch.ones(1, 1), "l1.bias": torch.full((1,), 2.0), "buffer": torch.full((1,), 5.0)}
print(functional_call(t, given, x), functional_call(t, given, x, tie_weights=False).shape)
print(functional_call(t, {"tied_bias": torch.full((1,), 9.0), "l1.weight": torch.ones(1, 1), "buffer": torch.zeros(1)}, x))
both = {**given, "tied_bias": torch.full((1,), 3.0)}
attempt("both names with other values", lambda: functional_call(t, both, x))
both["tied_bias"] = both["l1.bias"]
attempt("both names with one value", lambda: functional_call(t, both, x))
attempt("not tied", lambda: functional_call(t, {**given, "tied_bias": torch.full((1,), 3.0)}, x, tie_weights=False))


class Changing(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1))
        self.p = nn.Parameter(torch.ones(1))

    def forward(self, x):
        self.count = self.count + 1
        self.p = nn.Parameter(self.p + 1)
        return x * self.p + self.count


c = Changing()
given = {"count": torch.tensor([10.0]), "p": torch.tensor([2.0])}
attempt("changes", lambda: functional_call(c, given, torch.ones(1)))
print(given, c.count, c.p)

bn = nn.BatchNorm1d(2)
given = {k: v.clone() for k, v in [*bn.named_parameters(), *bn.named_buffers()]}
functional_call(bn, given, torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
print({k: v.tolist() for k, v in given.items()}, bn.running_mean.tolist())

# several models as one
torch.manual_seed(3)
models = [nn.Linear(2, 1) for _ in range(3)]
params, buffers = stack_module_state(models)
print({k: (tuple(v.shape), v.requires_grad) for k, v in params.items()}, buffers)
base = nn.Linear(2, 1)
out = torch.vmap(lambda p, x: functional_call(base, p, (x,)), in_dims=(0, None))(params, torch.ones(4, 2))
print(out.shape, torch.allclose(out[1], models[1](torch.ones(4, 2)), atol=1e-6))
attempt("no models", lambda: stack_module_state([]))
attempt("of two kinds", lambda: stack_module_state([nn.Linear(1, 1), nn.ReLU()]))
grads = torch.func.grad(lambda p: functional_call(base, p, (torch.ones(1, 2),)).sum())(dict(base.named_parameters()))
print({k: v.tolist() for k, v in grads.items()})

accessor_of = torch.nn.utils._named_member_accessor.NamedMemberAccessor
a = accessor_of(m)
print(sorted(dict(a.named_parameters())), a.get_tensor("l1.weight").shape, a.check_keys(["l1.weight", "x"]))
a.set_tensor("l1.weight", torch.zeros(1, 1))
print(m.l1.weight, type(m.l1.weight).__name__)
attempt("no tensor", lambda: a.get_tensor("l1.nothing"))
a.del_tensor("l1.bias")
print([n for n, _ in m.named_parameters()])
