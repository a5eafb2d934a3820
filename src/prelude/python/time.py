"""Clocks, and times of day as text."""
import time as _clock
from collections import namedtuple



class struct_time(namedtuple("struct_time", "tm_year tm_mon tm_mday tm_hour tm_min tm_sec tm_wday tm_yday tm_isdst")):
    def __repr__(self):
        return "time." + super().__repr__()


_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


def localtime(seconds=None):
    return struct_time(*_clock._parts(_clock.time() if seconds is None else seconds, True)[:9])


def gmtime(seconds=None):
    return struct_time(*_clock._parts(_clock.time() if seconds is None else seconds, False)[:9])


def mktime(t):
    guess = _seconds(t)
    return float(guess - _clock._parts(guess - _clock._parts(guess, True)[9], True)[9])


def _seconds(t):
    """Since 1970, as if the time were in UTC (days from civil, after Howard Hinnant)."""
    year = t[0] - (t[1] <= 2)
    era, month = year // 400, (t[1] + 9) % 12
    day_of_year = (153 * month + 2) // 5 + t[2] - 1
    of_era = year - era * 400
    days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year - 719468
    return days * 86400 + t[3] * 3600 + t[4] * 60 + t[5]


def strftime(format, t=None):
    return _formatted(format, localtime() if t is None else t)


def _formatted(format, t, micro=0, zone="", offset=""):
    """The directives of C89 and `%f`; what else follows a percent stays as it is."""
    parts, i = [], 0
    while i < len(format):
        c = format[i]
        if c != "%" or i + 1 == len(format):
            parts.append(c)
            i += 1
            continue
        parts.append(_directive(format[i + 1], t, micro, zone, offset))
        i += 2
    return "".join(parts)


def _directive(code, t, micro, zone, offset):
    hour = t[3] % 12 or 12
    found = {
        "Y": lambda: str(t[0]), "y": lambda: f"{t[0] % 100:02}", "m": lambda: f"{t[1]:02}", "d": lambda: f"{t[2]:02}",
        "e": lambda: f"{t[2]:2}", "H": lambda: f"{t[3]:02}", "I": lambda: f"{hour:02}", "M": lambda: f"{t[4]:02}",
        "S": lambda: f"{t[5]:02}", "f": lambda: f"{micro:06}", "p": lambda: "AM" if t[3] < 12 else "PM",
        "a": lambda: _DAYS[t[6]][:3], "A": lambda: _DAYS[t[6]], "b": lambda: _MONTHS[t[1] - 1][:3],
        "h": lambda: _MONTHS[t[1] - 1][:3], "B": lambda: _MONTHS[t[1] - 1], "j": lambda: f"{t[7]:03}",
        "w": lambda: str((t[6] + 1) % 7), "u": lambda: str(t[6] + 1), "z": lambda: offset, "Z": lambda: zone,
        "U": lambda: f"{(t[7] + 6 - (t[6] + 1) % 7) // 7:02}", "W": lambda: f"{(t[7] + 6 - t[6]) // 7:02}",
        "D": lambda: _formatted("%m/%d/%y", t), "F": lambda: _formatted("%Y-%m-%d", t), "T": lambda: _formatted("%H:%M:%S", t),
        "R": lambda: _formatted("%H:%M", t), "x": lambda: _formatted("%m/%d/%y", t), "X": lambda: _formatted("%H:%M:%S", t),
        "c": lambda: _formatted("%a %b %e %H:%M:%S %Y", t), "s": lambda: str(int(mktime(t))),
        "n": lambda: "\n", "t": lambda: "\t", "%": lambda: "%",
    }
    return found[code]() if code in found else "%" + code


