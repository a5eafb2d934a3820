"""Parametrizations, as PyTorch's own tests of them go."""
import copy
import pickle
import warnings

import torch
import torch.nn.utils.parametrize as parametrize
from torch import nn
from torch.nn import Parameter, init
from torch.nn.utils import parametrizations

warnings.simplefilter("ignore")
torch.manual_seed(0)


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:260])


class Skew(nn.Module):
    def forward(self, X):
        X = X.tril(-1)
        return X - X.T


class Orthogonal(nn.Module):
    def forward(self, X):
        Id = torch.eye(X.size(0), device=X.device)
        return torch.linalg.solve(Id + X, Id - X)

    def right_inverse(self, X):
        return X


class Resize(nn.Module):
    def forward(self, X):
        return X[[0]]


class NoResize(nn.Module):
    def forward(self, X):
        return X


class FirstZero(nn.Module):
    def forward(self, x):
        return torch.cat([x.new_zeros(1), x[1:]])


class LastZero(nn.Module):
    def forward(self, x):
        return torch.cat([x[:-1], x.new_zeros(1)])


model = nn.Linear(4, 4)
first = id(model.weight), id(model.bias)
parametrize.register_parametrization(model, "weight", Skew())
print(hasattr(model, "parametrizations"), parametrize.is_parametrized(model), parametrize.is_parametrized(model, "weight"),
      parametrize.is_parametrized(model, "bias"), "weight" in model._parameters)
A = model.weight
print(torch.allclose(A, -A.T), list(model.state_dict()), [n for n, _ in model.named_parameters()])
print(model)
print(type(model), type(model).__name__, type(model).__module__, isinstance(model, nn.Linear))
parametrize.register_parametrization(model, "weight", Orthogonal())
print(len(model.parametrizations.weight), torch.allclose(model.weight @ model.weight.T, torch.eye(4), atol=1e-5))
parametrize.remove_parametrizations(model, "weight", leave_parametrized=False)
print(hasattr(model, "parametrizations"), "weight" in model._parameters, type(model).__name__, list(model.state_dict()))
parametrize.register_parametrization(model, "weight", Skew())
parametrize.register_parametrization(model, "bias", FirstZero())
parametrize.register_parametrization(model, "bias", LastZero())
print(model.bias[0].item(), model.bias[-1].item(), sorted(model.parametrizations.keys()))
model.bias.sum().backward()
print(model.parametrizations.bias.original.grad)
parametrize.remove_parametrizations(model, "weight")
print(torch.allclose(model.weight, -model.weight.T), type(model).__name__)
parametrize.remove_parametrizations(model, "bias")
print(model.bias[0].item(), type(model).__name__)
attempt("unknown", lambda: parametrize.register_parametrization(nn.Linear(2, 2), "nothing", Skew()))
attempt("resize", lambda: parametrize.register_parametrization(nn.Linear(2, 3), "weight", Resize()))
unsafe = nn.Linear(2, 3)
parametrize.register_parametrization(unsafe, "weight", Resize(), unsafe=True)
print(unsafe.weight.shape, unsafe.parametrizations.weight.original.shape)
attempt("remove none", lambda: parametrize.remove_parametrizations(nn.Linear(1, 1), "weight"))

# caching
model = nn.Linear(5, 5)
parametrize.register_parametrization(model, "weight", Skew())
parametrize.register_parametrization(model, "bias", NoResize())
with parametrize.cached():
    print(id(model.weight) == id(model.weight), id(model.bias) == id(model.bias))
X, Y = model.weight, model.weight
print(X is Y)

# assigning through right_inverse
class RankOne(nn.Module):
    def forward(self, x, y):
        return x.unsqueeze(-1) @ y.unsqueeze(-2)

    def right_inverse(self, Y):
        U, S, Vh = torch.linalg.svd(Y, full_matrices=False)
        s0_sqrt = S[0].sqrt().unsqueeze(-1)
        return U[..., :, 0] * s0_sqrt, Vh[..., 0, :] * s0_sqrt


class Double(nn.Module):
    def forward(self, x):
        return 2.0 * x

    def right_inverse(self, w):
        return 0.5 * w


