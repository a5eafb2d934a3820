"""Bytes that change."""

import operator


def _plain(other):
    return other._data if isinstance(other, bytearray) else other


class bytearray:
    """The bytes, made anew at every change."""

    __module__ = "builtins"

    def __init__(self, source=b"", encoding=None, errors="strict"):
        if isinstance(source, str):
            if encoding is None:
                raise TypeError("string argument without an encoding")
            source = source.encode(encoding, errors)
        self._data = bytes(_plain(source))

    @classmethod
    def fromhex(cls, text):
        return cls(bytes.fromhex(text))

    def __bytes__(self):
        return self._data

    def __repr__(self):
        return f"bytearray({self._data!r})"

    def __len__(self):
        return len(self._data)

    def __iter__(self):
        return iter(self._data)

    def __contains__(self, item):
        return _plain(item) in self._data

    def __eq__(self, other):
        other = _plain(other)
        return self._data == other if isinstance(other, bytes) else NotImplemented

    def __lt__(self, other):
        return self._data < _plain(other)

    def __le__(self, other):
        return self._data <= _plain(other)

    def __gt__(self, other):
        return self._data > _plain(other)

    def __ge__(self, other):
        return self._data >= _plain(other)

    __hash__ = None

    def __getitem__(self, index):
        if isinstance(index, slice):
            return bytearray(self._data[index])
        try:
            return self._data[index]
        except IndexError:
            raise IndexError("bytearray index out of range") from None

    def _changed(self, change):
        items = list(self._data)
        result = change(items)
        self._data = bytes(items)
        return result

    def _byte(self, value):
        value = operator.index(value)
        if not 0 <= value < 256:
            raise ValueError("byte must be in range(0, 256)")
        return value

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            value = list(_plain(value))
        else:
            value = self._byte(value)
            if not -len(self) <= index < len(self):
                raise IndexError("bytearray index out of range")
        self._changed(lambda items: items.__setitem__(index, value))

    def __delitem__(self, index):
        self._changed(lambda items: items.__delitem__(index))

    def append(self, item):
        self._data += bytes([self._byte(item)])

    def extend(self, items):
        self._data += bytes(_plain(items))

    def insert(self, index, item):
        item = self._byte(item)
        self._changed(lambda items: items.insert(index, item))

    def pop(self, index=-1):
        if not self._data:
            raise IndexError("pop from empty bytearray")
        return self._changed(lambda items: items.pop(index))

    def remove(self, value):
        if value not in self._data:
            raise ValueError("value not found in bytearray")
        self._changed(lambda items: items.remove(value))

    def reverse(self):
        self._data = self._data[::-1]

    def clear(self):
        self._data = b""

    def copy(self):
        return bytearray(self._data)

    def __add__(self, other):
        return bytearray(self._data + _plain(other))

    def __radd__(self, other):
        return _plain(other) + self._data

    def __iadd__(self, other):
        self._data += bytes(_plain(other))
        return self

    def __mul__(self, times):
        return bytearray(self._data * times)

    __rmul__ = __mul__

    def __imul__(self, times):
        self._data *= times
        return self

    def __mod__(self, values):
        return bytearray(self._data % values)

    def __getattr__(self, name):
        found = getattr(self._data, name)

        def method(*args, **kwargs):
            result = found(*[_plain(arg) for arg in args], **kwargs)
            if isinstance(result, list):
                return [bytearray(part) for part in result]
            return bytearray(result) if isinstance(result, bytes) else result

        return method if callable(found) else found
