"""The smallest first."""


def heappush(heap, item):
    heap.append(item)
    _up(heap, len(heap) - 1)


def heappop(heap):
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
    while True:
        small = place
        for child in (2 * place + 1, 2 * place + 2):
            if child < len(heap) and heap[child] < heap[small]:
                small = child
        if small == place:
            return
        heap[place], heap[small] = heap[small], heap[place]
        place = small