linear = nn.Linear(3, 3)
parametrize.register_parametrization(linear, "weight", Double())
print([n for n, _ in linear.named_parameters()])
linear.weight = torch.ones(3, 3)
print(linear.weight.tolist(), linear.parametrizations.weight.original.tolist())
parametrize.remove_parametrizations(linear, "weight")
parametrize.register_parametrization(linear, "weight", RankOne())
print([n for n, _ in linear.named_parameters()], torch.linalg.matrix_rank(linear.weight).item())
print(linear)
parametrize.remove_parametrizations(linear, "weight")
print([n for n, _ in linear.named_parameters()], type(linear.weight).__name__)

# copies
model = nn.Sequential(nn.Linear(2, 2))
parametrize.register_parametrization(model[0], "weight", Skew())
copied = copy.deepcopy(model)
print(parametrize.is_parametrized(copied[0]), torch.equal(copied[0].weight, model[0].weight), type(copied[0]) is type(model[0]))
with torch.no_grad():
    copied[0].parametrizations.weight.original.add_(1)
print(torch.equal(copied[0].weight, model[0].weight))
attempt("pickling", lambda: pickle.dumps(model))
print(model.load_state_dict(copied.state_dict()), torch.equal(copied[0].weight, model[0].weight))
target = nn.Linear(2, 2)
parametrize.transfer_parametrizations_and_params(model[0], target)
print(parametrize.is_parametrized(target), torch.equal(target.weight, model[0].weight))
print(parametrize.type_before_parametrizations(target).__name__)

# optimisation through it
opt = torch.optim.SGD(model.parameters(), lr=0.1)
model(torch.ones(1, 2)).square().sum().backward()
opt.step()
print(torch.allclose(model[0].weight, -model[0].weight.T))

# those of the library
for make in [
    lambda: parametrizations.orthogonal(nn.Linear(3, 3)),
    lambda: parametrizations.orthogonal(nn.Linear(2, 4), orthogonal_map="cayley"),
    lambda: parametrizations.orthogonal(nn.Linear(4, 2), orthogonal_map="householder"),
    lambda: parametrizations.spectral_norm(nn.Linear(3, 4)),
    lambda: parametrizations.weight_norm(nn.Linear(3, 4)),
    lambda: parametrizations.weight_norm(nn.Conv1d(2, 3, 2), dim=None),
]:
    torch.manual_seed(3)
    layer = make()
    print(layer, [(k, tuple(v.shape)) for k, v in layer.state_dict().items()])
    print([round(v, 4) for v in layer.weight.flatten().tolist()][:5], [round(v, 4) for v in torch.linalg.svdvals(layer.weight.flatten(1)).tolist()])
attempt("orthogonal of a vector", lambda: parametrizations.orthogonal(nn.Linear(2, 2), "bias"))
attempt("orthogonal map", lambda: parametrizations.orthogonal(nn.Linear(2, 2), orthogonal_map="none"))
attempt("spectral norm of none", lambda: parametrizations.spectral_norm(nn.Linear(2, 2), "none"))
torch.manual_seed(5)
sn = parametrizations.spectral_norm(nn.Linear(3, 4), n_power_iterations=2)
sn.eval()
print(torch.equal(sn.weight, sn.weight), sn.parametrizations.weight[0])
sn.train()
sn(torch.ones(1, 3)).sum().backward()
print([round(v, 4) for v in sn.parametrizations.weight.original.grad.flatten().tolist()])

# weights of before
old = nn.utils.weight_norm(nn.Linear(2, 3))
print(list(old.state_dict()), old.weight.shape, [type(h).__name__ for h in old._forward_pre_hooks.values()])
new = parametrizations.weight_norm(nn.Linear(2, 3))
print(new.load_state_dict(old.state_dict()), torch.allclose(new(torch.ones(1, 2)), old(torch.ones(1, 2))))
nn.utils.remove_weight_norm(old)
print(list(old.state_dict()))
torch.manual_seed(7)
spectral = nn.utils.spectral_norm(nn.Linear(2, 3))
print(list(spectral.state_dict()), spectral.state_dict()._metadata)
spectral(torch.ones(1, 2))
nn.utils.remove_spectral_norm(spectral)
print(list(spectral.state_dict()))
attempt("twice", lambda: nn.utils.weight_norm(nn.utils.weight_norm(nn.Linear(2, 2))))
attempt("never", lambda: nn.utils.remove_weight_norm(nn.Linear(2, 2)))
