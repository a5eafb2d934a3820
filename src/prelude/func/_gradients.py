"""torch.func: grad, vjp, jvp and jacobians, by libtorch's own gradients of gradients."""
import functools

import torch
from torch.func._vmap import leaves, mapped

# how many of these functions are running, one within the other
_level = 0


def _watched(tree):
    """The same values as leaves of a graph of their own, or, where they have a graph, as a step of it."""

    def watch(leaf):
        if not isinstance(leaf, torch.Tensor) or not (leaf.is_floating_point() or leaf.is_complex()):
            return leaf
        return leaf.view_as(leaf) if leaf.requires_grad else leaf.detach().requires_grad_()

    return mapped(watch, tree)


class _Inside:
    """Within it gradients are recorded, and those of inner functions are recorded too."""

    def __enter__(self):
        global _level
        _level += 1
        self._before = torch.is_grad_enabled()
        torch._C._set_grad_enabled(True)

    def __exit__(self, *_):
        global _level
        _level -= 1
        torch._C._set_grad_enabled(self._before)


def _differentiable(tree):
    return [leaf for leaf in leaves(tree) if isinstance(leaf, torch.Tensor) and leaf.requires_grad]


def _keeps_graph(inputs):
    tensors = [leaf for leaf in leaves(inputs) if isinstance(leaf, torch.Tensor)]
    return _level > 0 or any([t.requires_grad for t in tensors])


def _loose(value, keep):
    if keep:
        return value
    return mapped(lambda leaf: leaf.detach() if isinstance(leaf, torch.Tensor) else leaf, value)


def _gradients(output, seed, inputs, keep):
    """Gradients in the nesting of the inputs; zeros where an input was not used."""
    wanted = _differentiable(inputs)
    if output.requires_grad:
        found = torch.autograd.grad(
            output, wanted, seed, retain_graph=True, create_graph=keep, allow_unused=True
        )
    else:
        found = [None] * len(wanted)
    found = iter([torch.zeros_like(t) if g is None else g for g, t in zip(found, wanted)])

    def place(leaf):
        return next(found) if isinstance(leaf, torch.Tensor) and leaf.requires_grad else None

    return mapped(place, inputs)


def _chosen(args, argnums):
    """The arguments with the chosen ones watched, and those."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise RuntimeError(
                f"Got argnum={number}, but only {len(args)} positional inputs"
            )
    watched = [_watched(args[number]) for number in numbers]
    args = list(args)
    for number, value in zip(numbers, watched):
        args[number] = value
    return args, watched[0] if isinstance(argnums, int) else tuple(watched)


def grad_and_value(func, argnums=0, has_aux=False):
    """A function of the gradient of func and what func gives."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        keep = _keeps_graph(args)
        with _Inside():
            args, inputs = _chosen(args, argnums)
            output = func(*args, **kwargs)
            aux = None
            if has_aux:
                if not (isinstance(output, tuple) and len(output) == 2):
                    raise RuntimeError(
                        "grad_and_value(f)(*args): output of function f should be a tuple: (output,"
                        " aux) if has_aux is True"
                    )
                output, aux = output
            if not isinstance(output, torch.Tensor):
                raise RuntimeError(
                    f"Expected f(*args) to return a Tensor, got {type(output)}."
                )
            if output.dim() != 0:
                raise RuntimeError(
                    "Expected f(*args) to return a scalar tensor, got tensor with"
                    f" {output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            grads = _loose(_gradients(output, None, inputs, keep), keep)
        value = _loose(output, keep)
        return (grads, (value, _loose(aux, keep))) if has_aux else (grads, value)

    return wrapper


def grad(func, argnums=0, has_aux=False):
    """A function of the gradient of func."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        grads, value = both(*args, **kwargs)
        return (grads, value[1]) if has_aux else grads

    return wrapper


def vjp(func, *primals, has_aux=False):
    """What func gives, and a function from gradients of that to gradients of the primals."""
    keep = _keeps_graph(primals)
    with _Inside():
        inputs = _watched(primals)
        output = func(*inputs)
        if has_aux:
            output, aux = output

    def pull(*cotangents):
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        with _Inside():
            grads = None
            for part, seed in zip(leaves(output), leaves(given)):
                more = _gradients(part, seed, inputs, keep)
                grads = more if grads is None else mapped(lambda a, b: a + b, grads, more)
        return _loose(grads, keep)

    value = _loose(output, keep)
    return (value, pull, _loose(aux, keep)) if has_aux else (value, pull)


def _pushed(output, inputs, tangents, keep):
    """How one output moves along the tangents: the gradient of a gradient by its seed."""
    seed = torch.zeros_like(output, requires_grad=True)
    grads = leaves(_gradients(output, seed, inputs, True))
    pairs = [(g, t) for g, t in zip(grads, leaves(tangents)) if g is not None and g.requires_grad]
    if not pairs:
        return torch.zeros_like(output)
    along, = torch.autograd.grad(
        [g for g, _ in pairs],
        seed,
        [t for _, t in pairs],
        create_graph=keep,
        allow_unused=True,
        retain_graph=True,
    )
    return torch.zeros_like(output) if along is None else along


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """What func gives, and how that moves along the tangents."""
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to"
            " call f(*primals)."
        )
    keep = _keeps_graph(primals)
    with _Inside():
        inputs = _watched(primals)
        output = func(*inputs)
        if has_aux:
            output, aux = output
        moved = mapped(lambda part: _pushed(part, inputs, tangents, keep), output)
    result = (_loose(output, keep), _loose(moved, keep))
    return (*result, _loose(aux, keep)) if has_aux else result


def _jacobian(output, inputs, keep):
    """Rows of gradients, one for each element of the output, shaped output by input."""
    rows = []
    for i in range(output.numel()):
        seed = torch.zeros_like(output)
        seed.view(-1)[i] = 1
        rows.append(_gradients(output, seed, inputs, keep))

    def gathered(leaf, *each):
        return torch.stack(each).reshape(output.shape + leaf.shape)

    return mapped(gathered, inputs, *rows)


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None):
    """A function of the jacobian of func."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        keep = _keeps_graph(args)
        with _Inside():
            args, inputs = _chosen(args, argnums)
            output = func(*args, **kwargs)
            if has_aux:
                output, aux = output
            found = mapped(lambda part: _jacobian(part, inputs, keep), output)
        found = _loose(found, keep)
        return (found, _loose(aux, keep)) if has_aux else found

    return wrapper


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func, argnums=0):
    """A function of the second derivatives of func."""
    return jacrev(jacrev(func, argnums), argnums)
