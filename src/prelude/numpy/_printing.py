"""How arrays are shown."""
from numpy import _print_options, _set_print_options, asarray


def get_printoptions():
    names = ("edgeitems", "threshold", "floatmode", "precision", "suppress", "linewidth", "nanstr", "infstr", "sign", "formatter", "legacy", "override_repr")
    known = _print_options()
    fixed = {"floatmode": "maxprec", "sign": "-", "legacy": False, "override_repr": None}
    return {name: known[name] if name in known else fixed[name] for name in names}


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, suppress=None, nanstr=None, infstr=None,
                     formatter=None, sign=None, floatmode=None, *, legacy=None, override_repr=None):
    for name, value, known in (("sign", sign, (None, "-")), ("floatmode", floatmode, (None, "maxprec")), ("legacy", legacy, (None, False))):
        if value not in known:
            raise NotImplementedError(f"numpy.set_printoptions: this shell supports only {name}={known[1]!r}")
    # a formatter holds until the next call, as numpy has it
    _set_print_options(precision, threshold, edgeitems, linewidth, suppress, nanstr, infstr, formatter)


class printoptions:
    def __init__(self, **options):
        self._options = options

    def __enter__(self):
        self._before = get_printoptions()
        set_printoptions(**self._options)
        return get_printoptions()

    def __exit__(self, *_):
        before = self._before
        names = ("precision", "threshold", "edgeitems", "linewidth", "suppress", "nanstr", "infstr", "formatter")
        set_printoptions(**{name: before[name] for name in names})


def _with(options, show):
    given = {name: value for name, value in options.items() if value is not None}
    with printoptions(**given):
        return show()


def array2string(a, max_line_width=None, precision=None, suppress_small=None, separator=" ", threshold=None, edgeitems=None, formatter=None):
    if separator not in (" ", ", "):
        raise NotImplementedError("numpy.array2string: this shell supports only separator=' ' and ', '")
    options = dict(linewidth=max_line_width, precision=precision, suppress=suppress_small, threshold=threshold, edgeitems=edgeitems, formatter=formatter)
    text = _with(options, lambda: str(asarray(a)))
    return text if separator == " " else _with(options, lambda: repr(asarray(a)))[6:].rsplit("]", 1)[0].replace("\n      ", "\n") + "]"


def array_str(a, max_line_width=None, precision=None, suppress_small=None):
    return array2string(a, max_line_width, precision, suppress_small)


def array_repr(arr, max_line_width=None, precision=None, suppress_small=None):
    return _with(dict(linewidth=max_line_width, precision=precision, suppress=suppress_small), lambda: repr(arr))


__all__ = ["get_printoptions", "set_printoptions", "printoptions", "array2string", "array_str", "array_repr"]
