"""Messages of a program, by loggers with names and levels, to handlers."""

import os
import sys
import time

CRITICAL, ERROR, WARNING, INFO, DEBUG, NOTSET = 50, 40, 30, 20, 10, 0
FATAL, WARN = CRITICAL, WARNING
BASIC_FORMAT = "%(levelname)s:%(name)s:%(message)s"
raiseExceptions = True
_names = {50: "CRITICAL", 40: "ERROR", 30: "WARNING", 20: "INFO", 10: "DEBUG", 0: "NOTSET"}
_numbers = {"CRITICAL": 50, "FATAL": 50, "ERROR": 40, "WARN": 30, "WARNING": 30, "INFO": 20, "DEBUG": 10, "NOTSET": 0}
_started = time.time()
# where the program called, from the outermost call to the record that is made of it
_place = []
_disabled = [0]


def _note(caller):
    if caller is not None and caller[0] != "<logging>":
        _place[:] = [caller]


def getLevelName(level):
    return _names.get(level, _numbers.get(level, f"Level {level}"))


def getLevelNamesMapping():
    return dict(_numbers)


def addLevelName(level, name):
    _names[level] = name
    _numbers[name] = level


def _level_of(level):
    if isinstance(level, int):
        return level
    if not isinstance(level, str):
        raise TypeError(f"Level not an integer or a valid string: {level!r}")
    if level not in _numbers:
        raise ValueError(f"Unknown level: {level!r}")
    return _numbers[level]


class LogRecord:
    def __init__(self, name, level, pathname, lineno, msg, args, exc_info, func=None, sinfo=None, **kwargs):
        self.name, self.msg = name, msg
        self.args = args[0] if len(args) == 1 and isinstance(args[0], dict) and args[0] else args
        self.levelname, self.levelno = getLevelName(level), level
        self.pathname, self.lineno, self.funcName = pathname, lineno, func
        self.filename = os.path.basename(pathname)
        self.module = os.path.splitext(self.filename)[0]
        self.exc_info, self.exc_text, self.stack_info = exc_info, None, sinfo
        self.created = time.time()
        self.msecs = int((self.created - int(self.created)) * 1000) + 0.0
        self.relativeCreated = (self.created - _started) * 1000
        self.thread, self.threadName, self.processName, self.process = 0, "MainThread", "MainProcess", os.getpid()
        self.taskName = None

    def getMessage(self):
        text = str(self.msg)
        return text % self.args if self.args else text

    def __repr__(self):
        return f'<LogRecord: {self.name}, {self.levelno}, {self.pathname}, {self.lineno}, "{self.msg}">'


class Formatter:
    default_time_format = "%Y-%m-%d %H:%M:%S"
    converter = time.localtime

    def __init__(self, fmt=None, datefmt=None, style="%", validate=True, *, defaults=None):
        if style not in ("%", "{", "$"):
            raise ValueError("Style must be one of: %,{,$")
        self._style = style
        self._fmt = fmt or {"%": "%(message)s", "{": "{message}", "$": "${message}"}[style]
        self.datefmt = datefmt
        self._defaults = defaults or {}

    def usesTime(self):
        return "asctime" in self._fmt

    def formatTime(self, record, datefmt=None):
        moment = time.localtime(record.created)
        if datefmt:
            return time.strftime(datefmt, moment)
        return f"{time.strftime(self.default_time_format, moment)},{int(record.msecs):03d}"

    def formatException(self, info):
        import traceback

        return "".join(traceback.format_exception(*info)).rstrip("\n")

    def formatMessage(self, record):
        values = {**self._defaults, **record.__dict__}
        if self._style == "{":
            return self._fmt.format(**values)
        if self._style == "$":
            import string

            return string.Template(self._fmt).substitute(values)
        return self._fmt % values

    def format(self, record):
        record.message = record.getMessage()
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        text = self.formatMessage(record)
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            text = text.rstrip("\n") + "\n" + record.exc_text
        return text


class Filter:
    def __init__(self, name=""):
        self.name = name

    def filter(self, record):
        return not self.name or record.name == self.name or record.name.startswith(self.name + ".")


class _Filtering:
    def addFilter(self, filter):
        if filter not in self.filters:
            self.filters.append(filter)

    def removeFilter(self, filter):
        if filter in self.filters:
            self.filters.remove(filter)

    def filter(self, record):
        return all((f.filter if hasattr(f, "filter") else f)(record) for f in self.filters)


