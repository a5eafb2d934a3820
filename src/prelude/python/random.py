"""Random numbers: distributions, and generators of one's own."""
import math
import random as _shared


def normalvariate(mu=0.0, sigma=1.0):
    # Kinderman and Monahan's ratio of uniform numbers
    while True:
        u1 = _shared.random()
        u2 = 1.0 - _shared.random()
        z = 4 * math.exp(-0.5) / math.sqrt(2.0) * (u1 - 0.5) / u2
        if z * z / 4.0 <= -math.log(u2):
            return mu + z * sigma


def lognormvariate(mu, sigma):
    return math.exp(normalvariate(mu, sigma))


def expovariate(lambd):
    return -math.log(1.0 - _shared.random()) / lambd


def triangular(low=0.0, high=1.0, mode=None):
    u = _shared.random()
    middle = 0.5 if mode is None else (mode - low) / (high - low)
    if u > middle:
        u, middle, low, high = 1.0 - u, 1.0 - middle, high, low
    return low + (high - low) * math.sqrt(u * middle)


def paretovariate(alpha):
    return (1.0 - _shared.random()) ** (-1.0 / alpha)


def weibullvariate(alpha, beta):
    return alpha * (-math.log(1.0 - _shared.random())) ** (1.0 / beta)


def randbytes(n):
    return _shared.getrandbits(n * 8).to_bytes(n, "little")


_DRAWS = (
    "random uniform randint randrange getrandbits choice choices shuffle sample gauss normalvariate lognormvariate"
    " expovariate triangular paretovariate weibullvariate randbytes"
).split()


class Random:
    """A generator with a state of its own: it takes the shared one's place while it draws."""

    def __init__(self, x=None):
        self._state = None
        self.seed(x)

    def seed(self, a=None, version=2):
        self._drawn(_shared.seed, (a, version), {})

    def getstate(self):
        return self._state

    def setstate(self, state):
        self._state = state

    def _drawn(self, draw, args, kwargs):
        outside = _shared.getstate()
        if self._state is not None:
            _shared.setstate(self._state)
        try:
            return draw(*args, **kwargs)
        finally:
            self._state = _shared.getstate()
            _shared.setstate(outside)

    def __getattr__(self, name):
        if name not in _DRAWS:
            raise AttributeError(f"'Random' object has no attribute '{name}'")
        draw = getattr(_shared, name)
        return lambda *args, **kwargs: self._drawn(draw, args, kwargs)


SystemRandom = Random
