"""torch.quasirandom: points that fill a cube evenly."""
import torch


class SobolEngine:
    """A Sobol sequence of so many dimensions, scrambled where asked."""

    MAXBIT, MAXDIM = 30, 21201

    def __init__(self, dimension, scramble=False, seed=None):
        if not 1 <= dimension <= self.MAXDIM:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        self.dimension, self.scramble, self.seed = dimension, scramble, seed
        self.sobolstate = torch.zeros(dimension, self.MAXBIT, dtype=torch.long)
        torch._sobol_engine_initialize_state_(self.sobolstate, dimension)
        self.shift = torch.zeros(dimension, dtype=torch.long)
        if scramble:
            self._scramble()
        self.quasi = self.shift.clone()
        self._first_point = (self.quasi / 2**self.MAXBIT).reshape(1, -1)
        self.num_generated = 0

    def _scramble(self):
        generator = None
        if self.seed is not None:
            generator = torch.Generator()
            generator.manual_seed(self.seed)
        bits = torch.randint(2, (self.dimension, self.MAXBIT), generator=generator)
        self.shift = torch.mv(bits, torch.pow(2, torch.arange(0, self.MAXBIT)))
        matrices = torch.randint(2, (self.dimension, self.MAXBIT, self.MAXBIT), generator=generator).tril()
        torch._sobol_engine_scramble_(self.sobolstate, matrices, self.dimension)

    def draw(self, n=1, out=None, dtype=None):
        """The next n points."""
        dtype = torch.get_default_dtype() if dtype is None else dtype
        first = [self._first_point.to(dtype)] if self.num_generated == 0 else []
        points = first
        if n != len(first):
            before = max(self.num_generated - 1, 0)
            rest, self.quasi = torch._sobol_engine_draw(
                self.quasi, n - len(first), self.sobolstate, self.dimension, before, dtype=dtype)
            points = first + [rest]
        result = torch.cat(points, dim=-2) if points else torch.empty(0, self.dimension, dtype=dtype)
        self.num_generated += n
        return result if out is None else out.resize_as_(result).copy_(result)

    def draw_base2(self, m, out=None, dtype=None):
        """The next 2**m points; all so far must be a power of two, too."""
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2."
                f" {self.num_generated} points have been previously generated, then: n={self.num_generated}+2**{m}={total}."
                " If you still want to do this, please use 'SobolEngine.draw()' instead."
            )
        return self.draw(n=n, out=out, dtype=dtype)

    def reset(self):
        self.quasi.copy_(self.shift)
        self.num_generated = 0
        return self

    def fast_forward(self, n):
        """Goes past the next n points."""
        steps = n - 1 if self.num_generated == 0 else n
        torch._sobol_engine_ff_(self.quasi, steps, self.sobolstate, self.dimension, max(self.num_generated - 1, 0))
        self.num_generated += n
        return self

    def __repr__(self):
        parts = [f"dimension={self.dimension}"] + ["scramble=True"] * bool(self.scramble)
        if self.seed is not None:
            parts.append(f"seed={self.seed}")
        return f"{type(self).__name__}({', '.join(parts)})"
