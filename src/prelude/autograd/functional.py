"""torch.autograd.functional: jacobians, hessians and products with them."""
import torch


def _tuple(value):
    return (value if isinstance(value, tuple) else (value,)), isinstance(value, tuple)


def _watched(inputs, create_graph):
    if create_graph:
        return tuple([t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t in inputs])
    return tuple([t.detach().requires_grad_() for t in inputs])


def _plain(values, is_tuple, create_graph):
    if not create_graph:
        values = tuple([v.detach() for v in values])
    return values if is_tuple else values[0]


def _grad(outputs, inputs, seeds, create_graph):
    pairs = [(o, s) for o, s in zip(outputs, seeds) if o.requires_grad]
    if not pairs:
        return [torch.zeros_like(t) for t in inputs]
    found = torch.autograd.grad(
        [o for o, _ in pairs],
        inputs,
        [s for _, s in pairs],
        allow_unused=True,
        create_graph=create_graph,
        retain_graph=True,
    )
    return [torch.zeros_like(t) if g is None else g for g, t in zip(found, inputs)]


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    with torch.enable_grad():
        given, many_in = _tuple(inputs)
        given = _watched(given, create_graph)
        outputs, many_out = _tuple(func(*given))
        rows = tuple([_jacobian_of(output, given, create_graph) for output in outputs])
    if not many_in:
        rows = tuple([row[0] for row in rows])
    return rows if many_out else rows[0]


def _jacobian_of(output, inputs, create_graph):
    columns = [[] for _ in inputs]
    for i in range(output.numel()):
        seed = torch.zeros_like(output)
        seed.view(-1)[i] = 1
        for column, g in zip(columns, _grad([output], inputs, [seed], create_graph)):
            column.append(g if create_graph else g.detach())
    shaped = [torch.stack(c).view(output.size() + t.size()) for c, t in zip(columns, inputs)]
    return tuple(shaped)


def _scalar(value, name):
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element"
        )
    return value.squeeze()


def hessian(
    func,
    inputs,
    create_graph=False,
    strict=False,
    vectorize=False,
    outer_jacobian_strategy="reverse-mode",
):
    given, many = _tuple(inputs)

    def slope(*values):
        value = _scalar(func(*values), "hessian")
        return tuple(_grad([value], values, [torch.ones_like(value)], True))

    found = jacobian(slope, given, create_graph=create_graph)
    return found if many else found[0][0]


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    with torch.enable_grad():
        given, many_in = _tuple(inputs)
        given = _watched(given, create_graph)
        outputs, many_out = _tuple(func(*given))
        if v is None and (len(outputs) != 1 or outputs[0].nelement() != 1):
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single"
                " Tensor with a single element."
            )
        seeds = [torch.ones_like(outputs[0])] if v is None else _tuple(v)[0]
        found = _grad(outputs, given, seeds, create_graph)
    return _plain(outputs, many_out, create_graph), _plain(tuple(found), many_in, create_graph)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    with torch.enable_grad():
        given, many_in = _tuple(inputs)
        given = _watched(given, create_graph)
        if v is None and (len(given) != 1 or given[0].nelement() != 1):
            raise RuntimeError(
                "The vector v can only be None if the input to the user-provided function is a"
                " single Tensor with a single element."
            )
        along = [torch.ones_like(given[0])] if v is None else _tuple(v)[0]
        outputs, many_out = _tuple(func(*given))
        moved = _moved(outputs, given, along, create_graph)
    return _plain(outputs, many_out, create_graph), _plain(tuple(moved), many_out, create_graph)


def _moved(outputs, inputs, along, create_graph):
    seeds = [torch.zeros_like(output, requires_grad=True) for output in outputs]
    grads = _grad(outputs, inputs, seeds, True)
    return _grad(grads, seeds, along, create_graph)


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    with torch.enable_grad():
        given, many = _tuple(inputs)
        given = _watched(given, create_graph)
        output = func(*given)
        value = _scalar(output, "vhp")
        grads = _grad([value], given, [torch.ones_like(value)], True)
        seeds = [torch.ones_like(g) for g in grads] if v is None else _tuple(v)[0]
        found = _grad(grads, given, seeds, create_graph)
    return _plain((output,), False, create_graph), _plain(tuple(found), many, create_graph)


hvp = vhp
