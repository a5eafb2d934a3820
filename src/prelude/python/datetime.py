"""Dates and times of day."""
import time as _time
from time import _formatted

MINYEAR, MAXYEAR = 1, 9999
_EPOCH = 719163  # date(1970, 1, 1).toordinal()


class timedelta:
    def __init__(self, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0):
        whole_days = days + weeks * 7
        rest = seconds + minutes * 60 + hours * 3600
        if isinstance(whole_days, int) and isinstance(rest, int) and isinstance(microseconds, int) and isinstance(milliseconds, int):
            micro = ((whole_days * 86400) + rest) * 1000000 + milliseconds * 1000 + microseconds
        else:
            micro = round((whole_days * 86400 + rest) * 1000000 + milliseconds * 1000 + microseconds)
        self._micro = micro
        seconds, self.microseconds = divmod(micro, 1000000)
        self.days, self.seconds = divmod(seconds, 86400)
        if abs(self.days) > 999999999:
            raise OverflowError(f"days={self.days}; must have magnitude <= 999999999")

    def total_seconds(self):
        return self._micro / 1000000

    def __repr__(self):
        parts = [f"{name}={value}" for name, value in (("days", self.days), ("seconds", self.seconds), ("microseconds", self.microseconds)) if value]
        return f"datetime.timedelta({', '.join(parts) or '0'})"

    def __str__(self):
        text = f"{self.seconds // 3600}:{self.seconds // 60 % 60:02}:{self.seconds % 60:02}"
        if self.days:
            text = f"{self.days} day{'s' if abs(self.days) != 1 else ''}, {text}"
        return text + (f".{self.microseconds:06}" if self.microseconds else "")

    def __add__(self, other):
        return _delta(self._micro + other._micro) if isinstance(other, timedelta) else NotImplemented

    def __sub__(self, other):
        return _delta(self._micro - other._micro) if isinstance(other, timedelta) else NotImplemented

    def __mul__(self, factor):
        return _delta(round(self._micro * factor)) if isinstance(factor, (int, float)) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._micro / other._micro if isinstance(other, timedelta) else _delta(round(self._micro / other))

    def __floordiv__(self, other):
        return self._micro // other._micro if isinstance(other, timedelta) else _delta(self._micro // other)

    def __mod__(self, other):
        return _delta(self._micro % other._micro)

    def __neg__(self):
        return _delta(-self._micro)

    def __abs__(self):
        return _delta(abs(self._micro))

    def __bool__(self):
        return self._micro != 0

    def __eq__(self, other):
        return isinstance(other, timedelta) and self._micro == other._micro

    def __lt__(self, other):
        return self._micro < other._micro

    def __le__(self, other):
        return self._micro <= other._micro

    def __gt__(self, other):
        return self._micro > other._micro

    def __ge__(self, other):
        return self._micro >= other._micro

    def __hash__(self):
        return hash(self._micro)


def _delta(micro):
    return timedelta(microseconds=micro)


class timezone:
    def __init__(self, offset, name=None):
        self._offset, self._name = offset, name

    def utcoffset(self, dt):
        return self._offset

    def tzname(self, dt):
        return self._name or ("UTC" + (_offset_text(self._offset) if self._offset else ""))

    def __repr__(self):
        if self is timezone.utc:
            return "datetime.timezone.utc"
        return f"datetime.timezone({self._offset!r}" + (f", {self._name!r})" if self._name else ")")

    def __str__(self):
        return self.tzname(None)

    def __eq__(self, other):
        return isinstance(other, timezone) and self._offset == other._offset

    def __hash__(self):
        return hash(self._offset)


timezone.utc = UTC = timezone(timedelta(0))


def _offset_text(offset, colon=":"):
    minutes = offset._micro // 60000000
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in(year, month):
    return 29 if month == 2 and _is_leap(year) else [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]


def _ordinal(year, month, day):
    return _time._seconds((year, month, day, 0, 0, 0)) // 86400 + _EPOCH


class IsoCalendarDate(tuple):
    def __new__(cls, year, week, weekday):
        return super().__new__(cls, (year, week, weekday))

    year = property(lambda self: self[0])
    week = property(lambda self: self[1])
    weekday = property(lambda self: self[2])

    def __repr__(self):
        return f"datetime.IsoCalendarDate(year={self[0]}, week={self[1]}, weekday={self[2]})"


