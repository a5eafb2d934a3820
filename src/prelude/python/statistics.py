"""Averages."""

import math


class StatisticsError(ValueError):
    pass


def _exact(data):
    """The sum as a fraction of whole numbers, and how many they are."""
    top, bottom, count = 0, 1, 0
    for x in data:
        n, d = (x, 1) if isinstance(x, int) else x.as_integer_ratio()
        top, bottom = top * d + n * bottom, bottom * d
        shared = math.gcd(top, bottom)
        top, bottom, count = top // shared, bottom // shared, count + 1
    return top, bottom, count


def _as_number(top, bottom, data):
    whole = all(isinstance(x, int) for x in data)
    return top // bottom if whole and top % bottom == 0 else top / bottom


def mean(data):
    data = list(data)
    if not data:
        raise StatisticsError("mean requires at least one data point")
    top, bottom, count = _exact(data)
    return _as_number(top, bottom * count, data)


def fmean(data, weights=None):
    data = list(data)
    if not data:
        raise StatisticsError("fmean requires at least one data point")
    if weights is None:
        return math.fsum(data) / len(data)
    weights = list(weights)
    return math.fsum([w * x for w, x in zip(weights, data)]) / math.fsum(weights)


def median(data):
    data = sorted(data)
    if not data:
        raise StatisticsError("no median for empty data")
    half = len(data) // 2
    return data[half] if len(data) % 2 else (data[half - 1] + data[half]) / 2


