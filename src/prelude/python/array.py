"""Arrays of numbers of one kind."""
import struct

_SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 8, "L": 8, "q": 8, "Q": 8, "f": 4, "d": 8}
_STRUCT = {"l": "q", "L": "Q"}
typecodes = "bBuhHiIlLqQfd"


class array:
    """Numbers of a kind that a letter names, as C has them."""

    def __init__(self, typecode, initializer=(), /):
        if not isinstance(typecode, str) or len(typecode) != 1:
            raise TypeError(f"array() argument 1 must be a unicode character, not {type(typecode).__name__}")
        if typecode not in _SIZES:
            raise ValueError("bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)")
        self.typecode, self.itemsize, self._items = typecode, _SIZES[typecode], []
        if isinstance(initializer, (bytes, bytearray)):
            self.frombytes(initializer)
        elif isinstance(initializer, str):
            raise TypeError(f"cannot use a str to initialize an array with typecode '{typecode}'")
        else:
            self.extend(initializer)

    def _format(self, count):
        return f"={count}{_STRUCT.get(self.typecode, self.typecode)}"

    def _as_kept(self, item):
        """The number as the array holds it."""
        try:
            return struct.unpack(self._format(1), struct.pack(self._format(1), item))[0]
        except struct.error as error:
            wrong = TypeError if isinstance(item, (str, bytes, float)) else OverflowError
            raise wrong(str(error)) from None

    def append(self, item):
        self._items.append(self._as_kept(item))

    def extend(self, items):
        if isinstance(items, array) and items.typecode != self.typecode:
            raise TypeError("can only extend with array of same kind")
        self._items.extend([self._as_kept(item) for item in items])

    fromlist = extend

    def insert(self, place, item):
        self._items.insert(place, self._as_kept(item))

    def pop(self, place=-1):
        if not self._items:
            raise IndexError("pop from empty array")
        return self._items.pop(place)

    def remove(self, item):
        if item not in self._items:
            raise ValueError("array.remove(x): x not in array")
        self._items.remove(item)

    def reverse(self):
        self._items.reverse()

    def index(self, item, start=0, stop=None):
        if item not in self._items:
            raise ValueError("array.index(x): x not in array")
        return self._items.index(item, start, len(self._items) if stop is None else stop)

    def count(self, item):
        return self._items.count(item)

    def tolist(self):
        return list(self._items)

    def tobytes(self):
        return struct.pack(self._format(len(self._items)), *self._items)

    def frombytes(self, data):
        if len(data) % self.itemsize:
            raise ValueError("bytes length not a multiple of item size")
        self._items.extend(struct.unpack(self._format(len(data) // self.itemsize), bytes(data)))

    def byteswap(self):
        data, size = self.tobytes(), self.itemsize
        self._items = []
        self.frombytes(b"".join(data[at : at + size][::-1] for at in range(0, len(data), size)))

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items)

    def __contains__(self, item):
        return item in self._items

    def _of(self, items):
        made = array(self.typecode)
        made._items = items
        return made

    def __getitem__(self, place):
        found = self._items[place]
        return self._of(found) if isinstance(place, slice) else found

    def __setitem__(self, place, item):
        if isinstance(place, slice):
            if not isinstance(item, array):
                raise TypeError(f'can only assign array (not "{type(item).__name__}") to array slice')
            self._items[place] = item._items
        else:
            self._items[place] = self._as_kept(item)

    def __delitem__(self, place):
        del self._items[place]

    def __add__(self, other):
        if not isinstance(other, array):
            raise TypeError(f'can only append array (not "{type(other).__name__}") to array')
        return self._of(self._items + other._items)

    def __mul__(self, times):
        return self._of(self._items * times)

    def __eq__(self, other):
        return self._items == other._items if isinstance(other, array) else NotImplemented

    def __lt__(self, other):
        return self._items < other._items if isinstance(other, array) else NotImplemented

    __hash__ = None

    def __repr__(self):
        return f"array('{self.typecode}', {self._items})" if self._items else f"array('{self.typecode}')"


ArrayType = array

# The kinds that a file names by number: how many bytes, and in which order.
_KINDS = ["=B", "=b", "<H", ">H", "<h", ">h", "<I", ">I", "<i", ">i", "<Q", ">Q", "<q", ">q", "<f", ">f", "<d", ">d"]


def _array_reconstructor(cls, typecode, kind, data):
    """The array that a pickle has as bytes."""
    if not isinstance(data, bytes) or not 0 <= kind < len(_KINDS):
        raise ValueError("a machine format that is not known")
    order, letter = _KINDS[kind]
    size = struct.calcsize(order + letter)
    if len(data) % size:
        raise ValueError("bytes length not a multiple of item size")
    return cls(typecode, list(struct.unpack(f"{order}{len(data) // size}{letter}", data)))
