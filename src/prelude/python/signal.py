"""Signals by name and number. Ctrl-C raises KeyboardInterrupt; a program's own handlers are kept, and never called."""
import os
import warnings
from enum import IntEnum


class Signals(IntEnum):
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT = 1, 2, 3, 4, 5, 6
    SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2 = 7, 8, 9, 10, 11, 12
    SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP = 13, 14, 15, 17, 18, 19, 20
    SIGWINCH = 28


class Handlers(IntEnum):
    SIG_DFL = 0
    SIG_IGN = 1


globals().update(Signals.__members__)
globals().update(Handlers.__members__)
NSIG = 65


def default_int_handler(signalnum, frame):
    raise KeyboardInterrupt


_handlers = {Signals.SIGINT: default_int_handler, Signals.SIGPIPE: Handlers.SIG_IGN}


def _number(signalnum):
    if not 0 < signalnum < NSIG:
        raise ValueError("signal number out of range")
    return Signals(signalnum) if signalnum in Signals._value2member_map_ else signalnum


def getsignal(signalnum):
    return _handlers.get(_number(signalnum), Handlers.SIG_DFL)


def signal(signalnum, handler):
    """Keeps a handler and gives the one before; the shell itself decides what a signal does, and says so once."""
    if not callable(handler) and handler not in (Handlers.SIG_DFL, Handlers.SIG_IGN):
        raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
    if signalnum in (Signals.SIGKILL, Signals.SIGSTOP):
        raise OSError(22, "Invalid argument")
    before = getsignal(signalnum)
    if callable(handler) and handler is not default_int_handler:
        warnings.warn("signal handlers of a program are not called in this shell: Ctrl-C raises KeyboardInterrupt, SIGTERM ends it")
    _handlers[_number(signalnum)] = handler
    return before


def raise_signal(signalnum):
    """Calls the handler that a program keeps, else sends the signal."""
    handler = getsignal(signalnum)
    if callable(handler):
        handler(int(signalnum), None)
    elif handler != Handlers.SIG_IGN:
        os.kill(os.getpid(), int(signalnum))


def strsignal(signalnum):
    names = {1: "Hangup", 2: "Interrupt", 3: "Quit", 6: "Aborted", 9: "Killed", 11: "Segmentation fault", 13: "Broken pipe",
             14: "Alarm clock", 15: "Terminated"}
    return names.get(int(_number(signalnum)))


def valid_signals():
    return {_number(number) for number in range(1, NSIG)}


def alarm(seconds):
    if seconds:
        raise NotImplementedError("signal.alarm() is not in this shell: no handler is called between statements")
    return 0


def _refused(*_):
    raise NotImplementedError("this function of signal is not in this shell: no handler is called between statements")


setitimer = pause = sigwait = pthread_kill = _refused