def _squares(data, least, message):
    """The exact sum of squared distances from the mean."""
    data = list(data)
    if len(data) < least:
        raise StatisticsError(message)
    top, bottom, count = _exact(data)
    ratios = [(x, 1) if isinstance(x, int) else x.as_integer_ratio() for x in data]
    common = math.lcm(*[d for _, d in ratios])
    squares = sum([(n * (common // d)) ** 2 for n, d in ratios])
    # sum(x²) - sum(x)² / count, over common² · bottom² · count
    above = squares * bottom**2 * count - top**2 * common**2
    return above, common**2 * bottom**2 * count, data


def variance(data, xbar=None):
    top, bottom, data = _squares(data, 2, "variance requires at least two data points")
    return _as_number(top, bottom * (len(data) - 1), data)


def pvariance(data, mu=None):
    top, bottom, data = _squares(data, 1, "pvariance requires at least one data point")
    return _as_number(top, bottom * len(data), data)


def stdev(data, xbar=None):
    top, bottom, data = _squares(data, 2, "stdev requires at least two data points")
    return _root(top, bottom * (len(data) - 1))


def pstdev(data, mu=None):
    top, bottom, data = _squares(data, 1, "pstdev requires at least one data point")
    return _root(top, bottom * len(data))


def _root(top, bottom):
    """The square root of a fraction, rounded once: 109 bits of it are enough for a float."""
    if top == 0:
        return 0.0
    shift = (top.bit_length() - bottom.bit_length() - 109) // 2
    if shift >= 0:
        root = _odd_root(top, bottom << (2 * shift)) << shift
        return float(root)
    return _odd_root(top << (-2 * shift), bottom) / (1 << -shift)


def _odd_root(top, bottom):
    root = math.isqrt(top // bottom)
    # what was cut off must not look like a tie
    return root | (root * root * bottom != top)


def mode(data):
    counts = {}
    for item in data:
        counts[item] = counts.get(item, 0) + 1
    if not counts:
        raise StatisticsError("no mode for empty data")
    return max(counts, key=counts.get)


def multimode(data):
    counts = {}
    for item in data:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return [item for item, count in counts.items() if count == most]


def median_low(data):
    return _middle(data, lambda count: (count - 1) // 2)


def median_high(data):
    return _middle(data, lambda count: count // 2)


def _middle(data, place):
    data = sorted(data)
    if not data:
        raise StatisticsError("no median for empty data")
    return data[place(len(data))]


def geometric_mean(data):
    data = list(data)
    if not data or any(x <= 0 for x in data):
        raise StatisticsError("geometric mean requires a non-empty dataset containing positive numbers")
    return math.exp(fmean([math.log(x) for x in data]))


def harmonic_mean(data, weights=None):
    data = list(data)
    if not data:
        raise StatisticsError("harmonic_mean requires at least one data point")
    if any(x < 0 for x in data):
        raise StatisticsError("harmonic mean does not support negative values")
    weights = [1] * len(data) if weights is None else list(weights)
    if any(x == 0 for x in data):
        return 0
    top, bottom, _ = _exact([w / x for w, x in zip(weights, data)])
    return sum(weights) * bottom / top


def quantiles(data, *, n=4, method="exclusive"):
    data = sorted(data)
    if n < 1:
        raise StatisticsError("n must be at least 1")
    if len(data) < 2:
        raise StatisticsError("must have at least two data points")
    found = []
    for i in range(1, n):
        if method == "inclusive":
            place, rest = divmod(i * (len(data) - 1), n)
            found.append((data[place] * (n - rest) + data[place + 1] * rest) / n)
        elif method == "exclusive":
            place = min(max(i * (len(data) + 1) // n, 1), len(data) - 1)
            rest = i * (len(data) + 1) - place * n
            found.append((data[place - 1] * (n - rest) + data[place] * rest) / n)
        else:
            raise ValueError(f"Unknown method: {method!r}")
    return found


def covariance(x, y, /):
    if len(x) != len(y):
        raise StatisticsError("covariance requires that both inputs have same number of data points")
    if len(x) < 2:
        raise StatisticsError("covariance requires at least two data points")
    xs, ys = fmean(x), fmean(y)
    return math.fsum([(a - xs) * (b - ys) for a, b in zip(x, y)]) / (len(x) - 1)


def correlation(x, y, /):
    if len(x) != len(y):
        raise StatisticsError("correlation requires that both inputs have same number of data points")
    if len(x) < 2:
        raise StatisticsError("correlation requires at least two data points")
    xs, ys = fmean(x), fmean(y)
    both = math.fsum([(a - xs) * (b - ys) for a, b in zip(x, y)])
    squares = math.fsum([(a - xs) ** 2 for a in x]) * math.fsum([(b - ys) ** 2 for b in y])
    if squares == 0:
        raise StatisticsError("at least one of the inputs is constant")
    return both / math.sqrt(squares)


def median_grouped(data, interval=1):
    data = sorted(data)
    n = len(data)
    if not n:
        raise StatisticsError("no median for empty data")
    x = data[n // 2]
    below = sum(1 for item in data if item < x)
    same = data.count(x)
    return x - interval / 2 + interval * (n / 2 - below) / same


def linear_regression(x, y, /, *, proportional=False):
    from _collections import namedtuple

    if len(x) != len(y):
        raise StatisticsError("linear regression requires that both inputs have same number of data points")
    if len(x) < 2:
        raise StatisticsError("linear regression requires at least two data points")
    if proportional:
        both, squares = math.fsum([a * b for a, b in zip(x, y)]), math.fsum([a * a for a in x])
    else:
        xs, ys = fmean(x), fmean(y)
        both = math.fsum([(a - xs) * (b - ys) for a, b in zip(x, y)])
        squares = math.fsum([(a - xs) ** 2 for a in x])
    if squares == 0:
        raise StatisticsError("x is constant")
    slope = both / squares
    made = namedtuple("LinearRegression", ("slope", "intercept"))
    return made(slope, 0.0 if proportional else ys - slope * xs)


class NormalDist:
    """The normal distribution of a mean and a standard deviation."""

    def __init__(self, mu=0.0, sigma=1.0):
        if sigma < 0.0:
            raise StatisticsError("sigma must be non-negative")
        self._mu, self._sigma = float(mu), float(sigma)

    def __getstate__(self):
        return self._mu, self._sigma

    def __setstate__(self, state):
        self._mu, self._sigma = state

    @classmethod
    def from_samples(cls, data):
        data = list(data)
        return cls(fmean(data), stdev(data))

    mean = median = mode = property(lambda self: self._mu)
    stdev = property(lambda self: self._sigma)
    variance = property(lambda self: self._sigma * self._sigma)

    def samples(self, n, *, seed=None):
        import random

        gauss = random.gauss if seed is None else random.Random(seed).gauss
        return [gauss(self._mu, self._sigma) for _ in range(n)]

    def pdf(self, x):
        if not self._sigma:
            raise StatisticsError("pdf() not defined when sigma is zero")
        distance = x - self._mu
        return math.exp(distance * distance / (-2.0 * self.variance)) / math.sqrt(math.tau * self.variance)

    def cdf(self, x):
        if not self._sigma:
            raise StatisticsError("cdf() not defined when sigma is zero")
        return 0.5 * (1.0 + math.erf((x - self._mu) / (self._sigma * math.sqrt(2.0))))

    def inv_cdf(self, p):
        """By halving the distance from below to above, until nothing lies between."""
        if not 0.0 < p < 1.0:
            raise StatisticsError("p must be in the range 0.0 < p < 1.0")
        low, high = -40.0, 40.0
        while True:
            middle = (low + high) / 2
            if middle in (low, high):
                return self._mu + self._sigma * middle
            if 0.5 * math.erfc(-middle / math.sqrt(2.0)) < p:
                low = middle
            else:
                high = middle

    def zscore(self, x):
        if not self._sigma:
            raise StatisticsError("zscore() not defined when sigma is zero")
        return (x - self._mu) / self._sigma

    def quantiles(self, n=4):
        return [self.inv_cdf(i / n) for i in range(1, n)]

    def __add__(self, other):
        if isinstance(other, NormalDist):
            return NormalDist(self._mu + other._mu, math.hypot(self._sigma, other._sigma))
        return NormalDist(self._mu + other, self._sigma)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, NormalDist):
            return NormalDist(self._mu - other._mu, math.hypot(self._sigma, other._sigma))
        return NormalDist(self._mu - other, self._sigma)

    def __mul__(self, factor):
        return NormalDist(self._mu * factor, self._sigma * abs(factor))

    __rmul__ = __mul__

    def __truediv__(self, factor):
        return NormalDist(self._mu / factor, self._sigma / abs(factor))

    def __neg__(self):
        return NormalDist(-self._mu, self._sigma)

    def __eq__(self, other):
        return isinstance(other, NormalDist) and (self._mu, self._sigma) == (other._mu, other._sigma)

    def __hash__(self):
        return hash((self._mu, self._sigma))

    def __repr__(self):
        return f"NormalDist(mu={self._mu!r}, sigma={self._sigma!r})"
