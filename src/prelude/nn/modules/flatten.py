"""torch.nn.modules.flatten"""
from torch.nn.modules._make import show
from torch.nn.modules.module import Module


class Flatten(Module):
    """Joins the dimensions start_dim … end_dim."""

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return show(self, "start_dim", "end_dim")


class Unflatten(Module):
    """Splits one dimension into several."""

    def __init__(self, dim, unflattened_size):
        super().__init__()
        if isinstance(dim, int):
            self._require(unflattened_size, (tuple, list), int, "a tuple of ints", "ints")
        elif isinstance(dim, str):
            self._require(unflattened_size, tuple, tuple, "a tuple of tuples", "tuples")
        else:
            raise TypeError("invalid argument type for dim parameter")
        self.dim = dim
        self.unflattened_size = unflattened_size

    def _require(self, sizes, outer, inner, wanted, elements):
        if not isinstance(sizes, outer):
            found = type(sizes).__name__
            raise TypeError(f"unflattened_size must be {wanted}, but found type {found}")
        for idx, size in enumerate(sizes):
            if not isinstance(size, inner):
                raise TypeError(
                    f"unflattened_size must be tuple of {elements}, "
                    f"but found element of type {type(size).__name__} at pos {idx}"
                )

    def forward(self, input):
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self):
        return show(self, "dim", "unflattened_size")