class Handler(_Filtering):
    def __init__(self, level=NOTSET):
        self.level = _level_of(level)
        self.formatter = None
        self.filters = []
        self.name = None

    def setLevel(self, level):
        self.level = _level_of(level)

    def setFormatter(self, formatter):
        self.formatter = formatter

    def format(self, record):
        return (self.formatter or _plain).format(record)

    def handle(self, record):
        if self.filter(record):
            self.emit(record)

    def emit(self, record):
        raise NotImplementedError("emit must be implemented by Handler subclasses")

    def flush(self):
        pass

    def close(self):
        pass

    def acquire(self):
        pass

    release = acquire


class StreamHandler(Handler):
    terminator = "\n"

    def __init__(self, stream=None):
        super().__init__()
        self._stream = stream

    @property
    def stream(self):
        return sys.stderr if self._stream is None else self._stream

    def setStream(self, stream):
        before, self._stream = self.stream, stream
        return before

    def emit(self, record):
        self.stream.write(self.format(record) + self.terminator)

    def __repr__(self):
        return f"<{type(self).__name__} ({getLevelName(self.level)})>"


class FileHandler(StreamHandler):
    def __init__(self, filename, mode="a", encoding=None, delay=False, errors=None):
        super().__init__()
        self.baseFilename = os.path.abspath(filename)
        self._file = open(filename, mode)

    @property
    def stream(self):
        return self._file

    def emit(self, record):
        super().emit(record)
        self._file.flush()

    def close(self):
        self._file.close()


class NullHandler(Handler):
    def handle(self, record):
        pass

    emit = handle


class _LastResort(StreamHandler):
    pass