_PARTS = {
    "Y": r"(\d{4})", "m": r"(1[0-2]|0[1-9]|[1-9])", "d": r"(3[01]|[12]\d|0[1-9]|[1-9]| [1-9])", "H": r"(2[0-3]|[01]\d|\d)",
    "M": r"([0-5]\d|\d)", "S": r"(6[01]|[0-5]\d|\d)", "f": r"(\d{1,6})", "y": r"(\d\d)", "I": r"(1[0-2]|0[1-9]|[1-9])",
    "p": "(am|pm)", "j": r"(36[0-6]|3[0-5]\d|[12]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9])", "w": "([0-6])",
    "z": r"([+-]\d\d:?[0-5]\d(?::?[0-5]\d)?|z)", "Z": "(utc|gmt)", "U": r"(5[0-3]|[0-4]\d|\d)", "W": r"(5[0-3]|[0-4]\d|\d)",
    "b": "(" + "|".join(name[:3] for name in _MONTHS) + ")", "B": "(" + "|".join(_MONTHS) + ")",
    "a": "(" + "|".join(name[:3] for name in _DAYS) + ")", "A": "(" + "|".join(_DAYS) + ")", "%": "%",
}
_LONG = {"x": "%m/%d/%y", "X": "%H:%M:%S", "c": "%a %b %d %H:%M:%S %Y"}


def _pattern(format):
    """The regular expression of a format, and the directives of its groups."""
    import re

    pattern, codes = "", []
    for part in re.findall(r"%.?|\s+|[^%\s]+", format):
        if part[0] == "%":
            code = part[1:]
            if code in _LONG:
                inner, more = _pattern(_LONG[code])
                pattern, codes = pattern + inner, codes + more
            elif not code:
                raise ValueError(f"stray % in format {format!r}")
            elif code not in _PARTS:
                raise ValueError(f"{code!r} is a bad directive in format {format!r}")
            else:
                pattern += _PARTS[code]
                codes += [code] if code != "%" else []
        else:
            pattern += r"\s+" if part.isspace() else re.escape(part)
    return pattern, codes


def _zone(known):
    """Seconds east of Greenwich and a name; none where the text says neither."""
    text, name = known.get("z"), known.get("Z")
    if text is None:
        return None if name is None else (0, name.upper())
    if text in "zZ":
        return 0, name
    digits = text[1:].replace(":", "").ljust(6, "0")
    offset = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:])
    return -offset if text[0] == "-" else offset, name


def _parsed(text, format):
    """The fields of a `struct_time`, microseconds, and the zone."""
    import re

    pattern, codes = _pattern(format)
    found = re.match(pattern, text, re.IGNORECASE)
    if found is None:
        raise ValueError(f"time data {text!r} does not match format {format!r}")
    if found.end() != len(text):
        raise ValueError(f"unconverted data remains: {text[found.end():]}")
    known = dict(zip(codes, found.groups()))
    number = lambda code, default: int(known.get(code, default))
    year = number("Y", 1900) if "y" not in known else number("y", 0) + (1900 if number("y", 0) >= 69 else 2000)
    month, day = number("m", 1), number("d", 1)
    for code in ("b", "B"):
        if code in known:
            month = [name[:3].lower() for name in _MONTHS].index(known[code][:3].lower()) + 1
    if "j" in known and not {"m", "b", "B", "d"} & set(known):
        month, day = gmtime(_seconds((year, 1, 1, 0, 0, 0)) + (number("j", 1) - 1) * 86400)[1:3]
    hour = number("H", 0)
    if "I" in known:
        hour = number("I", 0) % 12 + (12 if known.get("p", "AM").lower() == "pm" else 0)
    days = _seconds((year, month, day, 0, 0, 0)) // 86400
    start = _seconds((year, 1, 1, 0, 0, 0)) // 86400
    fields = year, month, day, hour, number("M", 0), number("S", 0), (days + 3) % 7, days - start + 1, -1
    return fields, int(known.get("f", "0").ljust(6, "0")), _zone(known)


def strptime(string, format="%a %b %d %H:%M:%S %Y"):
    return struct_time(*_parsed(string, format)[0])


def asctime(t=None):
    return _formatted("%a %b %e %H:%M:%S %Y", localtime() if t is None else t)


def ctime(seconds=None):
    return asctime(localtime(seconds))


def perf_counter_ns():
    return int(_clock.perf_counter() * 1e9)


def monotonic_ns():
    return int(_clock.monotonic() * 1e9)


def process_time_ns():
    return int(_clock.process_time() * 1e9)


def thread_time_ns():
    return int(_clock.thread_time() * 1e9)
