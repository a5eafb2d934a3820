"""The smallest first."""


def heappush(heap, item):
    heap.append(item)
    _up(heap, len(heap) - 1)


def heappop(heap):
    if not heap:
        raise IndexError("index out of range")
    last = heap.pop()
    if not heap:
        return last
    first, heap[0] = heap[0], last
    _down(heap, 0)
    return first


def heapify(heap):
    for place in reversed(range(len(heap) // 2)):
        _down(heap, place)


def heappushpop(heap, item):
    if heap and heap[0] < item:
        item, heap[0] = heap[0], item
        _down(heap, 0)
    return item


def heapreplace(heap, item):
    first, heap[0] = heap[0], item
    _down(heap, 0)
    return first


def nlargest(n, iterable, key=None):
    return sorted(iterable, key=key, reverse=True)[:n]


def nsmallest(n, iterable, key=None):
    return sorted(iterable, key=key)[:n]


def _up(heap, place):
    while place > 0:
        parent = (place - 1) // 2
        if not heap[place] < heap[parent]:
            return
        heap[place], heap[parent] = heap[parent], heap[place]
        place = parent


def _down(heap, place):
    """Down to a leaf by the smaller children, the right one where they are equal, then up again: fewer comparisons, and Python's order."""
    start, item, end = place, heap[place], len(heap)
    while 2 * place + 1 < end:
        child = 2 * place + 1
        if child + 1 < end and not heap[child] < heap[child + 1]:
            child += 1
        heap[place] = heap[child]
        place = child
    heap[place] = item
    while place > start:
        parent = (place - 1) // 2
        if not item < heap[parent]:
            break
        heap[place], place = heap[parent], parent
    heap[place] = item


def merge(*iterables, key=None, reverse=False):
    """One sorted stream out of several."""
    heads = []
    for number, iterable in enumerate(iterables):
        stream = iter(iterable)
        for value in stream:
            heads.append([value, number, stream])
            break
    rank = (lambda head: head[0]) if key is None else (lambda head: key(head[0]))
    while heads:
        best = max(heads, key=rank) if reverse else min(heads, key=rank)
        yield best[0]
        for value in best[2]:
            best[0] = value
            break
        else:
            heads.remove(best)
