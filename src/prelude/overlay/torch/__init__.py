"""Names of torch that are Python in PyTorch: what compilers, symbols and tracing leave behind where there are none."""


def sym_int(value):
    return int(value)


def sym_float(value):
    return float(value)


def sym_not(value):
    return not value


def _disable_dynamo(fn=None, recursive=True):
    return fn if fn is not None else (lambda fn: fn)


class SymInt:
    """An int of a compiler's: there are none here."""


class SymFloat:
    """A float of a compiler's: there are none here."""


class SymBool:
    """A bool of a compiler's: there are none here."""


def _check_with(error_type, cond, message):
    if not cond:
        raise error_type(message() if callable(message) else "Expected cond to be True, but got False.")


def _assert(condition, message):
    assert condition, message
