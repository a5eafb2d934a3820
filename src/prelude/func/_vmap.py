"""torch.func.vmap: a function over a dimension more. It runs once for each place along it, and the results are stacked."""
import functools

import torch


def leaves(tree):
    """The values at the ends of nested tuples, lists and dicts."""
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves(part)]
    return [tree]


def mapped(function, tree, *others):
    """The same nesting with function of each leaf (and of what the others have in its place)."""
    if isinstance(tree, (tuple, list)):
        parts = [mapped(function, *each) for each in zip(tree, *others)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if isinstance(tree, dict):
        parts = [(key, mapped(function, tree[key], *[o[key] for o in others])) for key in tree]
        return type(tree)(parts)
    return function(tree, *others)


def _spread(dims, tree):
    """One dimension for every leaf, given one for all or nested as the arguments are."""
    if isinstance(tree, (tuple, list)):
        each = dims if isinstance(dims, (tuple, list)) else [dims] * len(tree)
        if len(each) != len(tree):
            raise ValueError(
                "vmap: in_dims is not compatible with the structure of inputs. in_dims has"
                f" structure of length {len(each)} but inputs has {len(tree)}."
            )
        return type(tree)([_spread(d, part) for d, part in zip(each, tree)])
    if isinstance(tree, dict):
        each = dims if isinstance(dims, dict) else {key: dims for key in tree}
        return {key: _spread(each[key], part) for key, part in tree.items()}
    return dims if isinstance(tree, torch.Tensor) else None


def _batch_size(name, args, dims):
    sizes = []
    for leaf, dim in zip(leaves(args), leaves(dims)):
        if dim is None:
            continue
        if not -leaf.dim() <= dim < leaf.dim():
            raise ValueError(
                f"vmap({name}, in_dims={dim}, ...)(<inputs>): Got in_dim={dim} for some input,"
                f" but that input is a Tensor of dimensionality {leaf.dim()} so expected in_dim to"
                f" satisfy -{leaf.dim()} <= in_dim < {leaf.dim()}."
            )
        sizes.append(leaf.size(dim))
    if not sizes:
        raise ValueError(f"vmap({name}, in_dims=0, ...)(): got no inputs to map over")
    if any([size != sizes[0] for size in sizes]):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes"
            f" {sizes} for the mapped dimension"
        )
    return sizes[0]


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got"
            f" {randomness}"
        )

    @functools.wraps(func)
    def wrapped(*args, **kwargs):
        name = getattr(func, "__name__", repr(func))
        dims = _spread(in_dims, args)
        size = _batch_size(name, args, dims)
        named = mapped(lambda leaf: 0 if isinstance(leaf, torch.Tensor) else None, kwargs)

        def at(i):
            def pick(leaf, dim):
                return leaf if dim is None else leaf.select(dim, i)

            return func(*mapped(pick, args, dims), **mapped(pick, kwargs, named))

        return _stacked([at(i) for i in range(size)], out_dims, name)

    return wrapped


def _stacked(results, out_dims, name):
    first = results[0]
    each = out_dims
    if not isinstance(out_dims, (tuple, list)) or not isinstance(first, (tuple, list)):
        each = mapped(lambda _: out_dims, first)

    def stack(leaf, dim, *others):
        if not isinstance(leaf, torch.Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(leaf)}."
                " Did you mean to set out_dims= to None for output?"
            )
        return leaf if dim is None else torch.stack([leaf, *others], dim)

    return mapped(stack, first, each, *results[1:])
