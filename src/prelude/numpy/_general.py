"""Arrays and scalars that are not numbers: text, bytes, times, objects, records. What a file holds of them is looked at here,
and not changed: files keep them as they came."""
import datetime as _datetime
from numpy import array as _array, bool_, generic, int64

_NAT = -(2**63)
# nanoseconds, in steps from attoseconds to weeks
_STEPS = ["as", "fs", "ps", "ns", "us", "ms", "s", "m", "h", "D", "W"]
_SIZES = [1, 10**3, 10**6, 10**9, 10**12, 10**15, 10**18, 60 * 10**18, 3600 * 10**18, 86400 * 10**18, 7 * 86400 * 10**18]


def _split(unit):
    """`25s` as (25, 's')."""
    digits = unit.rstrip("".join(_STEPS) + "YM")
    return (int(digits) if digits else 1), unit[len(digits) :]


def _size(unit):
    count, unit = _split(unit)
    return count * _SIZES[_STEPS.index(unit)]


class _Dtype:
    """A dtype of what is not a number."""

    def __init__(self, text, itemsize=None, names=None, fields=None):
        self.str, self.names, self.fields, self._text = text.replace("[", "[", 1), names, fields, text
        self.kind = "V" if names else "T" if text.startswith("StringDType") else "O" if text == "object" else text.lstrip("<>|=")[0]
        self.itemsize = itemsize if itemsize is not None else _itemsize(self.kind, text)
        self.shape, self.alignment, self.hasobject = (), 1, self.kind in "OT"

    @property
    def name(self):
        if self.kind in "Mm":
            word = "datetime64" if self.kind == "M" else "timedelta64"
            return word + self._text[self._text.index("[") :] if "[" in self._text else word
        if self.kind in "OT":
            return self._text
        return {"U": "str", "S": "bytes", "V": "void"}[self.kind] + str(self.itemsize * 8) if self.kind in "USV" else self._text

    @property
    def type(self):
        from numpy._records import void

        kinds = {"M": datetime64, "m": timedelta64, "U": str_, "S": bytes_, "O": object_}
        return kinds.get(self.kind, void)

    def __eq__(self, other):
        return self._text == getattr(other, "_text", other) or (self.kind == "O" and other in ("O", object))

    def __hash__(self):
        return hash(self._text)

    def __str__(self):
        return self.name if self.kind in "MmO" else self._text

    def __repr__(self):
        if self.names or self.kind == "T":
            return f"dtype({self._text})" if self.names else self._text
        return f"dtype({'O' if self.kind == 'O' else self._text!r})"

    def __getitem__(self, name):
        return self.fields[name][0]


def _itemsize(kind, text):
    digits = "".join([c for c in text.split("[")[0] if c.isdigit()])
    return {"O": 8, "T": 16}.get(kind) or (int(digits or 0) * (4 if kind == "U" else 1))


class _Time(generic):
    """What datetime64 and timedelta64 have in common."""

    def __init__(self, value=None, unit=None):
        self._value, self._unit = self._read(value, unit)

    @classmethod
    def _of(cls, value, unit):
        made = cls.__new__(cls)
        made._value, made._unit = value, unit
        return made

    @property
    def dtype(self):
        return _Dtype(f"<{self._letter}8" + (f"[{self._unit}]" if self._unit else ""))

    shape, ndim, size, itemsize = (), 0, 1, 8

    def _is_nat(self):
        return self._value == _NAT

    def astype(self, dtype):
        if dtype in (int, "int64", "i8", int64):
            return int64(self._value)
        named = str(dtype)
        unit = named[named.index("[") + 1 : -1] if "[" in named else self._unit
        return self._of(self._value if self._is_nat() else self._in(unit), unit)

    def __repr__(self):
        shown = repr(str(self)) if self._letter == "M" or self._is_nat() else str(self._value)
        unit = self._unit or ("generic" if self._is_nat() else "")
        unit = f",{unit!r}" if unit and (self._letter == "m" or self._is_nat()) else ""
        return f"np.{type(self).__name__}({shown}{unit})"

    def __hash__(self):
        return hash((self._letter, self._value, self._unit))

    def _sides(self, other):
        """Both values in the finer unit."""
        if not isinstance(other, _Time) or self._letter != other._letter:
            return None
        if self._unit == other._unit:
            return self._value, other._value, self._unit
        finer = self._finer(other)
        return self._in(finer), other._in(finer), finer

    def _finer(self, other):
        order = ["Y", "M"]
        for one, two in ((self._unit, other._unit), (other._unit, self._unit)):
            if _split(one)[1] in order and _split(two)[1] not in order:
                return two
            if one == "Y" and two == "M":
                return two
        return self._unit if _size(self._unit) <= _size(other._unit) else other._unit

    def _compare(self, other, test):
        sides = self._sides(other)
        if sides is None:
            return NotImplemented
        if self._is_nat() or other._is_nat():
            return bool_(False)
        return bool_(test(sides[0], sides[1]))

    def __eq__(self, other):
        return self._compare(other, lambda a, b: a == b)

    def __ne__(self, other):
        found = self.__eq__(other)
        return found if found is NotImplemented else bool_(not found)

    def __lt__(self, other):
        return self._compare(other, lambda a, b: a < b)

    def __le__(self, other):
        return self._compare(other, lambda a, b: a <= b)

    def __gt__(self, other):
        return self._compare(other, lambda a, b: a > b)

    def __ge__(self, other):
        return self._compare(other, lambda a, b: a >= b)


