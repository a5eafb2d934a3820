"""Arrays of what is not a number: text, bytes, times, objects. Files hold them as they came; they are looked at here, and
changed by making others."""
from numpy import array as _array, generic, ndarray as _ndarray
from numpy._general import _Dtype


# Texts of arrays that are held by the one that is being put into words, and how deep that is.
_said, _depth = {}, [0]

# Characters of such a text.
_LONGEST = 1 << 24


class _Sized:
    """What all arrays know of their shape."""

    @property
    def __class__(self):
        return _ndarray

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        count = 1
        for size in self.shape:
            count *= size
        return count

    @property
    def nbytes(self):
        return self.size * self.dtype.itemsize

    @property
    def itemsize(self):
        return self.dtype.itemsize

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self):
        return iter([self[at] for at in range(len(self))])

    def __bool__(self):
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
        return bool(self.item())

    def __setitem__(self, index, value):
        raise ValueError("assignment destination is read-only: an array that holds no numbers cannot be changed in this shell; make a new one from a list")

    def copy(self):
        return self

    def item(self, *index):
        if not index and self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        found = self.flatten()[0] if not index else self.flatten()[index[0]] if len(index) == 1 else self[index]
        return found.item() if isinstance(found, generic) and hasattr(found, "item") else found

    def ravel(self):
        return self.flatten()

    def __hash__(self):
        raise TypeError("unhashable type: 'numpy.ndarray'")


class ndarray(_Sized):
    """Items in an order, under a shape."""

    __module__ = "numpy"

    def __init__(self, dtype, shape, items):
        self.dtype, self.shape = dtype if isinstance(dtype, _Dtype) else _Dtype(dtype), tuple(shape)
        self._items = items

    def _with(self, shape, items):
        made = _Objects.__new__(_Objects)
        made.dtype, made.shape, made._items = self.dtype, tuple(shape), items
        return made

    def _places(self):
        return _array(range(len(self._items))).reshape(self.shape)

    def __getitem__(self, index):
        if isinstance(index, str):
            raise IndexError("only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices")
        found = self._places()[index]
        if isinstance(found, generic):
            return self._items[int(found)]
        return self._with(found.shape, [self._items[at] for at in found.flatten().tolist()])

    def reshape(self, *shape):
        found = self._places().reshape(*shape)
        return self._with(found.shape, self._items)

    def flatten(self):
        return self._with((len(self._items),), self._items)

    @property
    def T(self):
        found = self._places().T
        return self._with(found.shape, [self._items[at] for at in found.flatten().tolist()])

    def tolist(self):
        items = [_plain(item) for item in self._items]
        return _nested(items, self.shape)

    def astype(self, dtype):
        if dtype in (object, "object", "O"):
            return _Objects("object", self.shape, [_plain(item) for item in self._items])
        if dtype in (str, "str", "U"):
            texts = [str(item) for item in self._items]
            return _Objects(f"<U{max([len(text) for text in texts] + [1])}", self.shape, texts)
        if self.dtype.kind in "Mm" and str(dtype).split("[")[0].lstrip("<")[:2] in ("da", "ti", "M8", "m8"):
            unit = str(dtype).split("[")[1].rstrip("]")
            made = [item.astype(f"[{unit}]") for item in self._items]
            return _Objects(f"<{self.dtype.kind}8[{unit}]", self.shape, made)
        if self.dtype.kind in "Mm":
            return _array([item._value for item in self._items]).reshape(self.shape).astype(dtype)
        if self.dtype.kind == "S":
            return _array([item.decode() for item in self._items], dtype=dtype).reshape(self.shape)
        items = [float(item) if isinstance(item, str) else item for item in self._items]
        return _array(items).reshape(self.shape).astype(dtype)

    def _compared(self, other, test):
        if isinstance(other, _Objects):
            others = other._items if other.shape == self.shape else None
        elif isinstance(other, (list, tuple)):
            others = list(other)
        else:
            others = [other] * len(self._items)
        if others is None or len(others) != len(self._items):
            raise ValueError("operands could not be broadcast together")
        return _array([bool(test(a, b)) for a, b in zip(self._items, others)], dtype=bool).reshape(self.shape)

    def __eq__(self, other):
        return self._compared(other, lambda a, b: a == b)

    def __ne__(self, other):
        return self._compared(other, lambda a, b: a != b)

    def __lt__(self, other):
        return self._compared(other, lambda a, b: a < b)

    def __gt__(self, other):
        return self._compared(other, lambda a, b: a > b)

    def __le__(self, other):
        return self._compared(other, lambda a, b: a <= b)

    def __ge__(self, other):
        return self._compared(other, lambda a, b: a >= b)

    def __contains__(self, item):
        return item in self._items

    def __repr__(self):
        # What arrays hold again and again is put into words once.
        if id(self) in _said:
            return _said[id(self)]
        text = self._repr()
        if len(text) > _LONGEST:
            raise MemoryError("this array's text is too long: its objects contain each other")
        if _depth[0]:
            _said[id(self)] = text
        return text

    def _repr(self):
        name = {"O": "object", "T": self.dtype._text, "f": self.dtype._text}.get(self.dtype.kind) or repr(str(self.dtype))
        shape = "" if len(self._items) else f", shape={self.shape}" if self.shape != (0,) else ""
        text, kind = f"array({self._shown(', ', 7)}{shape}", f"dtype={name})"
        fits = len(text.rsplit("\n", 1)[-1]) + len(kind) + 1 <= 75
        return f"{text}, {kind}" if fits else f"{text},\n      {kind}"

    def __str__(self):
        return self._shown(" ", 1)

    def _shown(self, separator, indent):
        _depth[0] += 1
        try:
            return self._texts(separator, indent)
        finally:
            _depth[0] -= 1
            if not _depth[0]:
                _said.clear()

    def _texts(self, separator, indent):
        kind = self.dtype.kind
        own = {"U": str.__repr__, "S": bytes.__repr__}.get(kind, repr)
        if kind == "V":
            own = _escaped
        texts = [own(item) if kind not in "Mm" else str(item) if kind == "M" or item._is_nat() else str(item._value) for item in self._items]
        if kind == "M":
            texts = [repr(text) for text in texts]
        if kind in "OU" and kind == "O":
            texts = [f"list({text})" if isinstance(item, list) else text for text, item in zip(texts, self._items)]
        if kind in "Mm" or kind == "O":
            width = max([len(text) for text in texts] + [0])
            texts = [text.rjust(width) if kind in "Mm" else text for text in texts]
        return _laid_out(texts, self.shape, separator, indent)


