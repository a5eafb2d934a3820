import torch, torch.nn as nn
class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.tensor([0.3, 1.7, -2.2], requires_grad=True)
y = STE.apply(x)
print(y, y.grad_fn is not None)
(y * torch.tensor([1., 2., 3.])).sum().backward()
print(x.grad)
class MulAdd(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b, c):
        ctx.save_for_backward(a, b)
        ctx.c = c
        return a * b + c, a.sum()
    @staticmethod
    def backward(ctx, g, g2):
        a, b = ctx.saved_tensors
        print('needs', ctx.needs_input_grad, g2)
        return g * b + g2, (g * a).sum(0), None
a = torch.randn(2, 3, generator=torch.Generator().manual_seed(0)).requires_grad_(); b = torch.ones(3, requires_grad=True)
o, s = MulAdd.apply(a, b, 2)
print(o, s)
(o.sum() + 3 * s).backward()
print(a.grad, b.grad)
a.grad = None
o, s = MulAdd.apply(a, b, 2); o.sum().backward(retain_graph=True); o.sum().backward(); print(a.grad)
class Exp(torch.autograd.Function):
    @staticmethod
    def forward(i):
        return i.exp()
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)
    @staticmethod
    def backward(ctx, g):
        r, = ctx.saved_tensors
        return g * r
z = torch.tensor([1., 2.], requires_grad=True); Exp.apply(z).sum().backward(); print(z.grad)
class GradReverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, l): ctx.l = l; return x.view_as(x)
    @staticmethod
    def backward(ctx, g): return g.neg() * ctx.l, None
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.l = nn.Linear(2, 1)
    def forward(self, x): return GradReverse.apply(self.l(x), .5)
torch.manual_seed(0); n = Net(); n(torch.ones(1, 2)).sum().backward(); print(n.l.weight.grad)
with torch.no_grad(): print(STE.apply(x))
print(STE.apply(torch.ones(2)))
print(torch.autograd.grad(STE.apply(x).sum(), x))
