import copy
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

torch.manual_seed(0)
x = torch.ones(1, 2)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2, bias=False)
        self.register_buffer("count", torch.tensor(0))
        nn.init.ones_(self.inner.weight)

    def forward(self, x, scale=1, *, add=0):
        self.count += 1
        return self.inner(x) * scale + add


m = Twice()
print(m(x), m(x, 2), m(x, scale=3, add=1), m.count)
handle = m.register_forward_hook(lambda module, args, out: out + 100)
print(m(x))
handle.remove()
print(m(x))
pre = m.inner.register_forward_pre_hook(lambda module, args: (args[0] * 10,))
print(m(x))
pre.remove()
kw = m.register_forward_pre_hook(lambda module, args, kwargs: (args, {**kwargs, "add": 7}), with_kwargs=True)
print(m(x))
kw.remove()
seen = []
everywhere = register_module_forward_hook(lambda module, args, out: seen.append(type(module).__name__))
m(x)
everywhere.remove()
before = register_module_forward_pre_hook(lambda module, args: seen.append("before " + type(module).__name__))
m(x)
before.remove()
m(x)
print(seen)


class Wrapped(nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError as error:
            print("missing:", error)
            return getattr(self.base, name)

    def forward(self, x):
        return self.base(x)


w = Wrapped(m)
print(w(x), w.inner is m.inner, w.count is m.count)


class Own(nn.Module):
    def _call_impl(self, *args, **kwargs):
        return "own", args, kwargs


print(Own()(1, a=2))


class Calling(nn.Module):
    def __call__(self, x):
        return "before", super().__call__(x)

    def forward(self, x):
        return x + 1


print(Calling()(x))
late = nn.Linear(2, 1)
late.forward = lambda x: "replaced"
print(late(x))


class NoInit(nn.Module):
    def __init__(self):
        pass

    def forward(self, x):
        return x


for attempt in (lambda: NoInit()(x), lambda: m.nothing, lambda: NoInit().weight, lambda: nn.Module()(x), lambda: m(x, 1, 2)):
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__, str(error).split(": linear")[0])
print(hasattr(m, "inner"), hasattr(m, "nothing"), getattr(m, "nothing", 5))
c = copy.deepcopy(m)
print(c(x), c.count, m.count)
print(nn.Module.__call__(m, x), nn.Module.__getattr__(m, "count"))
plain = nn.Module.__call__


def counted(self, *args, **kwargs):
    seen.append(1)
    return plain(self, *args, **kwargs)


seen.clear()
nn.Module.__call__ = counted
m(x)
nn.Module.__call__ = plain
print(len(seen))
Twice.forward = lambda self, x: "class changed"
print(m(x))
del Twice.forward
try:
    m(x)
except NotImplementedError as error:
    print(error)
m.inner = nn.Linear(2, 3)
print(m.inner.weight.shape, list(m.state_dict()))
m._parameters["extra"] = nn.Parameter(x)
print(m.extra)
del m.inner
print(hasattr(m, "inner"))


class Base:
    value = 1

    def get(self):
        return "base"


class Derived(Base):
    pass


d = Derived()
print(d.get(), d.value)
Base.get = lambda self: "changed"
Base.value = 2
print(d.get(), d.value)
Derived.get = lambda self: "nearer"
print(d.get())
del Derived.get
print(d.get())
setattr(Base, "__len__", lambda self: 3)
print(len(d))
vars(d)["get"] = lambda: "own"
print(d.get())
for _ in range(3):

    class Short:
        def name(self):
            return "first"

    first = Short().name()
    del Short

    class Short:
        def name(self):
            return "second"

    print(first, Short().name())