_Objects = ndarray


def _plain(item):
    """The item as Python's own."""
    if isinstance(item, _ndarray):
        return item
    return item.item() if isinstance(item, generic) and hasattr(item, "item") else item


def _nested(items, shape):
    if not shape:
        return items[0]
    if len(shape) == 1:
        return items
    step = len(items) // shape[0] if shape[0] else 0
    return [_nested(items[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]


def _laid_out(texts, shape, separator, indent):
    if not shape:
        return texts[0]
    size = shape[0]
    step = len(texts) // size if size else 0
    shown = range(size) if len(texts) <= 1000 or size <= 6 else [0, 1, 2, None, size - 3, size - 2, size - 1]
    if len(shape) > 1:
        parts = ["..." if at is None else _laid_out(texts[at * step : (at + 1) * step], shape[1:], separator, indent + 1) for at in shown]
        return "[" + (separator.rstrip() + "\n" * (len(shape) - 1) + " " * indent).join(parts) + "]"
    parts, lines, line = ["..." if at is None else texts[at] for at in shown], [], ""
    for place, part in enumerate(parts):
        part += "" if place == len(parts) - 1 else separator.rstrip()
        if line and indent + len(line) + 1 + len(part) > 75:
            lines.append(line)
            line = part
        else:
            line = f"{line} {part}" if line else part
    return "[" + ("\n" + " " * indent).join(lines + [line]) + "]"


def _escaped(item):
    return "b'" + "".join([f"\\x{byte:02X}" for byte in item.tobytes()]) + "'"


def _made(text, shape, items):
    """An array of a file: its items as the reader has them."""
    from numpy import _general
    from numpy._records import void

    dtype = _Dtype(text)
    unit = text[text.index("[") + 1 : -1] if "[" in text else None
    if dtype.kind in "Mm":
        of = (_general.datetime64 if dtype.kind == "M" else _general.timedelta64)._of
        items = [of(item, unit) for item in items]
    elif dtype.kind == "U":
        items = [_general.str_(item) for item in items]
    elif dtype.kind == "S":
        items = [_general.bytes_(item) for item in items]
    elif dtype.kind == "V":
        items = [void(item) for item in items]
    return _Objects(dtype, shape, items)


def _dtype_of(named):
    if isinstance(named, _Dtype):
        return named
    text = getattr(named, "__name__", named)
    kinds = {"str": "<U0", "str_": "<U0", "bytes": "|S0", "bytes_": "|S0", "object": "object", "object_": "object", "O": "object", "|O": "object"}
    if text in kinds:
        return _Dtype(kinds[text])
    word, _, unit = text.partition("[")
    word = {"datetime64": "<M8", "timedelta64": "<m8", "M8": "<M8", "m8": "<m8"}.get(word, word)
    if word[0] in "US":
        word = {"U": "<", "S": "|"}[word[0]] + word
    return _Dtype(word + (f"[{unit}" if unit else ""))


def _of(value, dtype):
    """An array of a nested list of what is not a number, as numpy makes it."""
    if isinstance(value, _Sized):
        return value if dtype is None else value.astype(dtype)
    if isinstance(value, _ndarray):
        return _Objects(_dtype_of(dtype), value.shape, value.flatten().tolist()).astype(dtype)
    dtype = None if dtype is None else _dtype_of(dtype)
    shape, items = [], [value]
    while all([isinstance(item, (list, tuple, _ndarray)) for item in items]) and items and len({len(item) for item in items}) == 1:
        shape.append(len(items[0]))
        items = [inner for item in items for inner in item]
    if dtype is None and any([isinstance(item, (list, tuple)) for item in items]):
        raise ValueError(
            "setting an array element with a sequence. The requested array has an inhomogeneous shape after "
            f"{len(shape)} dimensions. The detected shape was {tuple(shape)} + inhomogeneous part."
        )
    return _of_items(dtype or _dtype_of_items(items), shape, items)


def _dtype_of_items(items):
    from numpy import _general

    if all([isinstance(item, (bytes, _general.bytes_)) for item in items]):
        return _Dtype("|S0")
    if all([isinstance(item, (_general.datetime64, _general.timedelta64)) for item in items]):
        return items[0].dtype
    if any([isinstance(item, str) for item in items]) and all([isinstance(item, (str, int, float, complex, generic)) for item in items]):
        return _Dtype("<U0")
    return _Dtype("object")


def _of_items(dtype, shape, items):
    from numpy import _general

    if dtype.kind == "U":
        numbers = {int: 21, float: 32, bool: 5, complex: 64}
        least = max([numbers.get(type(item), 0) for item in items] + [0])
        texts = [_general.str_(item) for item in items]
        width = dtype.itemsize // 4 or max([len(text) for text in texts] + [1, least])
        return _Objects(f"<U{width}", shape, [_general.str_(text[:width]) for text in texts])
    if dtype.kind == "S":
        made = [_general.bytes_(item.encode() if isinstance(item, str) else item) for item in items]
        width = dtype.itemsize or max([len(item) for item in made] + [1])
        return _Objects(f"|S{width}", shape, [_general.bytes_(item[:width]) for item in made])
    if dtype.kind in "Mm":
        of = _general.datetime64 if dtype.kind == "M" else _general.timedelta64
        unit = dtype._text[dtype._text.index("[") + 1 : -1] if "[" in dtype._text else None
        made = [of(item, unit) for item in items]
        if unit is None:
            unit = made[0]._unit
            for one in made:
                unit = unit if one._unit is None or unit == one._unit else of._of(0, unit)._finer(one) if unit else one._unit
        return _Objects(f"<{dtype.kind}8[{unit}]" if unit else f"<{dtype.kind}8", shape, [of._of(one._in(unit) if unit else one._value, unit) for one in made])
    return _Objects(dtype, shape, items)


__all__ = []
