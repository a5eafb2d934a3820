"""Containers."""

import operator

from _collections import namedtuple


class deque:
    """Items in a list whose first `_start` places are free: both ends are cheap."""

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None and maxlen < 0:
            raise ValueError("maxlen must be non-negative")
        self._items = []
        self._start = 0
        self._maxlen = maxlen
        self.extend(iterable)

    @property
    def maxlen(self):
        return self._maxlen

    def _list(self):
        """The items alone, with no free places before them."""
        if self._start:
            del self._items[:self._start]
            self._start = 0
        return self._items

    def append(self, item):
        self._items.append(item)
        if self._maxlen is not None and len(self) > self._maxlen:
            self.popleft()

    def appendleft(self, item):
        if self._maxlen is not None and len(self) >= self._maxlen:
            if not self._maxlen:
                return
            self._items.pop()
        if not self._start:
            room = len(self._items) + 8
            self._items[:0] = [None] * room
            self._start = room
        self._start -= 1
        self._items[self._start] = item

    def insert(self, i, x):
        if self._maxlen is not None and len(self) >= self._maxlen:
            raise IndexError("deque already at its maximum size")
        self._list().insert(i, x)

    def extend(self, iterable):
        if self._maxlen is None:
            self._items.extend(list(iterable) if iterable is self else iterable)
            return
        for item in list(iterable) if iterable is self else iterable:
            self.append(item)

    def extendleft(self, iterable):
        for item in list(iterable) if iterable is self else iterable:
            self.appendleft(item)

    def pop(self):
        if len(self._items) <= self._start:
            raise IndexError("pop from an empty deque")
        return self._items.pop()

    def popleft(self):
        if len(self._items) <= self._start:
            raise IndexError("pop from an empty deque")
        item = self._items[self._start]
        self._items[self._start] = None
        self._start += 1
        if self._start > 16 and self._start * 2 > len(self._items):
            self._list()
        return item

    def rotate(self, n=1):
        items = self._list()
        if items:
            n %= len(items)
            self._items = items[-n:] + items[:-n] if n else items

    def clear(self):
        self._items = []
        self._start = 0

    def copy(self):
        return type(self)(self, self._maxlen)

    __copy__ = copy

    def count(self, item):
        return self._list().count(item)

    def index(self, item, start=0, stop=None):
        items = self._list()
        try:
            return items.index(item, start, len(items) if stop is None else stop)
        except ValueError:
            raise ValueError(f"{item!r} is not in deque") from None

    def remove(self, item):
        try:
            self._list().remove(item)
        except ValueError:
            raise ValueError(f"{item!r} is not in deque") from None

    def reverse(self):
        self._list().reverse()

    def __len__(self):
        return len(self._items) - self._start

    def __iter__(self):
        items = self._list()
        length = len(items)
        for i in range(length):
            if len(self) != length:
                raise RuntimeError("deque mutated during iteration")
            yield self._items[self._start + i]

    def __reversed__(self):
        return reversed(self._list())

    def __contains__(self, item):
        return item in self._list()

    def _place(self, index):
        if not hasattr(index, "__index__"):
            raise TypeError(f"sequence index must be integer, not '{type(index).__name__}'")
        length = len(self)
        index = operator.index(index)
        if not -length <= index < length:
            raise IndexError("deque index out of range")
        return self._start + (index if index >= 0 else index + length)

    def __getitem__(self, index):
        return self._items[self._place(index)]

    def __setitem__(self, index, value):
        self._items[self._place(index)] = value

    def __delitem__(self, index):
        place = self._place(index) - self._start
        del self._list()[place]

    def __add__(self, other):
        if not isinstance(other, deque):
            raise TypeError(f'can only concatenate deque (not "{type(other).__name__}") to deque')
        made = self.copy()
        made.extend(other)
        return made

    def __iadd__(self, other):
        self.extend(other)
        return self

    def __mul__(self, times):
        return type(self)(self._list() * times, self._maxlen)

    __rmul__ = __mul__

    def __imul__(self, times):
        self._items = self._list() * times
        return self

    def __eq__(self, other):
        return self._list() == other._list() if isinstance(other, deque) else NotImplemented

    def __lt__(self, other):
        return self._list() < other._list() if isinstance(other, deque) else NotImplemented

    def __le__(self, other):
        return self._list() <= other._list() if isinstance(other, deque) else NotImplemented

    def __gt__(self, other):
        return self._list() > other._list() if isinstance(other, deque) else NotImplemented

    def __ge__(self, other):
        return self._list() >= other._list() if isinstance(other, deque) else NotImplemented

    __hash__ = None

    def __repr__(self):
        end = "" if self._maxlen is None else f", maxlen={self._maxlen}"
        shown = ", ".join("[...]" if item is self else repr(item) for item in self._list())
        return f"{type(self).__name__}([{shown}]{end})"

    def __reduce__(self):
        return type(self), (list(self), self._maxlen)


def __getattr__(name):
    if name in ("ChainMap", "UserDict", "UserList", "UserString"):
        import _collections_user

        found = getattr(_collections_user, name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'collections' has no attribute {name!r}")
