"""Modules that take their sizes from their first input, as PyTorch's own tests of them go."""
import copy
import pickle
import warnings

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

warnings.simplefilter("ignore")


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:230])


class Lazy(nn.modules.lazy.LazyModuleMixin, nn.Module):
    pass


m = Lazy()
m.register_parameter("test_param", UninitializedParameter())
print(m.has_uninitialized_params(), is_lazy(m.test_param), m.test_param, type(m.test_param).__mro__[1].__name__, isinstance(m.test_param, nn.Parameter))
print(list(m.state_dict()), [is_lazy(v) for v in m.state_dict().values()])
m.test_param.materialize((5, 5))
print(type(m.test_param).__name__, m.test_param.shape, m.test_param.requires_grad, m.has_uninitialized_params())
m.register_buffer("test_buffer", UninitializedBuffer())
print(m.test_buffer, m.test_buffer.requires_grad)
m.test_buffer.materialize((3,), dtype=torch.float64)
print(type(m.test_buffer).__name__, m.test_buffer.shape, m.test_buffer.dtype)
attempt("shape", lambda: UninitializedParameter().shape)
attempt("add", lambda: UninitializedParameter() + 1)
attempt("share", lambda: UninitializedParameter().share_memory_())
attempt("backward", lambda: UninitializedParameter().sum())
m = Lazy()
m.register_parameter("p", UninitializedParameter())
m.register_buffer("b", UninitializedBuffer())
m.double()
print(m.p.dtype, m.b.dtype, is_lazy(m.p))
m.p.materialize((2,)), m.b.materialize((2,))
print(m.p.dtype, m.b.dtype)
attempt("initialize_parameters", lambda: Lazy()(1))


def through(make, *shape):
    torch.manual_seed(0)
    lazy = make()
    print(lazy, [n for n, _ in lazy.named_parameters()], [n for n, _ in lazy.named_buffers()])
    pickled = pickle.loads(pickle.dumps(lazy))
    copied = make() if any(is_lazy(b) for b in lazy.buffers()) else copy.deepcopy(lazy)
    torch.manual_seed(1)
    out = lazy(torch.ones(shape))
    print(type(lazy).__name__, lazy, tuple(out.shape), [(k, tuple(v.shape)) for k, v in lazy.state_dict().items()])
    print(len(lazy._forward_pre_hooks), len(lazy._load_state_dict_pre_hooks), [round(v, 4) for v in out.flatten().tolist()[:3]])
    print(copied.load_state_dict(lazy.state_dict()), type(copied).__name__, copied.has_uninitialized_params())
    attempt("copied", lambda: tuple(copied(torch.ones(shape)).shape))
    print(type(copied).__name__, type(pickled(torch.ones(shape))).__name__, type(pickled).__name__)


through(lambda: nn.LazyLinear(3), 2, 5)
through(lambda: nn.LazyLinear(3, bias=False), 2, 5)
through(lambda: nn.LazyConv1d(2, 3), 1, 2, 8)
through(lambda: nn.LazyConv2d(4, 3, padding=1, groups=2), 1, 2, 5, 5)
through(lambda: nn.LazyConv3d(2, 2), 1, 1, 3, 3, 3)
through(lambda: nn.LazyConvTranspose1d(2, 3), 1, 2, 8)
through(lambda: nn.LazyConvTranspose2d(2, 3, stride=2), 1, 2, 4, 4)
through(lambda: nn.LazyBatchNorm1d(), 3, 4)
through(lambda: nn.LazyBatchNorm2d(affine=False), 3, 4, 2, 2)
through(lambda: nn.LazyBatchNorm3d(track_running_stats=False), 3, 2, 2, 2, 2)
through(lambda: nn.LazyInstanceNorm1d(affine=True), 3, 4, 2)
through(lambda: nn.LazyInstanceNorm2d(affine=True, track_running_stats=True), 3, 4, 2, 2)
attempt("too few dimensions", lambda: nn.LazyConv2d(2, 2)(torch.ones(3)))
attempt("another width", lambda: nn.Sequential(nn.LazyLinear(2), nn.Linear(3, 1))(torch.ones(1, 4)))

net = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
attempt("forward", lambda: tuple(net(torch.ones(1, 3)).shape))
print(net, [tuple(p.shape) for p in opt.param_groups[0]["params"]])
net(torch.ones(1, 3)).sum().backward()
opt.step()
other = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(2))
print(other.load_state_dict(net.state_dict()))
print(other, torch.equal(other(torch.ones(1, 3)), net(torch.ones(1, 3))))
attempt("a lazy state", lambda: nn.Linear(2, 2).load_state_dict(nn.LazyLinear(2).state_dict()))
half = nn.Sequential(nn.LazyLinear(4), nn.LazyLinear(2))
print(half.load_state_dict(nn.Sequential(nn.LazyLinear(4), nn.LazyLinear(2)).state_dict()), half)
attempt("spectral norm", lambda: nn.utils.spectral_norm(nn.LazyLinear(2)))
