"""Threads by name: a thread's function runs to its end when the thread is started, and a program is told so once.

What waits for another thread is an error: there is none.
"""

from _in_order import tell, wait_for_ever


class Lock:
    def __init__(self):
        self._held = False

    def acquire(self, blocking=True, timeout=-1):
        if self._held:
            if blocking:
                raise wait_for_ever("Lock.acquire() of a lock that is held")
            return False
        self._held = True
        return True

    def release(self):
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False

    def locked(self):
        return self._held

    def __enter__(self):
        self.acquire()
        return True

    def __exit__(self, *rest):
        self.release()


class RLock(Lock):
    def __init__(self):
        self._held = 0

    def acquire(self, blocking=True, timeout=-1):
        self._held += 1
        return True

    def release(self):
        if not self._held:
            raise RuntimeError("cannot release un-acquired lock")
        self._held -= 1


class Event:
    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    def clear(self):
        self._set = False

    def is_set(self):
        return self._set

    def wait(self, timeout=None):
        if not self._set and timeout is None:
            raise wait_for_ever("Event.wait() of an event that is not set")
        return self._set


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._value = self._most = value

    def acquire(self, blocking=True, timeout=None):
        if not self._value:
            if blocking and timeout is None:
                raise wait_for_ever("Semaphore.acquire() of one that is used up")
            return False
        self._value -= 1
        return True

    def release(self, n=1):
        self._value += n

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *raised):
        self.release()


class BoundedSemaphore(Semaphore):
    def release(self, n=1):
        if self._value + n > self._most:
            raise ValueError("Semaphore released too many times")
        self._value += n


class Condition:
    def __init__(self, lock=None):
        self._lock = lock or RLock()
        self.acquire, self.release = self._lock.acquire, self._lock.release

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *raised):
        return self._lock.__exit__(*raised)

    def wait(self, timeout=None):
        if timeout is None:
            raise wait_for_ever("Condition.wait()")
        return False

    def wait_for(self, predicate, timeout=None):
        result = predicate()
        if not result and timeout is None:
            raise wait_for_ever("Condition.wait_for() of what is not so")
        return result

    def notify(self, n=1):
        """Nobody waits."""

    notify_all = notify


class BrokenBarrierError(RuntimeError):
    pass


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be > 0")
        self.parties, self.n_waiting, self.broken = parties, 0, False
        self._action = action

    def wait(self, timeout=None):
        if self.broken:
            raise BrokenBarrierError
        if self.parties > 1:
            raise wait_for_ever("Barrier.wait()")
        if self._action is not None:
            self._action()
        return 0

    def abort(self):
        self.broken = True

    def reset(self):
        self.broken = False


class local:
    pass


class Thread:
    _count = [0]

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        Thread._count[0] += 1
        self.name = name or f"Thread-{Thread._count[0]}" + (f" ({target.__name__})" if target is not None else "")
        self.daemon = bool(daemon)
        self._target, self._args, self._kwargs = target, args, kwargs or {}
        self._started = False

    def start(self):
        if self._started:
            raise RuntimeError("threads can only be started once")
        self._started = True
        tell("threading.Thread")
        try:
            self.run()
        except SystemExit:
            pass
        except Exception:
            import sys
            import traceback

            print(f"Exception in thread {self.name}:", file=sys.stderr)
            traceback.print_exc()

    def run(self):
        if self._target is not None:
            self._target(*self._args, **self._kwargs)

    def join(self, timeout=None):
        if not self._started:
            raise RuntimeError("cannot join thread before it is started")

    def is_alive(self):
        return False


class _Main(Thread):
    def is_alive(self):
        return True


_main = _Main(name="MainThread")
Thread._count[0] = 0


def current_thread():
    return _main


main_thread = current_thread


def active_count():
    return 1


def enumerate():
    return [_main]


def get_ident():
    return 1
