"""Messages to the person who runs a program, on standard error."""

import sys

DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50
_NAMES = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
_settings = {"level": WARNING, "format": "%(levelname)s:%(name)s:%(message)s"}
_loggers = {}


class Logger:
    def __init__(self, name):
        self.name = name
        self.level = 0

    def setLevel(self, level):
        self.level = getattr(sys.modules["logging"], level) if isinstance(level, str) else level

    def isEnabledFor(self, level):
        return level >= (self.level or _settings["level"])

    def log(self, level, message, *args, **options):
        if self.isEnabledFor(level):
            text = message % args if args else message
            fields = {"levelname": _NAMES.get(level, level), "name": self.name, "message": text, "asctime": ""}
            print(_settings["format"] % fields, file=sys.stderr)

    def debug(self, message, *args, **options):
        self.log(DEBUG, message, *args)

    def info(self, message, *args, **options):
        self.log(INFO, message, *args)

    def warning(self, message, *args, **options):
        self.log(WARNING, message, *args)

    def error(self, message, *args, **options):
        self.log(ERROR, message, *args)

    def critical(self, message, *args, **options):
        self.log(CRITICAL, message, *args)

    exception = error

    def addHandler(self, handler):
        pass


def getLogger(name=None):
    name = name or "root"
    if name not in _loggers:
        _loggers[name] = Logger(name)
    return _loggers[name]


def basicConfig(level=None, format=None, **rest):
    if level is not None:
        _settings["level"] = level
    if format is not None:
        _settings["format"] = format


root = getLogger()
debug, info, warning, error, critical = root.debug, root.info, root.warning, root.error, root.critical
exception = root.error


class StreamHandler:
    def __init__(self, stream=None):
        pass

    def setFormatter(self, formatter):
        pass

    def setLevel(self, level):
        pass


class Formatter:
    def __init__(self, fmt=None, datefmt=None):
        pass
