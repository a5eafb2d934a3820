"""Hooks of modules, as PyTorch's own tests of them go."""
import copy
import pickle
import warnings
from collections import OrderedDict
from functools import partial

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(0)


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error).split("\n")[0][:150])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq1 = nn.Sequential(*[nn.Linear(10, 10) for _ in range(2)])
        self.seq2 = nn.Sequential(*[nn.Linear(10, 10) for _ in range(2)])

    def forward(self, x):
        return self.seq2(self.seq1(x))


class ToyNamed(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(3, 3)

    def forward(self, x, *, scale=1, **more):
        return self.net(x) * scale


fired = []


def forward_hook(order, module, args, out):
    fired.append(("forward", order, type(module).__name__, type(args).__name__, type(out).__name__))


def forward_pre_hook(order, module, args):
    fired.append(("pre", order, type(module).__name__, len(args)))


def backward_hook(order, module, grad_input, grad_output):
    fired.append(("backward", order, [g is None for g in grad_input], [tuple(g.shape) for g in grad_output]))


def backward_pre_hook(order, module, grad_output):
    fired.append(("backward pre", order, [tuple(g.shape) for g in grad_output]))


model = Net()
x = torch.randn(10, 10)
model.seq1.register_forward_hook(partial(forward_hook, 0))
model.seq1.register_forward_hook(partial(forward_hook, 1), prepend=True)
model.seq1.register_forward_pre_hook(partial(forward_pre_hook, 2))
model.seq1.register_forward_pre_hook(partial(forward_pre_hook, 3), prepend=True)
model.seq2.register_full_backward_hook(partial(backward_hook, 4))
model.seq2.register_full_backward_hook(partial(backward_hook, 5), prepend=True)
model.seq2.register_full_backward_pre_hook(partial(backward_pre_hook, 6))
model.seq2.register_full_backward_pre_hook(partial(backward_pre_hook, 7), prepend=True)
out = model(x)
print(fired)
fired.clear()
out.sum().backward()
print(fired)
fired.clear()
print([list(d.keys() for d in [m._forward_hooks]) and len(m._forward_hooks) for m in model.modules()])

# removal, and a handle in a with block
handle = model.register_forward_hook(partial(forward_hook, 8))
with handle:
    model(x)
print(len(fired), len(model._forward_hooks))
fired.clear()
handle = model.seq1[0].register_forward_pre_hook(lambda m, a: None)
handle.remove()
handle.remove()
print(len(model.seq1[0]._forward_pre_hooks))

# what hooks change
toy = nn.Linear(2, 2)
with torch.no_grad():
    toy.weight.copy_(torch.eye(2)), toy.bias.zero_()
toy.register_forward_pre_hook(lambda m, a: (a[0] * 2,))
toy.register_forward_pre_hook(lambda m, a: a[0] + 1)
toy.register_forward_hook(lambda m, a, o: o * 10)
print(toy(torch.tensor([1.0, 2.0])).tolist())

# with keywords
named = ToyNamed()


def pre_with(module, args, kwargs):
    print("pre", len(args), kwargs)
    return args, {**kwargs, "scale": 3}


def after_with(module, args, kwargs, out):
    print("after", len(args), kwargs)
    return out - out


named.register_forward_pre_hook(pre_with, with_kwargs=True)
named.register_forward_hook(after_with, with_kwargs=True)
print(named(torch.ones(1, 3), scale=2).tolist())
bad = ToyNamed()
bad.register_forward_pre_hook(lambda m, a, k: a, with_kwargs=True)
attempt("pre hook's tuple", lambda: bad(torch.ones(1, 3)))


class Fails(nn.Module):
    def forward(self, x, fail=True):
        if fail:
            raise RuntimeError("failing in forward")
        return x


fails = Fails()
fails.register_forward_hook(lambda m, a, o: print("always", o), always_call=True)
fails.register_forward_hook(lambda m, a, o: print("only when it went well", o))
attempt("always called", lambda: fails(torch.ones(1)))
attempt("without fail", lambda: fails(torch.ones(1), fail=False))
raising = Fails()
raising.register_forward_hook(lambda m, a, o: 1 / 0, always_call=True)
attempt("always called and raising", lambda: raising(torch.ones(1)))

# backward hooks
layer = nn.Linear(3, 2)
seen = []
layer.register_full_backward_hook(lambda m, i, o: seen.append([None if g is None else g.tolist() for g in i + o]))
layer(torch.ones(1, 3)).sum().backward()
print(seen)
seen.clear()
layer(torch.ones(1, 3, requires_grad=True)).sum().backward()
print([len(one) for one in seen], seen[0][-1])
changed = nn.Linear(2, 2)
changed.register_full_backward_hook(lambda m, i, o: (i[0] * 0 + 7,))
point = torch.ones(1, 2, requires_grad=True)
changed(point).sum().backward()
print(point.grad.tolist())
scaled = nn.Identity()
scaled.register_full_backward_pre_hook(lambda m, o: (o[0] * 5,))
point = torch.ones(2, requires_grad=True)
scaled(point).sum().backward()
print(point.grad.tolist())
wrong = nn.Identity()
wrong.register_full_backward_pre_hook(lambda m, o: (o[0], o[0]))
attempt("pre hook with two", lambda: wrong(torch.ones(2, requires_grad=True)).sum().backward())
out = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
out.register_full_backward_hook(lambda m, i, o: print("seq", i[0].shape, o[0].shape))
y = out(torch.ones(1, 2, requires_grad=True))
print(type(y.grad_fn).__name__, y.requires_grad)
y.mean().backward()


class TwoOut(nn.Module):
    def forward(self, a, b):
        return a * b, a + b


two = TwoOut()
two.register_full_backward_hook(lambda m, i, o: print("two", [g.tolist() for g in i], [None if g is None else g.tolist() for g in o]))
a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
p, q = two(a, b)
(p + 2 * q).backward()
print(a.grad, b.grad)
p, q = two(a, b)
p.backward()

# hooks of all modules
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)

