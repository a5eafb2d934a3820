# The base of a view and the leaf at the end of a graph are the very objects that the program made.
import torch

t = torch.ones(5, 5)
v = t[1:]
print(v._base is t, v._is_view(), t._base is None, v.t()._base is t)
a, b = torch.split(t, [2, 3])
print(a._base is t, b._base is a._base, a.view(torch.int32)._base is t)
known = {t: "t"}
print(known[v._base])
t.note = "kept"
print(v._base.note)

weight = torch.nn.Parameter(torch.ones(2, 3))
bias = torch.nn.Parameter(torch.zeros(2))
names = {id(weight): "weight", id(bias): "bias"}
loss = torch.nn.functional.linear(torch.ones(4, 3), weight, bias).relu().sum()


def leaves(node, found):
    if hasattr(node, "variable"):
        found.append(names[id(node.variable)])
    for following, _ in node.next_functions:
        if following is not None:
            leaves(following, found)
    return found


print(sorted(leaves(loss.grad_fn, [])))
y = weight * 2
z = y.view(6)
print(z._base is y, z._base.requires_grad)

# An object that goes away takes nothing with it.
del t
print(v._base.shape, a._base is v._base)
one, two = torch.zeros(2), torch.ones(3)
torch.utils.swap_tensors(one, two)
print(one.shape, one[:1]._base is one, two[:1]._base is two)

# A step of a graph, a layout, and a method of the class are one object each, however often they are asked for.
print(y.grad_fn is y.grad_fn, y.grad_fn in {y.grad_fn}, loss.grad_fn is not y.grad_fn)
print(y.layout is torch.strided, y.to_sparse().layout is torch.sparse_coo, torch.contiguous_format is torch.contiguous_format)
print(torch.Tensor.add_ is torch.Tensor.add_, torch.Tensor.add is torch.Tensor.sub, torch.Tensor.scatter_add_ is torch.scatter_add)


class Kept(torch.Tensor):
    pass


print(Kept.add is torch.Tensor.add, {torch.Tensor.abs: 1}[torch.Tensor.abs], y.abs is y.abs)