class datetime64(_Time):
    __module__ = "numpy"
    _letter = "M"

    def _read(self, value, unit):
        if isinstance(value, datetime64):
            return value._in(unit or value._unit), unit or value._unit
        if isinstance(value, _datetime.datetime):
            value = value.isoformat()
            unit = unit or "us"
        elif isinstance(value, _datetime.date):
            value = value.isoformat()
        if isinstance(value, int):
            return value, unit
        if value is None or value in ("NaT", "nat", ""):
            return _NAT, unit
        return _parsed(value, unit)

    def _in(self, unit):
        if unit == self._unit or self._is_nat():
            return self._value
        count, own = _split(self._unit)
        target_count, target = _split(unit)
        value = self._value * count
        if own in ("Y", "M"):
            months = value * 12 if own == "Y" else value
            if target in ("Y", "M"):
                return (months // 12 if target == "Y" else months) // target_count
            days = _days(1970 + months // 12, months % 12 + 1, 1)
            return days * _SIZES[_STEPS.index("D")] // _size(unit)
        if target in ("Y", "M"):
            year, month, _ = _date(value * _SIZES[_STEPS.index(own)] // _SIZES[_STEPS.index("D")])
            months = (year - 1970) * 12 + month - 1
            return (months // 12 if target == "Y" else months) // target_count
        return value * _SIZES[_STEPS.index(own)] // _size(unit)

    def __str__(self):
        if self._is_nat():
            return "NaT"
        if not self._unit:
            return str(self._value)
        count, unit = _split(self._unit)
        if unit in ("Y", "M"):
            months = self._value * count * (12 if unit == "Y" else 1)
            year, month = 1970 + months // 12, months % 12 + 1
            return f"{year:04d}" if unit == "Y" else f"{year:04d}-{month:02d}"
        value = self._value * _size(self._unit)
        days, rest = divmod(value, _SIZES[_STEPS.index("D")])
        year, month, day = _date(days)
        text = f"{year:04d}-{month:02d}-{day:02d}"
        if unit in ("W", "D"):
            return text
        seconds, rest = divmod(rest, _SIZES[_STEPS.index("s")])
        text += f"T{seconds // 3600:02d}"
        if unit == "h":
            return text
        text += f":{seconds // 60 % 60:02d}"
        if unit == "m":
            return text
        text += f":{seconds % 60:02d}"
        digits = {"s": 0, "ms": 3, "us": 6, "ns": 9, "ps": 12, "fs": 15, "as": 18}[unit]
        return text + (f".{rest:018d}"[: digits + 1] if digits else "")

    def item(self):
        if self._is_nat():
            return None
        unit = _split(self._unit)[1]
        if unit in ("ns", "ps", "fs", "as"):
            return self._value
        if unit in ("Y", "M", "W", "D"):
            return _datetime.date(*_date(self._in("D")))
        micros = self._in("us")
        days, rest = divmod(micros, 86400 * 10**6)
        year, month, day = _date(days)
        seconds, micro = divmod(rest, 10**6)
        return _datetime.datetime(year, month, day, seconds // 3600, seconds // 60 % 60, seconds % 60, micro)

    tolist = item

    def __sub__(self, other):
        sides = self._sides(other)
        if sides is not None:
            nat = self._is_nat() or other._is_nat()
            return timedelta64._of(_NAT if nat else sides[0] - sides[1], sides[2])
        return self + -_span(other, self._unit)

    def __add__(self, other):
        other = _span(other, self._unit)
        unit = self._finer(other)
        if self._is_nat() or other._is_nat():
            return datetime64._of(_NAT, unit)
        return datetime64._of(self._in(unit) + other._in(unit), unit)

    __radd__ = __add__


class timedelta64(_Time):
    __module__ = "numpy"
    _letter = "m"

    def _read(self, value, unit):
        if isinstance(value, timedelta64):
            return value._in(unit or value._unit), unit or value._unit
        if isinstance(value, _datetime.timedelta):
            return (value.days * 86400 + value.seconds) * 10**6 + value.microseconds, "us"
        if value is None or value in ("NaT", "nat"):
            return _NAT, unit
        return int(value), unit

    def _in(self, unit):
        if unit == self._unit or self._is_nat() or not self._unit:
            return self._value
        if self._unit in ("Y", "M") or unit in ("Y", "M"):
            if (self._unit, unit) == ("Y", "M"):
                return self._value * 12
            raise TypeError(f"Cannot cast NumPy timedelta64 scalar from metadata [{self._unit}] to [{unit}] according to the rule 'same_kind'")
        return self._value * _size(self._unit) // _size(unit)

    _WORDS = {"Y": "years", "M": "months", "W": "weeks", "D": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds",
              "us": "microseconds", "ns": "nanoseconds", "ps": "picoseconds", "fs": "femtoseconds", "as": "attoseconds"}

    def __str__(self):
        if self._is_nat():
            return "NaT"
        return f"{self._value} {self._WORDS[_split(self._unit)[1]] if self._unit else 'generic time units'}"

    def item(self):
        if self._is_nat():
            return None
        if not self._unit or _split(self._unit)[1] in ("Y", "M", "ns", "ps", "fs", "as"):
            return self._value
        return _datetime.timedelta(microseconds=self._in("us"))

    tolist = item

    def __neg__(self):
        return timedelta64._of(self._value if self._is_nat() else -self._value, self._unit)

    def __abs__(self):
        return timedelta64._of(self._value if self._is_nat() else abs(self._value), self._unit)

    def __int__(self):
        return self._value

    def __bool__(self):
        return self._value != 0

    def __add__(self, other):
        if isinstance(other, datetime64):
            return other + self
        sides = self._sides(_span(other, self._unit))
        return timedelta64._of(sides[0] + sides[1], sides[2])

    __radd__ = __add__

    def __sub__(self, other):
        return self + -_span(other, self._unit)

    def __mul__(self, other):
        return timedelta64._of(int(self._value * other), self._unit)

    __rmul__ = __mul__

    def __truediv__(self, other):
        if isinstance(other, timedelta64):
            a, b, _ = self._sides(other)
            return _array(a / b)[()]
        return timedelta64._of(int(self._value / other), self._unit)

    def __floordiv__(self, other):
        if isinstance(other, timedelta64):
            a, b, _ = self._sides(other)
            return int64(a // b)
        return timedelta64._of(int(self._value // other), self._unit)


def _span(value, unit):
    if isinstance(value, timedelta64):
        return value
    return timedelta64(value, None if isinstance(value, _datetime.timedelta) else unit)


def isnat(x):
    if not isinstance(x, _Time):
        return _array([one._is_nat() for one in x._items]).reshape(x.shape)
    return bool_(x._is_nat())


def _parsed(text, unit):
    date, _, time = text.strip().replace(" ", "T").rstrip("Z").partition("T")
    parts = date.split("-")
    natural = ["Y", "M", "D"][len(parts) - 1]
    year, month, day = (int(parts[at]) if at < len(parts) else 1 for at in range(3))
    value, size = _days(year, month, day) * _SIZES[_STEPS.index("D")], "D"
    if time:
        clock, _, fraction = time.partition(".")
        pieces = [int(piece) for piece in clock.split(":")]
        natural = ["h", "m", "s"][len(pieces) - 1]
        for piece, of in zip(pieces, ("h", "m", "s")):
            value += piece * _SIZES[_STEPS.index(of)]
        if fraction:
            digits = -(-len(fraction) // 3) * 3
            natural = {3: "ms", 6: "us", 9: "ns", 12: "ps", 15: "fs", 18: "as"}[digits]
            value += int(fraction.ljust(18, "0"))
    made = datetime64._of((year - 1970) if natural == "Y" else (year - 1970) * 12 + month - 1, natural)
    if natural not in ("Y", "M"):
        made = datetime64._of(value // _size(natural), natural)
    return made._in(unit or natural), unit or natural


def _days(year, month, day):
    """Days since 1970."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def _date(days):
    era, of_era = divmod(days + 719468, 146097)
    of_era_years = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * of_era_years + of_era_years // 4 - of_era_years // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return of_era_years + era * 400 + (month <= 2), month, day


class str_(str, generic):
    __module__ = "numpy"

    def __repr__(self):
        return f"np.str_({str.__repr__(self)})"

    @property
    def dtype(self):
        return _Dtype(f"<U{len(self)}")

    def item(self):
        return "".join(list(self))

    tolist = __str__ = item


class bytes_(bytes, generic):
    __module__ = "numpy"

    def __repr__(self):
        return f"np.bytes_({bytes.__repr__(self)})"

    @property
    def dtype(self):
        return _Dtype(f"|S{len(self)}")

    def item(self):
        return b"".join([self])

    tolist = item


class object_(generic):
    __module__ = "numpy"

    def __new__(cls, value=None):
        return value


__all__ = ["datetime64", "timedelta64", "isnat", "str_", "bytes_", "object_"]
