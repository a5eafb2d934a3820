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


def gammavariate(alpha, beta):
    if alpha <= 0.0 or beta <= 0.0:
        raise ValueError("gammavariate: alpha and beta must be > 0.0")
    if alpha > 1.0:
        # Cheng's method
        ainv = math.sqrt(2.0 * alpha - 1.0)
        bbb = alpha - math.log(4.0)
        ccc = alpha + ainv
        while True:
            u1 = _shared.random()
            if not 1e-7 < u1 < 0.9999999:
                continue
            u2 = 1.0 - _shared.random()
            v = math.log(u1 / (1.0 - u1)) / ainv
            x = alpha * math.exp(v)
            z = u1 * u1 * u2
            r = bbb + ccc * v - x
            if r + 1.0 + math.log(4.5) - 4.5 * z >= 0.0 or r >= math.log(z):
                return x * beta
    if alpha == 1.0:
        return -math.log(1.0 - _shared.random()) * beta
    # Ahrens and Dieter's method
    while True:
        b = (math.e + alpha) / math.e
        p = b * _shared.random()
        x = p ** (1.0 / alpha) if p <= 1.0 else -math.log((b - p) / alpha)
        u1 = _shared.random()
        if p > 1.0:
            if u1 <= x ** (alpha - 1.0):
                return x * beta
        elif u1 <= math.exp(-x):
            return x * beta


def betavariate(alpha, beta):
    y = gammavariate(alpha, 1.0)
    return y / (y + gammavariate(beta, 1.0)) if y else 0.0


def vonmisesvariate(mu, kappa):
    if kappa <= 1e-6:
        return 2.0 * math.pi * _shared.random()
    # Best and Fisher's rejection
    s = 0.5 / kappa
    r = s + math.sqrt(1.0 + s * s)
    while True:
        z = math.cos(math.pi * _shared.random())
        d = z / (r + z)
        u = _shared.random()
        if u < 1.0 - d * d or u <= (1.0 - d) * math.exp(d):
            break
    q = 1.0 / r
    f = (q + z) / (1.0 + q * z)
    turned = math.acos(f) if _shared.random() > 0.5 else -math.acos(f)
    return (mu + turned) % (2.0 * math.pi)


def randbytes(n):
    return _shared.getrandbits(n * 8).to_bytes(n, "little")


_DRAWS = (
    "random uniform randint randrange getrandbits choice choices shuffle sample gauss normalvariate lognormvariate"
    " expovariate triangular paretovariate weibullvariate randbytes gammavariate betavariate vonmisesvariate"
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

    __setstate__ = setstate

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
