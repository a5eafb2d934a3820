"""Values over several lines where one is too short."""

import re


def pformat(object, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
    return PrettyPrinter(indent, width, depth, compact=compact, sort_dicts=sort_dicts,
                         underscore_numbers=underscore_numbers).pformat(object)


def pprint(object, stream=None, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
    PrettyPrinter(indent, width, depth, stream, compact=compact, sort_dicts=sort_dicts,
                  underscore_numbers=underscore_numbers).pprint(object)


def pp(object, *args, sort_dicts=False, **kwargs):
    pprint(object, *args, sort_dicts=sort_dicts, **kwargs)


def saferepr(object):
    return PrettyPrinter()._flat(object, 0, ())


class _Key:
    """Orders what has no order between its kinds by the names of the kinds."""

    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        try:
            return self.value < other.value
        except TypeError:
            return (str(type(self.value)), id(self.value)) < (str(type(other.value)), id(other.value))


class PrettyPrinter:
    def __init__(self, indent=1, width=80, depth=None, stream=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
        indent, width = int(indent), int(width)
        if indent < 0:
            raise ValueError("indent must be >= 0")
        if depth is not None and depth <= 0:
            raise ValueError("depth must be > 0")
        if not width:
            raise ValueError("width must be != 0")
        self._indent, self._width, self._depth, self._stream = indent, width, depth, stream
        self._compact, self._sort, self._underscore = bool(compact), sort_dicts, underscore_numbers

    def pprint(self, object):
        print(self.pformat(object), file=self._stream)

    def pformat(self, object):
        return self._laid(object, 0, 0, 0, ())

    def isreadable(self, object):
        return "..." not in self.pformat(object)

    def isrecursive(self, object):
        return "<Recursion on" in self._flat(object, 0, ())

    # ---- one line

    def _flat(self, value, level, above):
        kind = type(value)
        if kind is int and self._underscore:
            return f"{value:_d}"
        if kind in (dict, list, tuple) and value:
            if id(value) in above:
                return f"<Recursion on {kind.__name__} with id={id(value)}>"
            open, close = {dict: "{}", list: "[]", tuple: "()"}[kind]
            if self._depth and level >= self._depth:
                return f"{open}...{close}"
            above += (id(value),)
            if kind is dict:
                parts = [f"{self._flat(k, level + 1, above)}: {self._flat(v, level + 1, above)}" for k, v in self._entries(value)]
            else:
                parts = [self._flat(item, level + 1, above) for item in value]
                close = ",)" if kind is tuple and len(value) == 1 else close
            return open + ", ".join(parts) + close
        return repr(value)

    def _entries(self, value):
        return sorted(value.items(), key=lambda item: (_Key(item[0]), _Key(item[1]))) if self._sort else value.items()

    # ---- several lines: `column` is where the value begins, `after` what must still stand behind it

    def _laid(self, value, column, after, level, above):
        if id(value) in above:
            return f"<Recursion on {type(value).__name__} with id={id(value)}>"
        text = self._flat(value, level, above)
        if len(text) <= self._width - column - after:
            return text
        laid = self._layout(value)
        return text if laid is None else laid(value, column, after, level + 1, above + (id(value),))

    def _layout(self, value):
        from collections import Counter, OrderedDict, defaultdict, deque
        from types import MappingProxyType, SimpleNamespace

        kind = type(value)
        if kind in (OrderedDict, defaultdict, Counter, deque, MappingProxyType):
            return {OrderedDict: self._ordered, defaultdict: self._default, Counter: self._counter, deque: self._deque,
                    MappingProxyType: self._proxy}[kind]
        if "__repr__" in kind.__dict__ and not hasattr(kind, "__dataclass_fields__") and kind is not SimpleNamespace:
            own = kind.__dict__["__repr__"]
            if own not in (dict.__repr__, list.__repr__, tuple.__repr__, set.__repr__, frozenset.__repr__, str.__repr__):
                return None
        for base, layout in ((dict, self._dict), (list, self._list), (tuple, self._tuple), (set, self._set),
                             (frozenset, self._set), (str, self._str), (bytes, self._bytes)):
            if isinstance(value, base):
                return None if hasattr(kind, "_fields") else layout
        if kind is SimpleNamespace:
            return self._namespace
        if hasattr(kind, "__dataclass_fields__"):
            return self._dataclass
        return None

    def _pad(self):
        return " " * (self._indent - 1)

    def _pairs(self, pairs, column, after, level, above):
        column += self._indent
        pairs = list(pairs)
        parts = []
        for number, (key, value) in enumerate(pairs):
            head = self._flat(key, level, above)
            behind = after if number == len(pairs) - 1 else 1
            parts.append(f"{head}: {self._laid(value, column + len(head) + 2, behind, level, above)}")
        return (",\n" + " " * column).join(parts)

    def _dict(self, value, column, after, level, above):
        return "{" + self._pad() + self._pairs(self._entries(value), column, after + 1, level, above) + "}"

    def _items(self, items, column, after, level, above):
        column += self._indent
        between = ",\n" + " " * column
        room = most = self._width - column + 1
        pieces, joint = [self._pad()], ""
        items = list(items)
        for number, item in enumerate(items):
            is_last = number == len(items) - 1
            if is_last:
                most -= after
                room -= after
            if self._compact:
                text = self._flat(item, level, above)
                if room < len(text) + 2:
                    room = most
                    joint = between if joint else joint
                if room >= len(text) + 2:
                    room -= len(text) + 2
                    pieces.append(joint + text)
                    joint = ", "
                    continue
            pieces.append(joint + self._laid(item, column, after if is_last else 1, level, above))
            joint = between
        return "".join(pieces)

    def _list(self, value, column, after, level, above):
        return "[" + self._items(value, column, after + 1, level, above) + "]"

    def _tuple(self, value, column, after, level, above):
        end = ",)" if len(value) == 1 else ")"
        return "(" + self._items(value, column, after + len(end), level, above) + end

    def _set(self, value, column, after, level, above):
        if not value:
            return repr(value)
        kind = type(value)
        open, close = ("{", "}") if kind is set else (kind.__name__ + "({", "})")
        column += 0 if kind is set else len(kind.__name__) + 1
        return open + self._items(sorted(value, key=_Key), column, after + len(close), level, above) + close

    def _called(self, name, inner, column, after, level, above):
        return f"{name}({self._laid(inner, column + len(name) + 1, after + 1, level, above)})"

    def _ordered(self, value, column, after, level, above):
        return self._called(type(value).__name__, list(value.items()), column, after, level, above) if value else repr(value)

    def _default(self, value, column, after, level, above):
        head = f"{type(value).__name__}({self._flat(value.default_factory, level, above)},"
        column += len(type(value).__name__) + 1
        return f"{head}\n{' ' * column}{self._dict(value, column, after + 1, level, above)})"

    def _counter(self, value, column, after, level, above):
        if not value:
            return repr(value)
        head = type(value).__name__ + "({"
        pairs = self._pairs(value.most_common(), column + len(head) - 1, after + 2, level, above)
        return head + self._pad() + pairs + "})"

    def _deque(self, value, column, after, level, above):
        head = type(value).__name__ + "("
        column += len(head)
        if value.maxlen is None:
            return head + "[" + self._items(value, column, after + 2, level, above) + "])"
        return (head + "[" + self._items(value, column, 2, level, above) + "],\n" + " " * column
                + f"maxlen={self._flat(value.maxlen, level, above)})")

    def _proxy(self, value, column, after, level, above):
        return self._called("mappingproxy", value.copy(), column, after, level, above)

    def _attributes(self, name, pairs, column, after, level, above):
        column += len(name) + 1
        parts = []
        for number, (key, value) in enumerate(pairs):
            behind = after if number == len(pairs) - 1 else 1
            parts.append(f"{key}={self._laid(value, column + len(key) + 1, behind, level, above)}")
        return f"{name}(" + (",\n" + " " * column).join(parts) + ")"

    def _namespace(self, value, column, after, level, above):
        return self._attributes("namespace", list(value.__dict__.items()), column, after, level, above)

    def _dataclass(self, value, column, after, level, above):
        pairs = [(name, getattr(value, name)) for name, field in value.__dataclass_fields__.items() if field.repr]
        return self._attributes(type(value).__name__, pairs, column, after, level, above)

    def _bytes(self, value, column, after, level, above):
        if len(value) <= 4:
            return repr(value)
        is_top = level == 1
        column += is_top
        pieces = [value[i:i + 4] for i in range(0, len(value), 4)]
        lines, current = [], b""
        for number, piece in enumerate(pieces):
            most = self._width - column - (after + is_top if number == len(pieces) - 1 else 0)
            if current and len(repr(current + piece)) > most:
                lines.append(repr(current))
                current = piece
            else:
                current += piece
        lines.append(repr(current))
        text = ("\n" + " " * column).join(lines)
        return f"({text})" if is_top else text

    def _str(self, value, column, after, level, above):
        if not value:
            return repr(value)
        is_top = level == 1
        column += is_top
        after += is_top
        chunks = []
        lines = value.splitlines(True)
        for number, line in enumerate(lines):
            is_last = number == len(lines) - 1
            if len(repr(line)) <= self._width - column - (after if is_last else 0):
                chunks.append(repr(line))
                continue
            words = re.findall(r"\S*\s*", line)[:-1]
            current = ""
            for place, word in enumerate(words):
                most = self._width - column - (after if is_last and place == len(words) - 1 else 0)
                if len(repr(current + word)) > most:
                    if current:
                        chunks.append(repr(current))
                    current = word
                else:
                    current += word
            if current:
                chunks.append(repr(current))
        if len(chunks) == 1:
            return chunks[0]
        text = ("\n" + " " * column).join(chunks)
        return f"({text})" if is_top else text
