"""Work that threads or processes would do side by side: here it is done in order, and a program is told so once."""

import warnings

_is_told = False


def tell(name):
    """Says what becomes of the work that `name` is given; `sys.stderr` has it once in a program."""
    global _is_told
    if not _is_told:
        _is_told = True
        warnings.warn(f"this shell has one thread: what {name} is given runs in order, one after the other", RuntimeWarning)


def wait_for_ever(name):
    """The error of what would wait for another thread."""
    return RuntimeError(f"{name} would wait for ever: this shell has one thread, and nobody else can end the wait")
