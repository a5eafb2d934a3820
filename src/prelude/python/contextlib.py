"""Context managers."""

import sys
from functools import wraps


class _Generated:
    def __init__(self, generator, remake):
        self._generator = generator
        self._remake = remake

    def __enter__(self):
        try:
            return next(self._generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind, error, trace):
        if error is None:
            try:
                next(self._generator)
            except StopIteration:
                return False
            raise RuntimeError("generator didn't stop")
        try:
            self._generator.throw(error)
        except StopIteration:
            return True
        except BaseException as raised:
            if raised is error:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")

    def __call__(self, function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            with self._remake():
                return function(*args, **kwargs)

        return wrapper


def contextmanager(function):
    @wraps(function)
    def helper(*args, **kwargs):
        remake = lambda: _Generated(function(*args, **kwargs), None)
        return _Generated(function(*args, **kwargs), remake)

    return helper


class nullcontext:
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, *rest):
        return None


class suppress:
    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        return None

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, self._exceptions)


class redirect_stdout:
    _stream = "stdout"

    def __init__(self, new_target):
        self._new_target = new_target
        self._old_targets = []

    def __enter__(self):
        self._old_targets.append(getattr(sys, self._stream))
        setattr(sys, self._stream, self._new_target)
        return self._new_target

    def __exit__(self, *rest):
        setattr(sys, self._stream, self._old_targets.pop())


class redirect_stderr(redirect_stdout):
    _stream = "stderr"


class closing:
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *rest):
        self.thing.close()


class ContextDecorator:
    def __call__(self, function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return wrapper


class AbstractContextManager:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return None


class ExitStack:
    def __init__(self):
        self._exits = []

    def enter_context(self, manager):
        kind = type(manager)
        if not hasattr(kind, "__enter__") or not hasattr(kind, "__exit__"):
            raise TypeError(f"'{kind.__module__}.{kind.__qualname__}' object does not support the context manager protocol")
        value = manager.__enter__()
        self._exits.append(manager.__exit__)
        return value

    def push(self, exit):
        self._exits.append(exit.__exit__ if hasattr(type(exit), "__exit__") else exit)
        return exit

    def pop_all(self):
        new = type(self)()
        new._exits, self._exits = self._exits, []
        return new

    def callback(self, function, *args, **kwargs):
        self._exits.append(lambda *rest: function(*args, **kwargs))
        return function

    def close(self):
        self.__exit__(None, None, None)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        raised = False
        handled = False
        while self._exits:
            try:
                if self._exits.pop()(kind, error, trace):
                    kind = error = trace = None
                    handled, raised = True, False
            except BaseException as new:
                kind, error, raised = type(new), new, True
        if raised:
            raise error
        return handled
