"""Iterators out of iterators."""

import sys


class _Iterator:
    """An iterator over what a generator gives."""

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._items)


class chain(_Iterator):
    def __init__(self, *iterables):
        self._items = _chained(iterables)

    @classmethod
    def from_iterable(cls, iterables):
        new = cls()
        new._items = _chained(iterables)
        return new

    def __iter__(self):
        return self._items


def _chained(iterables):
    for iterable in iterables:
        yield from iterable


def _bound(name, value):
    if value is None:
        return None
    if not isinstance(value, int) or not 0 <= value <= sys.maxsize:
        raise ValueError(name)
    return value


def islice(iterable, *args):
    if not args or len(args) > 3:
        raise TypeError(f"islice expected at {'least 2' if not args else 'most 4'} arguments, got {len(args) + 1}")
    both = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."
    if len(args) == 1:
        start, step = 0, 1
        stop = _bound("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.", args[0])
    else:
        start = _bound(both, args[0]) or 0
        stop = _bound(both, args[1])
        step = 1 if len(args) < 3 or args[2] is None else args[2]
        if not isinstance(step, int) or step < 1:
            raise ValueError("Step for islice() must be a positive integer or None.")
    return _sliced(iter(iterable), start, stop, step)


def _sliced(iterator, start, stop, step):
    wanted = start
    number = 0
    while stop is None or number < stop:
        try:
            item = next(iterator)
        except StopIteration:
            return
        if number == wanted:
            yield item
            wanted += step
            if stop is not None and wanted >= stop and step > 1:
                for _ in range(number + 1, stop):
                    next(iterator, None)
                return
        number += 1


class count(_Iterator):
    def __init__(self, start=0, step=1):
        self._next, self._step = start, step

    def __next__(self):
        value = self._next
        self._next = value + self._step
        return value

    def __repr__(self):
        end = "" if isinstance(self._step, int) and self._step == 1 else f", {self._step!r}"
        return f"count({self._next!r}{end})"


def cycle(iterable):
    items = []
    for item in iterable:
        yield item
        items.append(item)
    while items:
        yield from items


class repeat(_Iterator):
    def __init__(self, object, times=None):
        self._object = object
        self._left = None if times is None else max(times, 0)

    def __next__(self):
        if self._left is not None:
            if not self._left:
                raise StopIteration
            self._left -= 1
        return self._object

    def __length_hint__(self):
        return self._left

    def __repr__(self):
        end = "" if self._left is None else f", {self._left}"
        return f"repeat({self._object!r}{end})"


def product(*iterables, repeat=1):
    pools = [tuple(pool) for pool in iterables] * repeat
    return _product(pools, 0, ())


def _product(pools, at, before):
    if at == len(pools):
        yield before
    elif at == len(pools) - 1:
        for item in pools[at]:
            yield before + (item,)
    else:
        for item in pools[at]:
            yield from _product(pools, at + 1, before + (item,))


def permutations(iterable, r=None):
    pool = tuple(iterable)
    n = len(pool)
    r = n if r is None else r
    if r < 0:
        raise ValueError("r must be non-negative")
    return _permutations(pool, n, r)


def _permutations(pool, n, r):
    if r > n:
        return
    places = list(range(n))
    turns = list(range(n, n - r, -1))
    yield tuple([pool[i] for i in places[:r]])
    while n:
        for i in reversed(range(r)):
            turns[i] -= 1
            if turns[i] == 0:
                places[i:] = places[i + 1:] + places[i:i + 1]
                turns[i] = n - i
            else:
                j = turns[i]
                places[i], places[-j] = places[-j], places[i]
                yield tuple([pool[k] for k in places[:r]])
                break
        else:
            return


def combinations(iterable, r):
    if r < 0:
        raise ValueError("r must be non-negative")
    return _combinations(tuple(iterable), r)


def _combinations(pool, r):
    n = len(pool)
    if r > n:
        return
    places = list(range(r))
    while True:
        yield tuple([pool[i] for i in places])
        i = r - 1
        while i >= 0 and places[i] == i + n - r:
            i -= 1
        if i < 0:
            return
        places[i] += 1
        for j in range(i + 1, r):
            places[j] = places[j - 1] + 1


def combinations_with_replacement(iterable, r):
    if r < 0:
        raise ValueError("r must be non-negative")
    return _combinations_with_replacement(tuple(iterable), r)


def _combinations_with_replacement(pool, r):
    n = len(pool)
    if not n and r:
        return
    places = [0] * r
    while True:
        yield tuple([pool[i] for i in places])
        i = r - 1
        while i >= 0 and places[i] == n - 1:
            i -= 1
        if i < 0:
            return
        places[i:] = [places[i] + 1] * (r - i)


class groupby:
    """Runs of equal keys. A group reads from the same iterator: it is over when the next one is asked for."""

    def __init__(self, iterable, key=None):
        self._iterator = iter(iterable)
        self._key = key
        self._wanted = self._found = self._item = _nothing
        self._group = None

    def __iter__(self):
        return self

    def _step(self):
        try:
            self._item = next(self._iterator)
        except StopIteration:
            self._found = _ended
            raise
        self._found = self._item if self._key is None else self._key(self._item)

    def __next__(self):
        self._group = group = object()
        while self._found is _nothing or self._wanted is not _nothing and self._found == self._wanted:
            self._step()
        if self._found is _ended:
            raise StopIteration
        self._wanted = self._found
        return self._found, self._items(self._wanted, group)

    def _items(self, wanted, group):
        while self._group is group and self._found is not _ended and self._found == wanted:
            yield self._item
            if self._group is not group:
                return
            try:
                self._step()
            except StopIteration:
                return


_nothing = object()
_ended = object()


def accumulate(iterable, func=None, *, initial=None):
    total, started = initial, initial is not None
    if started:
        yield total
    for item in iterable:
        if not started:
            total, started = item, True
        else:
            total = total + item if func is None else func(total, item)
        yield total


def zip_longest(*iterables, fillvalue=None):
    iterators = [iter(it) for it in iterables]
    live = len(iterators)
    done = [False] * len(iterators)
    while live:
        items = []
        for i, iterator in enumerate(iterators):
            if done[i]:
                items.append(fillvalue)
                continue
            try:
                items.append(next(iterator))
            except StopIteration:
                done[i] = True
                live -= 1
                items.append(fillvalue)
        if live:
            yield tuple(items)


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable):
    dropping = True
    for item in iterable:
        dropping = dropping and predicate(item)
        if not dropping:
            yield item


def filterfalse(predicate, iterable):
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            yield item


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def compress(data, selectors):
    for item, selected in zip(data, selectors):
        if selected:
            yield item


def pairwise(iterable):
    previous, first = None, True
    for item in iterable:
        if not first:
            yield previous, item
        previous, first = item, False


def tee(iterable, n=2):
    """Iterators that share what was read: each has a queue of what it has not given yet."""
    iterator = iter(iterable)
    queues = [[] for _ in range(n)]

    def of(queue):
        at = 0
        while True:
            if at == len(queue):
                queue.clear()
                at = 0
                try:
                    item = next(iterator)
                except StopIteration:
                    return
                for other in queues:
                    if other is not queue:
                        other.append(item)
                yield item
            else:
                at += 1
                yield queue[at - 1]

    return tuple([of(queue) for queue in queues])
