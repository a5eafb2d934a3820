"""Records of numpy, and arrays of them: an array for each field."""
from numpy import _cells, array as _array, generic, ndarray as _ndarray
from numpy._general import _Dtype
from numpy._objects import _laid_out, _nested, _plain, _Sized


class void(generic):
    """One record, or bytes without a meaning."""

    __module__ = "numpy"

    def __init__(self, data=b"", dtype=None):
        self._data, self._dtype = data, dtype or _Dtype(f"|V{len(data)}")

    @property
    def dtype(self):
        return self._dtype

    @classmethod
    def _of(cls, values, dtype):
        made = cls.__new__(cls)
        made._data, made._dtype = values, dtype
        return made

    def __getitem__(self, key):
        if isinstance(key, str):
            if not self.dtype.names or key not in self.dtype.names:
                raise ValueError(f"no field of name {key}")
            key = self.dtype.names.index(key)
        return self._data[key]

    def __len__(self):
        return len(self._data)

    def __iter__(self):
        return iter(self._data)

    def item(self):
        if not self.dtype.names:
            return self._data
        return tuple([_plain(value) for value in self._data])

    tolist = item

    def tobytes(self):
        return self._data

    def __eq__(self, other):
        return self.item() == (other.item() if isinstance(other, void) else other)

    def __hash__(self):
        return hash(self.item())

    def __str__(self):
        if self.dtype.names:
            return _tuples([[_short(value)] for value in self._data], 1)[0]
        return repr(self._data)

    def __repr__(self):
        if not self.dtype.names:
            return "np.void(b'" + "".join([f"\\x{byte:02X}" for byte in self._data]) + "')"
        name = "rec.record" if isinstance(self, record) else "np.void"
        return f"{name}({self}, dtype={self.dtype._text})" if name == "np.void" else f"np.record({self}, dtype={self.dtype._text})"


def _short(value):
    if isinstance(value, _ndarray):
        return _cells_of(value, ())[0]
    if isinstance(value, (str, bytes)):
        return repr(_plain(value))
    return str(value) if isinstance(value, generic) else repr(value)


def _tuples(columns, count):
    """Records in words, of what each field has for each of them."""
    comma = "," if len(columns) == 1 else ""
    return ["(" + ", ".join([column[at] for column in columns]) + comma + ")" for at in range(count)]


def _cells_of(field, shape):
    """A field in words for each record of an array of that shape."""
    count = 1
    for size in shape:
        count *= size
    if isinstance(field, _Structured):
        texts = field._tuples()
    elif isinstance(field, _Sized):
        texts = [_short(item) for item in field.flatten()._items]
    else:
        texts = _cells(field.flatten())
    inner = tuple(field.shape[len(shape) :])
    step = len(texts) // count if count else 0
    return texts if not inner else [_listed(texts[at * step : (at + 1) * step], inner) for at in range(count)]


def _listed(texts, shape):
    if len(shape) == 1:
        return "[" + ", ".join(texts) + "]"
    step = len(texts) // shape[0] if shape[0] else 0
    return "[" + ", ".join([_listed(texts[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]) + "]"


class record(void):
    """A record whose fields are attributes."""

    __module__ = "numpy"

    def __getattr__(self, name):
        names = self.__dict__["_dtype"].names if "_dtype" in self.__dict__ else None
        if names and name in names:
            return self[name]
        raise AttributeError(f"'numpy.record' object has no attribute '{name}'")


class _Structured(_Sized):
    """An array of records: an array for each field."""

    __module__ = "numpy"

    def __init__(self, text, itemsize, shape, fields, kinds, is_record):
        self.dtype = _Dtype(text, itemsize, tuple(fields), {name: (kinds[name], 0) for name in fields})
        self.shape, self._fields, self._is_record = tuple(shape), fields, is_record

    def _with(self, fields, shape):
        made = _Structured.__new__(recarray if self._is_record else _Records)
        made.dtype, made.shape, made._fields, made._is_record = self.dtype, tuple(shape), fields, self._is_record
        return made

    def __getitem__(self, index):
        if isinstance(index, str):
            if index not in self._fields:
                raise ValueError(f"no field of name {index}")
            return self._fields[index]
        places = _array(range(self.size)).reshape(self.shape)[index]
        flat = {name: field.reshape((self.size,) + tuple(field.shape[self.ndim :])) for name, field in self._fields.items()}
        if isinstance(places, generic):
            values = tuple([field[int(places)] for field in flat.values()])
            return (record if self._is_record else void)._of(values, self.dtype)
        wanted = places.flatten()
        made = {name: field[wanted].reshape(places.shape + tuple(field.shape[1:])) for name, field in flat.items()}
        return self._with(made, places.shape)

    def __getattr__(self, name):
        fields = self.__dict__.get("_fields", {})
        if self.__dict__.get("_is_record") and name in fields:
            return fields[name]
        raise AttributeError(f"'numpy.ndarray' object has no attribute '{name}'")

    def flatten(self):
        return self[_array(range(self.size))] if self.ndim == 1 else self._with(
            {name: field.reshape((self.size,) + tuple(field.shape[self.ndim :])) for name, field in self._fields.items()}, (self.size,)
        )

    def tolist(self):
        flat = self.flatten()
        return _nested([flat[at].item() for at in range(self.size)], self.shape)

    def field(self, name):
        return self[name]

    def _tuples(self):
        return _tuples([_cells_of(field, self.shape) for field in self._fields.values()], self.size)

    def __repr__(self):
        texts = self._tuples()
        head = "rec.array(" if self._is_record else "array("
        shown = _laid_out(texts, self.shape, ", ", len(head) + 1)
        text = self.dtype._text
        gap = ", " if not self._is_record and len(shown.rsplit("\n", 1)[-1]) + len(text) + 15 <= 75 else ",\n" + " " * len(head)
        return f"{head}{shown}{gap}dtype={text})"

    def __str__(self):
        return _laid_out(self._tuples(), self.shape, " ", 1)


class ndarray(_Structured):
    __module__ = "numpy"


_Records = ndarray


class recarray(_Structured):
    __module__ = "numpy.rec"


def _structured(text, itemsize, shape, fields, kinds, is_record):
    return (recarray if is_record else _Records)(text, itemsize, shape, fields, kinds, is_record)


def _record_dtype(text, itemsize, kinds):
    return _Dtype(text, itemsize, tuple(kinds), {name: (kind, 0) for name, kind in kinds.items()})


__all__ = ["void", "record"]
