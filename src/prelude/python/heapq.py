"""The smallest first."""


from _heapq import heapify, heappop, heappush, heappushpop, heapreplace


def nlargest(n, iterable, key=None):
    return sorted(iterable, key=key, reverse=True)[:n]


def nsmallest(n, iterable, key=None):
    return sorted(iterable, key=key)[:n]


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
