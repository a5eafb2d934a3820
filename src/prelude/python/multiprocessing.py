"""Processes by name: a pool's work runs in order in this one, and a program is told so once; what needs another is refused."""

import os
from _absent import names
from _in_order import tell

__getattr__, _listed = names(
    "multiprocessing",
    """Process JoinableQueue Queue SimpleQueue Pipe Value Array RawValue RawArray Manager
    Barrier BoundedSemaphore Condition Event Lock RLock Semaphore""",
    "it is one process; call the function itself",
)


class ProcessError(Exception):
    pass


class TimeoutError(ProcessError):
    pass


def cpu_count():
    return os.cpu_count()


class _MainProcess:
    name, daemon, exitcode = "MainProcess", False, None

    @property
    def pid(self):
        return os.getpid()

    ident = pid

    def is_alive(self):
        return True


_main = _MainProcess()


def current_process():
    return _main


def active_children():
    return []


def parent_process():
    return None


class AsyncResult:
    """A result that is there already."""

    def __init__(self, work):
        self._error = self._value = None
        try:
            self._value = work()
        except Exception as error:
            self._error = error

    def get(self, timeout=None):
        if self._error is not None:
            raise self._error
        return self._value

    def wait(self, timeout=None):
        """It is there already."""

    def ready(self):
        return True

    def successful(self):
        return self._error is None


class Pool:
    """Workers, of which this process is the only one."""

    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None):
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        self._is_open = True
        tell("multiprocessing.Pool")
        if initializer is not None:
            initializer(*initargs)

    def _check(self):
        if not self._is_open:
            raise ValueError("Pool not running")

    def apply(self, func, args=(), kwds={}):
        self._check()
        return func(*args, **kwds)

    def map(self, func, iterable, chunksize=None):
        self._check()
        return [func(item) for item in iterable]

    def starmap(self, func, iterable, chunksize=None):
        self._check()
        return [func(*items) for items in iterable]

    def imap(self, func, iterable, chunksize=1):
        self._check()
        return iter([func(item) for item in iterable])

    imap_unordered = imap

    def _later(self, work, callback, error_callback):
        result = AsyncResult(work)
        if result.successful():
            if callback is not None:
                callback(result.get())
        elif error_callback is not None:
            error_callback(result._error)
        return result

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        return self._later(lambda: self.apply(func, args, kwds), callback, error_callback)

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return self._later(lambda: self.map(func, iterable), callback, error_callback)

    def starmap_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return self._later(lambda: self.starmap(func, iterable), callback, error_callback)

    def close(self):
        self._is_open = False

    terminate = close

    def join(self):
        if self._is_open:
            raise ValueError("Pool is still running")

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.close()


def freeze_support():
    """Nothing is frozen."""


_method = "fork"


def get_start_method(allow_none=False):
    return _method


def set_start_method(method, force=False):
    global _method
    if method not in get_all_start_methods():
        raise ValueError(f"cannot find context for {method!r}")
    _method = method


def get_all_start_methods():
    return ["fork", "spawn", "forkserver"]


def get_context(method=None):
    """The functions of this module: all ways to start are one."""
    import sys

    return sys.modules["multiprocessing"]
