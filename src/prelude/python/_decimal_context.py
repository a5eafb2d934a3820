"""What decimal numbers are rounded by, and what goes wrong with them."""

# Classes are pickled under the name that Python has for them.
__name__ = "decimal"

import math
import re

ROUND_UP, ROUND_DOWN = "ROUND_UP", "ROUND_DOWN"
ROUND_CEILING, ROUND_FLOOR = "ROUND_CEILING", "ROUND_FLOOR"
ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_05UP = "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP"
MAX_PREC = MAX_EMAX = 999999999999999999
MIN_EMIN = -MAX_EMAX


class DecimalException(ArithmeticError):
    pass


class InvalidOperation(DecimalException):
    pass


class DivisionByZero(DecimalException, ZeroDivisionError):
    pass


class DivisionUndefined(InvalidOperation, ZeroDivisionError):
    pass


class Inexact(DecimalException):
    pass


class Rounded(DecimalException):
    pass


class Overflow(Inexact, Rounded):
    pass


class Underflow(Inexact, Rounded):
    pass


class ConversionSyntax(InvalidOperation):
    pass


def _refused(signal, *conditions):
    return signal([*conditions] or [signal])


class Context:
    def __init__(self, prec=28, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999, capitals=1, clamp=0, flags=None, traps=None):
        self.prec, self.rounding = prec, rounding
        self.Emin, self.Emax, self.capitals, self.clamp = Emin, Emax, capitals, clamp
        self.flags, self.traps = {}, {InvalidOperation: True, DivisionByZero: True, Overflow: True}

    def copy(self):
        return Context(self.prec, self.rounding, self.Emin, self.Emax, self.capitals, self.clamp)

    def create_decimal(self, value="0"):
        from decimal import Decimal, _fixed

        return _fixed(Decimal(value), self)

    def divide(self, a, b):
        return a / b

    def __repr__(self):
        return (f"Context(prec={self.prec}, rounding={self.rounding}, Emin={self.Emin}, Emax={self.Emax}, "
                f"capitals={self.capitals}, clamp={self.clamp}, flags=[], traps=[InvalidOperation, DivisionByZero, Overflow])")


DefaultContext = Context()
BasicContext = Context(9, ROUND_HALF_UP)
ExtendedContext = Context(9)
_current = [Context()]


def getcontext():
    return _current[0]


def setcontext(context):
    _current[0] = context


class localcontext:
    def __init__(self, ctx=None, **changes):
        self._new = (ctx or getcontext()).copy()
        for name, value in changes.items():
            setattr(self._new, name, value)

    def __enter__(self):
        self._old = getcontext()
        setcontext(self._new)
        return self._new

    def __exit__(self, *rest):
        setcontext(self._old)


_TEXT = re.compile(r"\s*(?P<sign>[-+])?(?:(?P<int>\d+)\.?(?P<frac>\d*)|\.(?P<only>\d+))(?:[eE](?P<exp>[-+]?\d+))?\s*\Z")
_SPECIAL = re.compile(r"\s*(?P<sign>[-+])?(?P<what>inf(?:inity)?|s?nan)\s*\Z", re.IGNORECASE)


def _rounded(number, drop, rounding, negative):
    """A number without its last `drop` digits."""
    power = 10 ** drop
    whole, rest = divmod(number, power)
    if not rest:
        return whole
    half = (rest * 2 > power) - (rest * 2 < power)
    up = {
        ROUND_UP: True,
        ROUND_DOWN: False,
        ROUND_CEILING: not negative,
        ROUND_FLOOR: negative,
        ROUND_HALF_UP: half >= 0,
        ROUND_HALF_DOWN: half > 0,
        ROUND_HALF_EVEN: half > 0 or half == 0 and whole % 2 == 1,
        ROUND_05UP: whole % 5 == 0,
    }[rounding]
    return whole + up


def _of_float(value):
    from decimal import _made

    if math.isnan(value) or math.isinf(value):
        return _made(int(math.copysign(1, value) < 0), 0, 0, "NaN" if math.isnan(value) else "Infinity")
    top, bottom = abs(value).as_integer_ratio()
    places = bottom.bit_length() - 1
    return _made(int(math.copysign(1, value) < 0), top * 5 ** places, -places)


def _of_text(text):
    from decimal import _made

    bare = text.strip().replace("_", "")
    found = _TEXT.match(bare)
    if found is None:
        special = _SPECIAL.match(bare)
        if special is None:
            raise _refused(InvalidOperation, ConversionSyntax)
        what = "Infinity" if special.group("what").lower().startswith("inf") else "NaN"
        return _made(int(special.group("sign") == "-"), 0, 0, what)
    fraction = found.group("frac") or found.group("only") or ""
    digits = (found.group("int") or "") + fraction
    return _made(int(found.group("sign") == "-"), int(digits), int(found.group("exp") or 0) - len(fraction))
