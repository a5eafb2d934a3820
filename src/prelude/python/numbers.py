"""Kinds of numbers, for isinstance."""


def _holds(types, letters):
    def holds(value):
        if isinstance(value, types):
            return True
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        return kind != "" and kind in letters and not hasattr(value, "__len__")

    return staticmethod(holds)


class Number:
    __instancehook__ = _holds((int, float, complex), "iufc")


class Complex(Number):
    __instancehook__ = _holds((int, float, complex), "iufc")


class Real(Complex):
    __instancehook__ = _holds((int, float), "iuf")


class Rational(Real):
    __instancehook__ = _holds((int,), "iu")


class Integral(Rational):
    __instancehook__ = _holds((int,), "iu")
