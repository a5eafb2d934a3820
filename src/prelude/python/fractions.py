"""Fractions of whole numbers, exactly."""

import math
import numbers
import operator
import re

_TEXT = re.compile(
    r"\A\s*(?P<sign>[-+]?)(?=\d|\.\d)(?P<num>\d*|\d+(_\d+)*)"
    r"(?:(?:/(?P<denom>\d+(_\d+)*))?|(?:\.(?P<decimal>\d*|\d+(_\d+)*))?(?:E(?P<exp>[-+]?\d+(_\d+)*))?)\s*\Z",
    re.IGNORECASE)


class Fraction(numbers.Rational):
    def __new__(cls, numerator=0, denominator=None):
        self = object.__new__(cls)
        if denominator is None:
            self._numerator, self._denominator = _parts(numerator)
            return self
        for part in (numerator, denominator):
            if not isinstance(part, (int, Fraction)):
                raise TypeError("both arguments should be Rational instances")
        top = numerator.numerator * denominator.denominator
        bottom = denominator.numerator * numerator.denominator
        if bottom == 0:
            raise ZeroDivisionError(f"Fraction({top}, 0)")
        shared = math.gcd(top, bottom) if bottom > 0 else -math.gcd(top, bottom)
        self._numerator, self._denominator = top // shared, bottom // shared
        return self

    def __init__(self, numerator=0, denominator=None):
        pass

    @classmethod
    def from_float(cls, value):
        return cls(value)

    from_decimal = from_float

    @property
    def numerator(self):
        return self._numerator

    @property
    def denominator(self):
        return self._denominator

    def as_integer_ratio(self):
        return self._numerator, self._denominator

    def is_integer(self):
        return self._denominator == 1

    def limit_denominator(self, max_denominator=1000000):
        """The nearest fraction with no larger denominator, by continued fractions."""
        if max_denominator < 1:
            raise ValueError("max_denominator should be at least 1")
        if self._denominator <= max_denominator:
            return Fraction(self)
        p0, q0, p1, q1 = 0, 1, 1, 0
        n, d = self._numerator, self._denominator
        while True:
            a = n // d
            q2 = q0 + a * q1
            if q2 > max_denominator:
                break
            p0, q0, p1, q1 = p1, q1, p0 + a * p1, q2
            n, d = d, n - a * d
        k = (max_denominator - q0) // q1
        near, far = Fraction(p0 + k * p1, q0 + k * q1), Fraction(p1, q1)
        return far if abs(far - self) <= abs(near - self) else near

    def _with(self, other, exact, inexact, swapped=False):
        if isinstance(other, int):
            other = Fraction(other)
        if isinstance(other, Fraction):
            return exact(other, self) if swapped else exact(self, other)
        if isinstance(other, (float, complex)):
            own = float(self)
            return inexact(other, own) if swapped else inexact(own, other)
        return NotImplemented

    def __add__(self, other):
        return self._with(other, _add, operator.add)

    def __radd__(self, other):
        return self._with(other, _add, operator.add, True)

    def __sub__(self, other):
        return self._with(other, _sub, operator.sub)

    def __rsub__(self, other):
        return self._with(other, _sub, operator.sub, True)

    def __mul__(self, other):
        return self._with(other, _mul, operator.mul)

    def __rmul__(self, other):
        return self._with(other, _mul, operator.mul, True)

    def __truediv__(self, other):
        return self._with(other, _div, operator.truediv)

    def __rtruediv__(self, other):
        return self._with(other, _div, operator.truediv, True)

    def __floordiv__(self, other):
        return self._with(other, _floordiv, operator.floordiv)

    def __rfloordiv__(self, other):
        return self._with(other, _floordiv, operator.floordiv, True)

    def __mod__(self, other):
        return self._with(other, _mod, operator.mod)

    def __rmod__(self, other):
        return self._with(other, _mod, operator.mod, True)

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __pow__(self, power):
        if isinstance(power, Fraction) and power._denominator == 1:
            power = power._numerator
        if isinstance(power, int):
            if power >= 0:
                return Fraction(self._numerator ** power, self._denominator ** power)
            return Fraction(self._denominator ** -power, self._numerator ** -power)
        return float(self) ** float(power)

    def __rpow__(self, base):
        if self._denominator == 1 and self._numerator >= 0:
            return base ** self._numerator
        return base ** float(self)

    def __pos__(self):
        return Fraction(self._numerator, self._denominator)

    def __neg__(self):
        return Fraction(-self._numerator, self._denominator)

    def __abs__(self):
        return Fraction(abs(self._numerator), self._denominator)

    def __int__(self):
        return -(-self._numerator // self._denominator) if self._numerator < 0 else self._numerator // self._denominator

    __trunc__ = __int__

    def __floor__(self):
        return self._numerator // self._denominator

    def __ceil__(self):
        return -(-self._numerator // self._denominator)

    def __round__(self, ndigits=None):
        if ndigits is None:
            whole, rest = divmod(self._numerator, self._denominator)
            if rest * 2 < self._denominator:
                return whole
            if rest * 2 > self._denominator:
                return whole + 1
            return whole if whole % 2 == 0 else whole + 1
        shift = 10 ** abs(ndigits)
        return Fraction(round(self * shift), shift) if ndigits > 0 else Fraction(round(self / shift) * shift)

    def __float__(self):
        return self._numerator / self._denominator

    def __complex__(self):
        return complex(float(self))

    def __bool__(self):
        return self._numerator != 0

    def __hash__(self):
        prime = (1 << 61) - 1
        if self._denominator % prime == 0:
            hashed = 314159
        else:
            hashed = abs(self._numerator) * pow(self._denominator, -1, prime) % prime
        hashed = hashed if self._numerator >= 0 else -hashed
        return -2 if hashed == -1 else hashed

    def __eq__(self, other):
        if isinstance(other, int):
            return self._denominator == 1 and self._numerator == other
        if isinstance(other, Fraction):
            return self._numerator == other._numerator and self._denominator == other._denominator
        if isinstance(other, float):
            if math.isnan(other) or math.isinf(other):
                return 0.0 == other
            return self == Fraction(other)
        return NotImplemented

    def _compared(self, other, compare):
        if isinstance(other, (int, Fraction)):
            return compare(self._numerator * other.denominator, self._denominator * other.numerator)
        if isinstance(other, float):
            if math.isnan(other) or math.isinf(other):
                return compare(0.0, other)
            return compare(self, Fraction(other))
        return NotImplemented

    def __lt__(self, other):
        return self._compared(other, operator.lt)

    def __gt__(self, other):
        return self._compared(other, operator.gt)

    def __le__(self, other):
        return self._compared(other, operator.le)

    def __ge__(self, other):
        return self._compared(other, operator.ge)

    def __repr__(self):
        return f"{type(self).__name__}({self._numerator}, {self._denominator})"

    def __str__(self):
        return str(self._numerator) if self._denominator == 1 else f"{self._numerator}/{self._denominator}"

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def _parts(value):
    if isinstance(value, (int, Fraction)):
        return value.numerator, value.denominator
    if hasattr(value, "as_integer_ratio"):
        return value.as_integer_ratio()
    if not isinstance(value, str):
        raise TypeError("argument should be a string or a Rational instance")
    found = _TEXT.match(value)
    if found is None:
        raise ValueError(f"Invalid literal for Fraction: {value!r}")
    top = int(found.group("num") or "0")
    bottom = 1
    if found.group("denom"):
        bottom = int(found.group("denom"))
        if bottom == 0:
            raise ZeroDivisionError(f"Fraction({top}, 0)")
    else:
        decimal = (found.group("decimal") or "").replace("_", "")
        if decimal:
            top, bottom = top * 10 ** len(decimal) + int(decimal), 10 ** len(decimal)
        exponent = int(found.group("exp") or 0)
        top, bottom = (top * 10 ** exponent, bottom) if exponent >= 0 else (top, bottom * 10 ** -exponent)
    shared = math.gcd(top, bottom)
    top = -top if found.group("sign") == "-" else top
    return top // shared, bottom // shared


def _add(a, b):
    return Fraction(a._numerator * b._denominator + b._numerator * a._denominator, a._denominator * b._denominator)


def _sub(a, b):
    return Fraction(a._numerator * b._denominator - b._numerator * a._denominator, a._denominator * b._denominator)


def _mul(a, b):
    return Fraction(a._numerator * b._numerator, a._denominator * b._denominator)


def _div(a, b):
    return Fraction(a._numerator * b._denominator, a._denominator * b._numerator)


def _floordiv(a, b):
    return a._numerator * b._denominator // (a._denominator * b._numerator)


def _mod(a, b):
    return Fraction(a._numerator * b._denominator % (b._numerator * a._denominator), a._denominator * b._denominator)