class date:
    def __init__(self, year, month, day):
        if not MINYEAR <= year <= MAXYEAR:
            raise ValueError(f"year {year} is out of range")
        if not 1 <= month <= 12:
            raise ValueError("month must be in 1..12")
        if not 1 <= day <= _days_in(year, month):
            raise ValueError("day is out of range for month")
        self.year, self.month, self.day = year, month, day

    @classmethod
    def today(cls):
        return cls.fromtimestamp(_time.time())

    @classmethod
    def fromtimestamp(cls, timestamp):
        return cls(*_time.localtime(timestamp)[:3])

    @classmethod
    def fromordinal(cls, n):
        return cls(*_time.gmtime((n - _EPOCH) * 86400)[:3])

    @classmethod
    def fromisoformat(cls, text):
        return cls(*[int(part) for part in text.split("-")])

    def toordinal(self):
        return _ordinal(self.year, self.month, self.day)

    def weekday(self):
        return (self.toordinal() + 6) % 7

    def isoweekday(self):
        return self.weekday() + 1

    def isocalendar(self):
        thursday = self.toordinal() + 4 - self.isoweekday()
        year = date.fromordinal(thursday).year
        return IsoCalendarDate(year, (thursday - _ordinal(year, 1, 1)) // 7 + 1, self.isoweekday())

    @classmethod
    def fromisocalendar(cls, year, week, day):
        fourth = _ordinal(year, 1, 4)
        return cls.fromordinal(fourth - (fourth + 6) % 7 + (week - 1) * 7 + day - 1)

    def ctime(self):
        return self.strftime("%a %b %e %H:%M:%S %Y")

    def timetuple(self):
        return _time.struct_time(*self._fields(), 0, 0, 0, self.weekday(), self._year_day(), -1)

    def _fields(self):
        return self.year, self.month, self.day

    def _year_day(self):
        return self.toordinal() - _ordinal(self.year, 1, 1) + 1

    def isoformat(self):
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    def strftime(self, format):
        return _formatted(format, self.timetuple())

    def __format__(self, format):
        return self.strftime(format) if format else str(self)

    def replace(self, **fields):
        return date(**{"year": self.year, "month": self.month, "day": self.day, **fields})

    def __str__(self):
        return self.isoformat()

    def __repr__(self):
        return f"datetime.date({self.year}, {self.month}, {self.day})"

    def _key(self):
        return self._fields()

    def __add__(self, other):
        return date.fromordinal(self.toordinal() + other.days)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return date.fromordinal(self.toordinal() - other.days)
        if not isinstance(other, date) or isinstance(other, datetime):
            return NotImplemented
        return timedelta(self.toordinal() - other.toordinal())

    def __eq__(self, other):
        return isinstance(other, date) and isinstance(self, datetime) == isinstance(other, datetime) and self._key() == other._key()

    def _compared(self, other, test):
        if not isinstance(other, date):
            return NotImplemented
        if isinstance(self, datetime) != isinstance(other, datetime):
            mine, others = (f"datetime.{'datetime' if isinstance(one, datetime) else 'date'}" for one in (self, other))
            raise TypeError(f"can't compare {mine} to {others}")
        if isinstance(self, datetime) and (self.tzinfo is None) != (other.tzinfo is None):
            raise TypeError("can't compare offset-naive and offset-aware datetimes")
        return test(self._key(), other._key())

    def __lt__(self, other):
        return self._compared(other, lambda a, b: a < b)

    def __le__(self, other):
        return self._compared(other, lambda a, b: a <= b)

    def __gt__(self, other):
        return self._compared(other, lambda a, b: a > b)

    def __ge__(self, other):
        return self._compared(other, lambda a, b: a >= b)

    def __hash__(self):
        return hash(self._key())


class time:
    def __init__(self, hour=0, minute=0, second=0, microsecond=0, tzinfo=None):
        self.hour, self.minute, self.second, self.microsecond, self.tzinfo = hour, minute, second, microsecond, tzinfo

    def isoformat(self):
        text = f"{self.hour:02}:{self.minute:02}:{self.second:02}"
        return text + (f".{self.microsecond:06}" if self.microsecond else "")

    __str__ = isoformat

    def strftime(self, format):
        return _formatted(format, (1900, 1, 1, self.hour, self.minute, self.second, 0, 1, -1), self.microsecond)

    def __repr__(self):
        fields = [self.hour, self.minute, self.second, self.microsecond]
        while len(fields) > 2 and not fields[-1]:
            fields.pop()
        return f"datetime.time({', '.join([str(x) for x in fields])})"

    def __eq__(self, other):
        return isinstance(other, time) and self.isoformat() == other.isoformat()

    def __lt__(self, other):
        return self.isoformat() < other.isoformat()

    def __hash__(self):
        return hash(self.isoformat())


class datetime(date):
    def __init__(self, year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None):
        super().__init__(year, month, day)
        for name, value, most in (("hour", hour, 23), ("minute", minute, 59), ("second", second, 59), ("microsecond", microsecond, 999999)):
            if not 0 <= value <= most:
                raise ValueError(f"{name} must be in 0..{most}")
        self.hour, self.minute, self.second, self.microsecond, self.tzinfo = hour, minute, second, microsecond, tzinfo

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.fromtimestamp(_time.time(), timezone.utc).replace(tzinfo=None)

    @classmethod
    def fromtimestamp(cls, timestamp, tz=None):
        micro = round(timestamp * 1000000)
        seconds, micro = divmod(micro, 1000000)
        if tz is None:
            return cls(*_time.localtime(seconds)[:6], micro)
        return cls(*_time.gmtime(seconds + tz.utcoffset(None)._micro // 1000000)[:6], micro, tz)

    @classmethod
    def utcfromtimestamp(cls, timestamp):
        return cls.fromtimestamp(timestamp, timezone.utc).replace(tzinfo=None)

    @classmethod
    def combine(cls, date, time, tzinfo=None):
        return cls(date.year, date.month, date.day, time.hour, time.minute, time.second, time.microsecond, tzinfo or time.tzinfo)

    @classmethod
    def fromisoformat(cls, text):
        import re

        found = re.fullmatch(
            r"(\d{4})-(\d\d)-(\d\d)(?:.(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?(Z|[+-]\d\d:\d\d)?)?", text
        )
        if found is None:
            raise ValueError(f"Invalid isoformat string: {text!r}")
        fields = [int(part or 0) for part in found.groups()[:6]]
        zone = found.group(8)
        if zone == "Z":
            zone = timezone.utc
        elif zone:
            minutes = int(zone[1:3]) * 60 + int(zone[4:])
            zone = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes)) if minutes else timezone.utc
        return cls(*fields, int((found.group(7) or "0").ljust(6, "0")), zone)

    @classmethod
    def strptime(cls, text, format):
        fields, micro, zone = _time._parsed(text, format)
        if zone is not None:
            offset, name = zone
            zone = timezone(timedelta(seconds=offset), name) if offset or name not in (None, "UTC") else timezone.utc
        return cls(*fields[:6], micro, zone)

    def _fields(self):
        return self.year, self.month, self.day, self.hour, self.minute, self.second

    def timetuple(self):
        return _time.struct_time(*self._fields(), self.weekday(), self._year_day(), -1)

    def _micro(self):
        """Since 1970, as if it were in UTC."""
        return _time._seconds(self._fields()) * 1000000 + self.microsecond

    def _key(self):
        offset = self.utcoffset()
        return (self._micro() - (offset._micro if offset is not None else 0),)

    def utcoffset(self):
        return self.tzinfo.utcoffset(self) if self.tzinfo is not None else None

    def timestamp(self):
        if self.tzinfo is None:
            return _time.mktime(self._fields()) + self.microsecond / 1000000
        return self._key()[0] / 1000000

    def date(self):
        return globals()["date"](self.year, self.month, self.day)

    def time(self):
        return globals()["time"](self.hour, self.minute, self.second, self.microsecond)

    def astimezone(self, tz=None):
        return datetime.fromtimestamp(self.timestamp(), tz or timezone.utc)

    def replace(self, **fields):
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo")
        return type(self)(**{**{name: getattr(self, name) for name in names}, **fields})

    def isoformat(self, sep="T", timespec="auto"):
        clock = f"{self.hour:02}:{self.minute:02}:{self.second:02}"
        if timespec == "minutes":
            clock = clock[:5]
        elif timespec == "milliseconds":
            clock += f".{self.microsecond // 1000:03}"
        elif timespec == "microseconds" or (timespec == "auto" and self.microsecond):
            clock += f".{self.microsecond:06}"
        offset = self.utcoffset()
        return date.isoformat(self) + sep + clock + (_offset_text(offset) if offset is not None else "")

    def strftime(self, format):
        offset = self.utcoffset()
        zone, text = ("", "") if offset is None else (self.tzinfo.tzname(self), _offset_text(offset, ""))
        return _formatted(format, self.timetuple(), self.microsecond, zone, text)

    def __str__(self):
        return self.isoformat(" ")

    def __repr__(self):
        fields = [*self._fields(), self.microsecond]
        while len(fields) > 5 and not fields[-1]:
            fields.pop()
        zone = f", tzinfo={self.tzinfo!r}" if self.tzinfo is not None else ""
        return f"datetime.datetime({', '.join([str(x) for x in fields])}{zone})"

    def __add__(self, other):
        if not isinstance(other, timedelta):
            return NotImplemented
        seconds, micro = divmod(self._micro() + other._micro, 1000000)
        return type(self)(*_time.gmtime(seconds)[:6], micro, self.tzinfo)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return self + -other
        if not isinstance(other, datetime):
            return NotImplemented
        if (self.tzinfo is None) != (other.tzinfo is None):
            raise TypeError("can't subtract offset-naive and offset-aware datetimes")
        return _delta(self._key()[0] - other._key()[0])


timedelta.min, timedelta.resolution = timedelta(-999999999), timedelta(microseconds=1)
timedelta.max = timedelta(999999999, 86399, 999999)
date.min, date.max = date(1, 1, 1), date(9999, 12, 31)
datetime.min, datetime.max = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
