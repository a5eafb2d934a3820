"""What a program still does when it ends."""

_kept = []


def register(func, *args, **kwargs):
    """Calls the function when the shell ends; the last one registered comes first."""
    _kept.append((func, args, kwargs))
    return func


def unregister(func):
    _kept[:] = [entry for entry in _kept if entry[0] != func]


def _run_exitfuncs():
    while _kept:
        func, args, kwargs = _kept.pop()
        try:
            func(*args, **kwargs)
        except Exception:
            import sys
            import traceback

            print("Exception ignored in atexit callback:", file=sys.stderr)
            traceback.print_exc()


def _clear():
    _kept.clear()
