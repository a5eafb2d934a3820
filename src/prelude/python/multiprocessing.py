"""Processes by name: what is given to them runs at once, in this one."""

import os
import traceback
from queue import Empty, Full, Queue, SimpleQueue
from threading import Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, Semaphore

JoinableQueue = Queue


class ProcessError(Exception):
    pass


class TimeoutError(ProcessError):
    pass


def cpu_count():
    return os.cpu_count()


class Process:
    """Its target runs when it is started, to its end."""

    _made = 0

    def __init__(self, group=None, target=None, name=None, args=(), kwargs={}, *, daemon=None):
        Process._made += 1
        self.name = name or f"Process-{Process._made}"
        self.daemon = bool(daemon)
        self.exitcode = self.pid = None
        self._target, self._args, self._kwargs = target, args, kwargs

    def run(self):
        if self._target:
            self._target(*self._args, **self._kwargs)

    def start(self):
        self.pid = os.getpid()
        try:
            self.run()
            self.exitcode = 0
        except SystemExit as error:
            self.exitcode = error.code or 0
        except Exception:
            traceback.print_exc()
            self.exitcode = 1

    def join(self, timeout=None):
        """It has ended already."""

    def is_alive(self):
        return False

    def terminate(self):
        """It has ended already."""

    kill = close = terminate


class _MainProcess(Process):
    def __init__(self):
        self.name, self.daemon, self.pid, self.exitcode = "MainProcess", False, os.getpid(), None

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


class _Shared:
    def __init__(self, value):
        self.value = value
        self._lock = Lock()

    def get_lock(self):
        return self._lock


def Value(typecode_or_type, *args, lock=True):
    """A number that processes share."""
    return _Shared(args[0] if args else 0)


def Array(typecode_or_type, size_or_initializer, *, lock=True):
    """Numbers that processes share."""
    return [0] * size_or_initializer if isinstance(size_or_initializer, int) else list(size_or_initializer)


class _Manager:
    dict, list, Queue, Lock, Event = dict, list, Queue, Lock, Event

    def Value(self, typecode, value):
        return _Shared(value)

    def shutdown(self):
        """Nothing runs."""

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return None


def Manager():
    return _Manager()


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
