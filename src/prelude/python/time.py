"""Clocks, and times of day as text."""
import time as _clock
from collections import namedtuple

struct_time = namedtuple(
    "struct_time", "tm_year tm_mon tm_mday tm_hour tm_min tm_sec tm_wday tm_yday tm_isdst"
)
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


thread_time = _clock.process_time