names = []
handles = [
    register_module_forward_pre_hook(lambda m, a: names.append("pre " + type(m).__name__)),
    register_module_forward_hook(lambda m, a, o: names.append("post " + type(m).__name__)),
    register_module_full_backward_hook(lambda m, i, o: names.append("back " + type(m).__name__)),
    register_module_full_backward_pre_hook(lambda m, o: names.append("back pre " + type(m).__name__)),
]
plain = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
plain(torch.ones(1, 2, requires_grad=True)).sum().backward()
for handle in handles:
    handle.remove()
print(names)
names.clear()
handles = [
    register_module_parameter_registration_hook(lambda m, n, p: names.append(("parameter", n, tuple(p.shape)))),
    register_module_buffer_registration_hook(lambda m, n, b: names.append(("buffer", n))),
    register_module_module_registration_hook(lambda m, n, s: names.append(("module", n, type(s).__name__))),
]
nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1))
for handle in handles:
    handle.remove()
nn.BatchNorm1d(2)
print(names)

# state_dict hooks
m = nn.Sequential(nn.Linear(2, 2))


def rename(module, state, prefix, metadata):
    for key in list(state):
        state["renamed." + key] = state.pop(key)


handle = m._register_state_dict_hook(rename)
print(list(m.state_dict()), m.state_dict()._metadata)
handle.remove()
print(list(m.state_dict()))
m.register_state_dict_pre_hook(lambda module, prefix, keep: print("pre state_dict", repr(prefix), keep))
m.register_state_dict_post_hook(lambda module, state, prefix, meta: print("post", len(state), repr(prefix), meta))
m.state_dict()
m.state_dict(prefix="a.", keep_vars=True)
m.register_state_dict_post_hook(lambda module, state, prefix, meta: state)
attempt("a post hook that returns", m.state_dict)

# load_state_dict hooks
m = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
sd = {k: v.clone() for k, v in m.state_dict().items()}
m.register_load_state_dict_pre_hook(lambda module, state, prefix, meta, strict, missing, unexpected, errors: print("load pre", prefix, len(state), strict))
m[0]._register_load_state_dict_pre_hook(lambda state, prefix, *rest: print("inner", prefix, len(rest)))
m[0]._register_load_state_dict_pre_hook(lambda module, state, prefix, *rest: print("with module", type(module).__name__), with_module=True)
m.register_load_state_dict_post_hook(lambda module, keys: print("load post", keys.missing_keys, keys.unexpected_keys))
print(m.load_state_dict(sd))
sd["extra"] = torch.ones(1)
m.register_load_state_dict_post_hook(lambda module, keys: keys.unexpected_keys.clear())
print(m.load_state_dict(sd))
m.register_load_state_dict_post_hook(lambda module, keys: keys)
attempt("a post hook that returns", lambda: m.load_state_dict(sd))

# copies keep their hooks
m = nn.Linear(1, 1)
m.register_forward_hook(print_hook := (lambda module, a, o: print("hooked", tuple(o.shape))))
copy.deepcopy(m)(torch.ones(1, 1))


class WithWeakHook(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_load_state_dict_pre_hook(WithWeakHook.count)
        self.counted = 0

    @staticmethod
    def count(module, *rest):
        module.counted += 1


w = WithWeakHook()
w.load_state_dict({})
c = copy.deepcopy(w)
c.load_state_dict({})
p = pickle.loads(pickle.dumps(w))
p.load_state_dict({})
print(w.counted, c.counted, p.counted)
