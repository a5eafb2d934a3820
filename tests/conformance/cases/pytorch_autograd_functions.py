"""Functions of the program within the graph of gradients, hooks on its nodes, and what looks for wrong gradients."""
import warnings

import torch
from torch import nn
from torch.autograd import Function, gradcheck, gradgradcheck
from torch.autograd.function import once_differentiable

torch.manual_seed(3)


def refused(what, kind=RuntimeError):
    try:
        what()
    except kind as error:
        print(type(error).__name__ + ":", str(error).split("\n")[0][:150])
    else:
        print("not refused")


class Gate(Function):
    @staticmethod
    def forward(ctx, x, steepness):
        y = torch.sigmoid(x * steepness)
        ctx.save_for_backward(y)
        ctx.steepness = steepness
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        print("asked for", ctx.needs_input_grad, tuple(grad.shape), torch.is_grad_enabled())
        return grad * y * (1 - y) * ctx.steepness, None


x = torch.linspace(-1, 1, 4, dtype=torch.double, requires_grad=True)
y = Gate.apply(x, 3.0)
print(type(y.grad_fn).__name__, y.grad_fn.name(), [type(n).__name__ for n, _ in y.grad_fn.next_functions])
y.sum().backward()
print(x.grad)
refused(lambda: y.sum().backward())
refused(lambda: y.grad_fn.saved_tensors)
z = Gate.apply(x, 2.0)
(first,) = torch.autograd.grad(z.sum(), x, create_graph=True)
(second,) = torch.autograd.grad(first.sum(), x)
print(second)


class Shift(Function):
    """Changes its input in place."""

    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.add_(1)

    @staticmethod
    def backward(ctx, grad):
        return grad * 5


base = torch.zeros(2, requires_grad=True)
inner = base * 2
shifted = Shift.apply(inner)
print(shifted is inner, inner, inner._version)
shifted.sum().backward()
print(base.grad)


class Ranked(Function):
    @staticmethod
    def forward(ctx, x):
        values, places = x.sort()
        ctx.mark_non_differentiable(places)
        ctx.save_for_backward(places)
        return values, places

    @staticmethod
    def backward(ctx, grad, of_places):
        print("of the places:", of_places)
        (places,) = ctx.saved_tensors
        return torch.zeros_like(grad).index_add_(0, places, grad)


r = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
values, places = Ranked.apply(r)
print(values.requires_grad, places.requires_grad, places)
(values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
print(r.grad)


class Halves(Function):
    """What did not come back is None here."""

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x[:2].clone(), x[2:].clone()

    @staticmethod
    def backward(ctx, low, high):
        print("came back:", low, high)
        return torch.cat([torch.zeros(2) if part is None else part for part in (low, high)])


h = torch.ones(4, requires_grad=True)
Halves.apply(h)[1].sum().backward()
print(h.grad)


class Twice(Function):
    @staticmethod
    def forward(x, factor=2):
        return x * factor

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.factor = inputs

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        return grad * ctx.factor, None


t = torch.ones(2, requires_grad=True)
(g,) = torch.autograd.grad(Twice.apply(t).sum(), t, create_graph=True)
print(g.detach())
refused(lambda: g.sum().backward())


class Wrong(Function):
    @staticmethod
    def forward(ctx, x, n):
        return x * n

    @staticmethod
    def backward(ctx, grad):
        return grad


refused(lambda: Wrong.apply(t, 2).sum().backward())


class Kept(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad * ctx.saved_tensors[0]


k = (torch.ones(2, requires_grad=True) * 3)
kept = Kept.apply(k)
k.add_(1)
refused(lambda: kept.sum().backward())
print(gradcheck(lambda v: Gate.apply(v, 1.5), (x.detach()[:2].requires_grad_(),), fast_mode=True, raise_exception=False) in (True, False))
print(gradcheck(torch.tanh, (x,)), gradgradcheck(torch.tanh, (x,)))
refused(lambda: gradcheck(lambda v: v.detach() * v, (x,)), torch.autograd.gradcheck.GradcheckError if hasattr(torch.autograd.gradcheck, "GradcheckError") else RuntimeError)

# hooks of nodes: before, after, and their ends
w = torch.ones(3, requires_grad=True)
out = (w * 2).exp()
node = out.grad_fn
before = node.register_prehook(lambda grads: (grads[0] * 10,))
after = node.register_hook(lambda given, came: (given[0] + 1,))
seen = node.register_hook(lambda given, came: print("gives", len(given), "came", came[0].tolist()))
out.sum().backward(retain_graph=True)
print(w.grad)
for handle in (before, after, seen):
    handle.remove()
w.grad = None
out.sum().backward()
print(w.grad)
m = nn.Sigmoid()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    handle = m.register_backward_hook(lambda module, given, came: (given[0] * 0 + 7,))
q = torch.zeros(2, requires_grad=True)
m(q).sum().backward()
print(q.grad)
handle.remove()
bad = torch.ones(2, requires_grad=True)
tanh = bad.tanh()
tanh.grad_fn.register_hook(lambda given, came: ())
refused(lambda: tanh.sum().backward())

# where a wrong gradient comes from
n = torch.tensor([-1.0], requires_grad=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    with torch.autograd.detect_anomaly():
        print(torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled())
        refused(lambda: n.sqrt().sum().backward())
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        n.sqrt().sum().backward()
print(torch.is_anomaly_enabled(), n.grad)

# tangents
import torch.autograd.forward_ad as forward

with forward.dual_level():
    dual = forward.make_dual(x.detach(), torch.ones(4, dtype=torch.double))
    print(forward.unpack_dual((dual * dual).sin()).tangent)
    print(forward.unpack_dual(torch.ones(1)).tangent)
