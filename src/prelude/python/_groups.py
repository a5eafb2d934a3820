"""Several exceptions raised as one."""


class BaseExceptionGroup(BaseException):
    def __new__(cls, message, exceptions):
        _check(message, exceptions)
        plain = all(isinstance(one, Exception) for one in exceptions)
        if cls is BaseExceptionGroup and plain:
            cls = ExceptionGroup
        if issubclass(cls, Exception) and not plain:
            name = cls.__name__
            what = "an ExceptionGroup" if cls is ExceptionGroup else repr(name)
            raise TypeError(f"Cannot nest BaseExceptions in {what}")
        return super().__new__(cls, message, exceptions)

    def __init__(self, message, exceptions, *args):
        super().__init__(message, exceptions, *args)
        object.__setattr__(self, "_message", message)
        object.__setattr__(self, "_exceptions", tuple(exceptions))

    message = property(lambda self: self._message)
    exceptions = property(lambda self: self._exceptions)

    def __str__(self):
        count = len(self._exceptions)
        return f"{self._message} ({count} sub-exception{'' if count == 1 else 's'})"

    def __repr__(self):
        return f"{type(self).__name__}({self._message!r}, {list(self._exceptions)!r})"

    def derive(self, exceptions):
        return BaseExceptionGroup(self._message, exceptions)

    def split(self, condition):
        """The part of the group whose exceptions meet the condition, and the rest; none for an empty one."""
        test = condition
        if isinstance(condition, (type, tuple)):
            test = lambda one: isinstance(one, condition)
        if test(self):
            return self, None
        matching, others = [], []
        for one in self._exceptions:
            if isinstance(one, BaseExceptionGroup):
                part, rest = one.split(test)
            else:
                part, rest = (one, None) if test(one) else (None, one)
            if part is not None:
                matching.append(part)
            if rest is not None:
                others.append(rest)
        return self._of(matching), self._of(others)

    def subgroup(self, condition):
        return self.split(condition)[0]

    def _of(self, exceptions):
        if not exceptions:
            return None
        made = self.derive(exceptions)
        made.__cause__, made.__context__ = self.__cause__, self.__context__
        if hasattr(self, "__notes__"):
            made.__notes__ = list(self.__notes__)
        return made

    def __class_getitem__(cls, item):
        return cls


class ExceptionGroup(BaseExceptionGroup, Exception):
    pass


def _check(message, exceptions):
    if not isinstance(message, str):
        raise TypeError(f"BaseExceptionGroup.__new__() argument 1 must be str, not {type(message).__name__}")
    if not isinstance(exceptions, (list, tuple)):
        raise TypeError("second argument (exceptions) must be a sequence")
    if not exceptions:
        raise ValueError("second argument (exceptions) must be a non-empty sequence")
    for place, one in enumerate(exceptions):
        if not isinstance(one, BaseException):
            raise ValueError(f"Item {place} of second argument (exceptions) is not an exception")


for _cls in (BaseExceptionGroup, ExceptionGroup):
    _cls.__module__ = "builtins"


def part(error, kinds):
    """What `except* kinds` handles of an error, as a group, and the rest."""
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError("catching classes that do not inherit from BaseException is not allowed")
        if issubclass(kind, BaseExceptionGroup):
            raise TypeError("catching ExceptionGroup with except* is not allowed. Use except instead.")
    if isinstance(error, BaseExceptionGroup):
        return error.split(kinds)
    if isinstance(error, kinds):
        return BaseExceptionGroup("", [error]), None
    return None, error


def raised(errors, rest):
    """What the handlers of `except*` raised and what none handled, as one error."""
    return BaseExceptionGroup("", errors if rest is None else errors + [rest])
