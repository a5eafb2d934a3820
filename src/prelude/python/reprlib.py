"""Texts of objects, cut short; and of objects inside themselves."""

# The module has a `repr` of its own.
_whole = repr


def recursive_repr(fillvalue="..."):
    def decorate(function):
        running = set()

        def wrapper(self):
            if id(self) in running:
                return fillvalue
            running.add(id(self))
            try:
                return function(self)
            finally:
                running.discard(id(self))

        return wrapper

    return decorate


class Repr:
    def __init__(self):
        self.maxlevel = 6
        self.maxtuple = self.maxlist = self.maxarray = self.maxset = self.maxfrozenset = self.maxdeque = 6
        self.maxdict = 4
        self.maxstring = self.maxother = 30
        self.maxlong = 40
        self.fillvalue = "..."

    def repr(self, x):
        return self.repr1(x, self.maxlevel)

    def repr1(self, x, level):
        name = type(x).__name__
        if name in ("list", "tuple", "set", "frozenset", "deque"):
            return self._items(x, level, name)
        if name == "dict":
            return self._dict(x, level)
        most = {"str": self.maxstring, "int": self.maxlong}.get(name, self.maxother)
        text = _whole(x[:most]) if name == "str" else _whole(x)
        if name == "str" and len(x) > most:
            text = _whole(x)
        if len(text) <= most:
            return text
        head = max(0, (most - 3) // 2)
        tail = max(0, most - 3 - head)
        if name == "str":
            text = _whole(x[:head] + x[len(x) - tail:])
        return text[:head] + self.fillvalue + text[len(text) - tail:]

    def _items(self, x, level, name):
        open, close = {"list": "[]", "tuple": "()", "set": "{}"}.get(name, "()")
        if name == "frozenset":
            open, close = "frozenset({", "})"
        if name == "deque":
            open, close = "deque([", "])"
        if not x:
            return {"set": "set()", "frozenset": "frozenset()"}.get(name, open + close)
        if level <= 0:
            return open + self.fillvalue + close
        most = getattr(self, "max" + name)
        items = _sorted(x) if name in ("set", "frozenset") else x
        parts = [self.repr1(item, level - 1) for _, item in zip(range(most), items)]
        if len(x) > most:
            parts.append(self.fillvalue)
        end = "," if name == "tuple" and len(x) == 1 else ""
        return open + ", ".join(parts) + end + close

    def _dict(self, x, level):
        if not x:
            return "{}"
        if level <= 0:
            return "{" + self.fillvalue + "}"
        parts = [f"{self.repr1(key, level - 1)}: {self.repr1(x[key], level - 1)}" for key in _sorted(x)[:self.maxdict]]
        if len(x) > self.maxdict:
            parts.append(self.fillvalue)
        return "{" + ", ".join(parts) + "}"


def _sorted(items):
    try:
        return sorted(items)
    except TypeError:
        return list(items)


aRepr = Repr()
repr = aRepr.repr
