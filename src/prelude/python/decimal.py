"""Decimal numbers: a sign, whole digits and an exponent of ten, rounded to a number of digits."""

import math
import numbers
import re

from _decimal_context import *
from _decimal_context import _of_float, _of_text, _refused, _rounded

def _made(sign, number, exponent, special=None):
    self = object.__new__(Decimal)
    self._sign, self._int, self._exp, self._special = sign, number, exponent, special
    return self


def _fixed(value, context=None):
    """Rounded to the digits of the context."""
    context = context or getcontext()
    if value._special or not value._int:
        return value
    drop = len(str(value._int)) - context.prec
    if drop <= 0:
        return value
    number = _rounded(value._int, drop, context.rounding, value._sign)
    exponent = value._exp + drop
    if len(str(number)) > context.prec:
        number //= 10
        exponent += 1
    return _made(value._sign, number, exponent)


class Decimal(numbers.Number):
    def __new__(cls, value="0", context=None):
        if isinstance(value, Decimal):
            return _made(value._sign, value._int, value._exp, value._special)
        if isinstance(value, int):
            return _made(int(value < 0), abs(int(value)), 0)
        if isinstance(value, float):
            return _of_float(value)
        if isinstance(value, (tuple, list)):
            sign, digits, exponent = value
            if exponent in ("F", "n", "N"):
                return _made(sign, 0, 0, "Infinity" if exponent == "F" else "NaN")
            return _made(sign, int("".join(map(str, digits)) or "0"), exponent)
        if not isinstance(value, str):
            raise TypeError(f"conversion from {type(value).__name__} to Decimal is not supported")
        return _of_text(value)

    def __init__(self, value="0", context=None):
        pass

    @classmethod
    def from_float(cls, value):
        return cls(value)

    # ---- text

    def __repr__(self):
        return f"Decimal('{self}')"

    def __str__(self):
        sign = "-" if self._sign else ""
        if self._special:
            return sign + self._special
        digits = str(self._int)
        left = self._exp + len(digits)
        if self._exp <= 0 and left > -6:
            point = left
        else:
            point = 1
        if point <= 0:
            body = "0." + "0" * -point + digits
        elif point >= len(digits):
            body = digits + "0" * (point - len(digits))
        else:
            body = digits[:point] + "." + digits[point:]
        exponent = "" if left == point else f"E{left - point:+d}"
        return sign + body + exponent

    def __format__(self, spec):
        found = re.match(r"(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([eEfFgGn%])?\Z", spec)
        if found is None:
            raise ValueError("invalid format string")
        fill, align, sign, _, zero, width, comma, precision, kind = found.groups()
        if self._special:
            body = str(self).lstrip("-")
        else:
            body = self._formatted(kind, None if precision is None else int(precision), comma)
        lead = "-" if self._sign else sign if sign in ("+", " ") else ""
        if zero and not align:
            fill, align = "0", "="
        fill, align = fill or " ", align or ">"
        missing = max(int(width or 0) - len(lead) - len(body), 0)
        if align == "=":
            return lead + fill * missing + body
        if align == "<":
            return lead + body + fill * missing
        left = missing // 2 if align == "^" else missing
        return fill * left + lead + body + fill * (missing - left)

    def _formatted(self, kind, precision, comma):
        value = _made(0, self._int, self._exp)
        if kind == "%":
            value = _made(0, value._int, value._exp + 2)
        rounding = getcontext().rounding
        if kind in ("f", "F", "%") and precision is not None:
            value = value._at(-precision, rounding)
        elif kind in ("e", "E") and precision is not None:
            value = _fixed(value, Context(precision + 1, rounding))
            if value._int and len(str(value._int)) < precision + 1:
                missing = precision + 1 - len(str(value._int))
                value = _made(0, value._int * 10 ** missing, value._exp - missing)
        elif kind in ("g", "G", "n", None) and precision is not None:
            value = _fixed(value, Context(max(precision, 1), rounding))
        if kind in ("f", "F", "%"):
            digits = str(value._int * 10 ** max(value._exp, 0)).rjust(max(-value._exp, 0) + 1, "0")
            body = digits[:len(digits) + value._exp] + "." + digits[value._exp:] if value._exp < 0 else digits
        elif kind in ("e", "E"):
            digits = str(value._int)
            body = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + f"{kind}{value._exp + len(digits) - 1:+d}"
        else:
            body = str(value)
            body = body.lower() if kind == "g" else body
        if comma:
            whole, point, rest = body.partition(".")
            body = f"{int(whole):{comma}}" + point + rest
        return body + ("%" if kind == "%" else "")

    # ---- arithmetic

    def _other(self, other):
        if isinstance(other, Decimal):
            return other
        return Decimal(other) if isinstance(other, int) else None

    def _signed(self):
        return -self._int if self._sign else self._int

    def _special_result(self, other):
        if "NaN" in (self._special, other._special):
            return _made(0, 0, 0, "NaN")
        return None

    def __add__(self, other):
        other = self._other(other)
        if other is None:
            return NotImplemented
        if self._special or other._special:
            found = self._special_result(other)
            if found is None and self._special and other._special and self._sign != other._sign:
                raise _refused(InvalidOperation)
            return found or (self if self._special else other)
        exponent = min(self._exp, other._exp)
        total = self._signed() * 10 ** (self._exp - exponent) + other._signed() * 10 ** (other._exp - exponent)
        negative = total < 0 or total == 0 and self._sign and other._sign
        return _fixed(_made(int(bool(negative)), abs(total), exponent))

    __radd__ = __add__

    def __sub__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else self + other.copy_negate()

    def __rsub__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else other - self

    def __mul__(self, other):
        other = self._other(other)
        if other is None:
            return NotImplemented
        if self._special or other._special:
            return self._special_result(other) or _made(self._sign ^ other._sign, 0, 0, "Infinity")
        return _fixed(_made(self._sign ^ other._sign, self._int * other._int, self._exp + other._exp))

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = self._other(other)
        if other is None:
            return NotImplemented
        sign = self._sign ^ other._sign
        if self._special or other._special:
            found = self._special_result(other)
            return found or (_made(sign, 0, 0) if other._special else _made(sign, 0, 0, "Infinity"))
        if not other._int:
            if not self._int:
                raise _refused(InvalidOperation, DivisionUndefined)
            raise _refused(DivisionByZero)
        if not self._int:
            return _made(sign, 0, self._exp - other._exp)
        shift = len(str(other._int)) - len(str(self._int)) + getcontext().prec + 1
        exponent = self._exp - other._exp - shift
        top, bottom = (self._int * 10 ** shift, other._int) if shift >= 0 else (self._int, other._int * 10 ** -shift)
        number, rest = divmod(top, bottom)
        if rest:
            # a last digit that is neither 0 nor 5 keeps what was cut off from looking like a tie
            number += number % 5 == 0
        else:
            ideal = self._exp - other._exp
            while exponent < ideal and number % 10 == 0:
                number //= 10
                exponent += 1
        return _fixed(_made(sign, number, exponent))

    def __rtruediv__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else other / self

    def _divided(self, other):
        if not other._int:
            raise _refused(InvalidOperation, DivisionUndefined) if not self._int else _refused(DivisionByZero)
        exponent = min(self._exp, other._exp)
        return divmod(self._int * 10 ** (self._exp - exponent), other._int * 10 ** (other._exp - exponent)) + (exponent,)

    def __floordiv__(self, other):
        other = self._other(other)
        if other is None:
            return NotImplemented
        return _made(self._sign ^ other._sign, self._divided(other)[0], 0)

    def __mod__(self, other):
        other = self._other(other)
        if other is None:
            return NotImplemented
        if not other._int and not other._special:
            raise _refused(InvalidOperation)
        _, rest, exponent = self._divided(other)
        return _fixed(_made(self._sign, rest, exponent))

    def __rfloordiv__(self, other):
        return Decimal(other) // self

    def __rmod__(self, other):
        return Decimal(other) % self

    def __divmod__(self, other):
        return self // other, self % other

    def __pow__(self, other, modulo=None):
        other = self._other(other)
        if other is None:
            return NotImplemented
        if other == other.to_integral_value() and abs(other) < 10000:
            power = int(other)
            if power >= 0:
                return _fixed(_made(self._sign and power % 2, self._int ** power, self._exp * power))
            return Decimal(1) / _made(self._sign and power % 2, self._int ** -power, self._exp * -power)
        if self._sign:
            raise _refused(InvalidOperation)
        return (other * self.ln()).exp()

    def __rpow__(self, other):
        return Decimal(other) ** self

    def _precisely(self, compute):
        with localcontext() as context:
            context.prec += 12
            found = compute()
        return _fixed(found)

    def exp(self, context=None):
        def compute():
            halvings = max(self.adjusted() * 4 + 8, 0) if self._int else 0
            x = self / (2 ** halvings)
            total = term = Decimal(1)
            n = 0
            while True:
                n += 1
                term = term * x / n
                if total + term == total:
                    break
                total += term
            for _ in range(halvings):
                total = total * total
            return total

        return self._precisely(compute)

    def ln(self, context=None):
        if self._sign or not self._int:
            raise _refused(InvalidOperation)

        def compute():
            guess = Decimal(math.log(self._int) + self._exp * math.log(10))
            for _ in range(8):
                better = guess + 2 * (self - guess.exp()) / (self + guess.exp())
                if better == guess:
                    break
                guess = better
            return guess

        return self._precisely(compute)

    def log10(self, context=None):
        return self._precisely(lambda: self.ln() / Decimal(10).ln())

    def sqrt(self, context=None):
        if self._sign and self._int:
            raise _refused(InvalidOperation)
        if not self._int:
            return _made(self._sign, 0, self._exp // 2)
        prec = getcontext().prec + 1
        shift = 2 * prec - len(str(self._int)) + 2
        shift += (self._exp - shift) % 2
        top = self._int * 10 ** shift if shift >= 0 else self._int // 10 ** -shift
        root = math.isqrt(top)
        exact = root * root == top and shift >= 0
        exponent = (self._exp - shift) // 2
        if exact:
            ideal = self._exp // 2
            while exponent < ideal and root % 10 == 0:
                root //= 10
                exponent += 1
        else:
            root += root % 5 == 0
        return _fixed(_made(0, root, exponent))

    def __neg__(self):
        return _fixed(self.copy_negate() if self._int or self._special else self.copy_abs())

    def __pos__(self):
        return _fixed(self if self._int or self._special else self.copy_abs())

    def __abs__(self):
        return _fixed(self.copy_abs())

    def copy_abs(self):
        return _made(0, self._int, self._exp, self._special)

    def copy_negate(self):
        return _made(1 - self._sign, self._int, self._exp, self._special)

    # ---- rounding

    def _at(self, exponent, rounding):
        if self._exp >= exponent:
            return _made(self._sign, self._int * 10 ** (self._exp - exponent), exponent)
        return _made(self._sign, _rounded(self._int, exponent - self._exp, rounding, self._sign), exponent)

    def quantize(self, exp, rounding=None, context=None):
        found = self._at(self._other(exp)._exp, rounding or getcontext().rounding)
        if len(str(found._int)) > getcontext().prec:
            raise _refused(InvalidOperation)
        return found

    def to_integral_value(self, rounding=None, context=None):
        return self if self._exp >= 0 else self._at(0, rounding or getcontext().rounding)

    to_integral = to_integral_exact = to_integral_value

    def normalize(self, context=None):
        value = _fixed(self)
        if value._special:
            return value
        if not value._int:
            return _made(value._sign, 0, 0)
        number, exponent = value._int, value._exp
        while number % 10 == 0:
            number //= 10
            exponent += 1
        return _made(value._sign, number, exponent)

    def __round__(self, ndigits=None):
        if ndigits is None:
            return int(self._at(0, ROUND_HALF_EVEN))
        return self._at(-ndigits, ROUND_HALF_EVEN)

    def __floor__(self):
        return int(self.to_integral_value(ROUND_FLOOR))

    def __ceil__(self):
        return int(self.to_integral_value(ROUND_CEILING))

    # ---- other numbers

    def __int__(self):
        if self._special:
            if self._special == "NaN":
                raise ValueError("cannot convert NaN to integer")
            raise OverflowError("cannot convert Infinity to integer")
        size = self._int * 10 ** self._exp if self._exp >= 0 else self._int // 10 ** -self._exp
        return -size if self._sign else size

    __trunc__ = __int__

    def __float__(self):
        return float(str(self))

    def __bool__(self):
        return bool(self._int or self._special)

    def __hash__(self):
        if self._special:
            return hash(float(self))
        top, bottom = self.as_integer_ratio()
        prime = (1 << 61) - 1
        hashed = abs(top) * pow(bottom, -1, prime) % prime
        return -2 if top < 0 and hashed == 1 else -hashed if top < 0 else hashed

    def as_integer_ratio(self):
        if self._special:
            raise (ValueError if self._special == "NaN" else OverflowError)(f"cannot convert {self._special} to integer ratio")
        top, bottom = (self._int * 10 ** self._exp, 1) if self._exp >= 0 else (self._int, 10 ** -self._exp)
        shared = math.gcd(top, bottom)
        return (-top if self._sign else top) // shared, bottom // shared

    def as_tuple(self):
        from _collections import namedtuple

        exponent = {"Infinity": "F", "NaN": "n"}.get(self._special, self._exp)
        return namedtuple("DecimalTuple", "sign digits exponent")(self._sign, tuple(map(int, str(self._int))), exponent)

    def adjusted(self):
        return self._exp + len(str(self._int)) - 1

    def is_nan(self):
        return self._special == "NaN"

    def is_infinite(self):
        return self._special == "Infinity"

    def is_finite(self):
        return not self._special

    def is_zero(self):
        return not self._special and not self._int

    def is_signed(self):
        return bool(self._sign)

    @property
    def real(self):
        return self

    @property
    def imag(self):
        return Decimal(0)

    # ---- comparison

    def _compared(self, other):
        """-1, 0 or 1; none for what can't be compared, or is not a number."""
        if isinstance(other, float):
            other = Decimal(other)
        elif type(other).__name__ == "Fraction":
            return _sign_of(self._signed() * other.denominator * 10 ** max(self._exp, 0)
                            - other.numerator * 10 ** max(-self._exp, 0))
        else:
            other = self._other(other)
        if other is None or self.is_nan() or other.is_nan():
            return None
        if self._special or other._special:
            rank = lambda x: 0 if not x._special else -1 if x._sign else 1
            return _sign_of(rank(self) - rank(other))
        exponent = min(self._exp, other._exp)
        return _sign_of(self._signed() * 10 ** (self._exp - exponent) - other._signed() * 10 ** (other._exp - exponent))

    def _known(self, other):
        return isinstance(other, (Decimal, int, float)) or type(other).__name__ == "Fraction"

    def __eq__(self, other):
        return self._compared(other) == 0 if self._known(other) else NotImplemented

    def __lt__(self, other):
        return self._ordered(other, (-1,))

    def __le__(self, other):
        return self._ordered(other, (-1, 0))

    def __gt__(self, other):
        return self._ordered(other, (1,))

    def __ge__(self, other):
        return self._ordered(other, (0, 1))

    def _ordered(self, other, wanted):
        return self._compared(other) in wanted if self._known(other) else NotImplemented

    def compare(self, other, context=None):
        found = self._compared(other)
        return _made(0, 0, 0, "NaN") if found is None else Decimal(found)

    def max(self, other, context=None):
        return self if self >= other else self._other(other)

    def min(self, other, context=None):
        return self if self <= other else self._other(other)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def _sign_of(number):
    return (number > 0) - (number < 0)
