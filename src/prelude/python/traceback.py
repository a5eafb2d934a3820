"""What went wrong and where, as text. The part of a line that went wrong is not marked."""

import sys

_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def _line_of(filename, lineno):
    try:
        with open(filename) as file:
            return file.read().splitlines()[lineno - 1].strip()
    except (OSError, IndexError, ValueError):
        return ""


class FrameSummary:
    """One step of the way to an error; as a tuple: file, line number, function, line."""

    def __init__(self, filename, lineno, name, *, lookup_line=True, locals=None, line=None):
        self.filename, self.lineno, self.name, self.locals = filename, lineno, name, locals
        self.line = _line_of(filename, lineno) if line is None else line.strip()

    def _parts(self):
        return self.filename, self.lineno, self.name, self.line

    def __iter__(self):
        return iter(self._parts())

    def __getitem__(self, place):
        return self._parts()[place]

    def __len__(self):
        return 4

    def __eq__(self, other):
        return self._parts() == tuple(other) if isinstance(other, (FrameSummary, tuple)) else NotImplemented

    def __repr__(self):
        return f"<FrameSummary file {self.filename}, line {self.lineno} in {self.name}>"


class StackSummary(list):
    @classmethod
    def from_list(cls, frames):
        return cls(one if isinstance(one, FrameSummary) else FrameSummary(*one[:3], line=one[3]) for one in frames)

    def format(self):
        lines = []
        for frame in self:
            line = f"    {frame.line}\n" if frame.line else ""
            lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n{line}')
        return lines


def walk_tb(tb):
    while tb is not None:
        yield tb.tb_frame, tb.tb_lineno
        tb = tb.tb_next


def extract_tb(tb, limit=None):
    frames = [FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in walk_tb(tb)]
    if limit is not None:
        frames = frames[:limit] if limit >= 0 else frames[limit:]
    return StackSummary(frames)


def format_list(extracted_list):
    return StackSummary.from_list(extracted_list).format()


def format_tb(tb, limit=None):
    return extract_tb(tb, limit).format()


def print_tb(tb, limit=None, file=None):
    print("".join(format_tb(tb, limit)), end="", file=sys.stderr if file is None else file)


def format_exception_only(exc, value=None):
    value = exc if value is None else value
    if value is None:
        return ["NoneType: None\n"]
    kind, text = type(value), value.msg if isinstance(value, SyntaxError) and hasattr(value, "msg") else str(value)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    lines = [f"{name}: {text}\n" if text else f"{name}\n"]
    lines.extend(f"{note}\n" for note in getattr(value, "__notes__", ()))
    return lines


def format_exception(exc, value=None, tb=None, limit=None, chain=True):
    if value is None and exc is not None:
        value, tb = exc, exc.__traceback__
    if value is None:
        return ["NoneType: None\n"]
    lines = []
    if chain and value.__cause__ is not None:
        lines = [*format_exception(value.__cause__, limit=limit), _CAUSE]
    elif chain and value.__context__ is not None and not value.__suppress_context__:
        lines = [*format_exception(value.__context__, limit=limit), _CONTEXT]
    if tb is not None:
        lines += ["Traceback (most recent call last):\n", *format_tb(tb, limit)]
    return lines + format_exception_only(value)


def print_exception(exc, value=None, tb=None, limit=None, file=None, chain=True):
    text = "".join(format_exception(exc, value, tb, limit, chain))
    print(text, end="", file=sys.stderr if file is None else file)


def format_exc(limit=None, chain=True):
    return "".join(format_exception(sys.exc_info()[1], limit=limit, chain=chain))


def print_exc(limit=None, file=None, chain=True):
    print(format_exc(limit, chain), end="", file=sys.stderr if file is None else file)