class Logger(_Filtering):
    def __init__(self, name, level=NOTSET):
        self.name = name
        self.level = _level_of(level)
        self.parent = None
        self.propagate = True
        self.handlers = []
        self.filters = []
        self.disabled = False

    def setLevel(self, level):
        self.level = _level_of(level)

    def getEffectiveLevel(self):
        logger = self
        while logger is not None:
            if logger.level:
                return logger.level
            logger = logger.parent
        return NOTSET

    def isEnabledFor(self, level):
        return not self.disabled and level > _disabled[0] and level >= self.getEffectiveLevel()

    def getChild(self, suffix):
        return getLogger(suffix if self is root else f"{self.name}.{suffix}")

    def addHandler(self, handler):
        if handler not in self.handlers:
            self.handlers.append(handler)

    def removeHandler(self, handler):
        if handler in self.handlers:
            self.handlers.remove(handler)

    def hasHandlers(self):
        logger = self
        while logger is not None:
            if logger.handlers:
                return True
            logger = logger.parent if logger.propagate else None
        return False

    def makeRecord(self, name, level, fn, lno, msg, args, exc_info, func=None, extra=None, sinfo=None):
        record = LogRecord(name, level, fn, lno, msg, args, exc_info, func, sinfo)
        for key, value in (extra or {}).items():
            if key in ("message", "asctime") or key in record.__dict__:
                raise KeyError(f"Attempt to overwrite {key!r} in LogRecord")
            record.__dict__[key] = value
        return record

    def findCaller(self, stack_info=False, stacklevel=1):
        """Where the program called, of the calls that ended here."""
        place = _place.pop() if _place else (sys.argv[0] if sys.argv else "", 0, "<module>")
        _place.clear()
        return *place, None

    def _log(self, level, msg, args, exc_info=None, extra=None, stack_info=False, stacklevel=1):
        if exc_info:
            if isinstance(exc_info, BaseException):
                exc_info = (type(exc_info), exc_info, None)
            elif not isinstance(exc_info, tuple):
                exc_info = sys.exc_info()
        path, line, function, _ = self.findCaller(stack_info, stacklevel)
        self.handle(self.makeRecord(self.name, level, path, line, msg, args, exc_info or None, function, extra))

    def handle(self, record):
        if not self.disabled and self.filter(record):
            self.callHandlers(record)

    def callHandlers(self, record):
        found = 0
        logger = self
        while logger is not None:
            for handler in logger.handlers:
                found += 1
                if record.levelno >= handler.level:
                    handler.handle(record)
            logger = logger.parent if logger.propagate else None
        if not found and record.levelno >= lastResort.level:
            lastResort.handle(record)

    def log(self, level, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        if not isinstance(level, int):
            raise TypeError("level must be an integer")
        if self.isEnabledFor(level):
            self._log(level, msg, args, **kwargs)

    def debug(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(DEBUG, msg, *args, **kwargs)

    def info(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(INFO, msg, *args, **kwargs)

    def warning(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(WARNING, msg, *args, **kwargs)

    warn = warning

    def error(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(ERROR, msg, *args, **kwargs)

    def exception(self, msg, *args, exc_info=True, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(ERROR, msg, *args, exc_info=exc_info, **kwargs)

    def critical(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(CRITICAL, msg, *args, **kwargs)

    fatal = critical

    def __repr__(self):
        kind = "RootLogger" if self is root else type(self).__name__
        return f"<{kind} {self.name} ({getLevelName(self.getEffectiveLevel())})>"


class LoggerAdapter:
    def __init__(self, logger, extra=None):
        self.logger, self.extra = logger, extra

    def process(self, msg, kwargs):
        kwargs["extra"] = self.extra
        return msg, kwargs

    def log(self, level, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        if self.logger.isEnabledFor(level):
            msg, kwargs = self.process(msg, kwargs)
            self.logger.log(level, msg, *args, **kwargs)

    def debug(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(DEBUG, msg, *args, **kwargs)

    def info(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(INFO, msg, *args, **kwargs)

    def warning(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(WARNING, msg, *args, **kwargs)

    def error(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(ERROR, msg, *args, **kwargs)

    def critical(self, msg, *args, __caller__=None, **kwargs):
        _note(__caller__)
        self.log(CRITICAL, msg, *args, **kwargs)


_plain = Formatter()
root = Logger("root", WARNING)
_loggers = {}
_logger_class = [Logger]
lastResort = _LastResort()
lastResort.level = WARNING


def getLogger(name=None):
    if not name or name == "root":
        return root
    if name not in _loggers:
        _loggers[name] = _logger_class[0](name)
        for child, logger in _loggers.items():
            parts = child.split(".")
            above = [".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]
            logger.parent = next((_loggers[one] for one in above if one in _loggers), root)
    return _loggers[name]


def getLoggerClass():
    return _logger_class[0]


def setLoggerClass(cls):
    _logger_class[0] = cls


def basicConfig(*, filename=None, filemode="a", format=None, datefmt=None, style="%", level=None, stream=None,
                handlers=None, force=False, encoding=None, errors=None):
    if force:
        for handler in list(root.handlers):
            root.removeHandler(handler)
    if root.handlers:
        return
    if handlers is None:
        handlers = [StreamHandler(stream) if filename is None else FileHandler(filename, filemode)]
    default = {"%": BASIC_FORMAT, "{": "{levelname}:{name}:{message}", "$": "${levelname}:${name}:${message}"}[style]
    formatter = Formatter(format or default, datefmt, style)
    for handler in handlers:
        if handler.formatter is None:
            handler.setFormatter(formatter)
        root.addHandler(handler)
    if level is not None:
        root.setLevel(level)


def log(level, msg, *args, __caller__=None, **kwargs):
    _note(__caller__)
    if not root.handlers:
        basicConfig()
    root.log(level, msg, *args, **kwargs)


def debug(msg, *args, __caller__=None, **kwargs):
    _note(__caller__)
    log(DEBUG, msg, *args, **kwargs)


def info(msg, *args, __caller__=None, **kwargs):
    _note(__caller__)
    log(INFO, msg, *args, **kwargs)


def warning(msg, *args, __caller__=None, **kwargs):
    _note(__caller__)
    log(WARNING, msg, *args, **kwargs)


warn = warning


def error(msg, *args, __caller__=None, **kwargs):
    _note(__caller__)
    log(ERROR, msg, *args, **kwargs)


def exception(msg, *args, exc_info=True, __caller__=None, **kwargs):
    _note(__caller__)
    log(ERROR, msg, *args, exc_info=exc_info, **kwargs)


def critical(msg, *args, __caller__=None, **kwargs):
    _note(__caller__)
    log(CRITICAL, msg, *args, **kwargs)


fatal = critical


def disable(level=CRITICAL):
    _disabled[0] = level


def captureWarnings(capture):
    pass


def shutdown():
    pass
