"""Generator expressions: lazy, with variables of their own, seen by all that takes an iterator."""
print(sum(x for x in range(10)), list((x, y) for x in range(3) for y in range(x) if y != 5))
g = (x for x in [1, 2, 3])
print(next(g), g.send(5), list(g), list(g))


def delegated():
    yield from (x * 2 for x in range(3))


print(list(delegated()))
g = (1 / x for x in [1, 0, 2])
print(next(g))
try:
    next(g)
except ZeroDivisionError as error:
    print(repr(error))
print(list(g))
g = (x for x in range(3))
try:
    g.throw(ValueError("thrown"))
except ValueError as error:
    print(repr(error))
print(list(g))
g.close()
try:
    (x for x in range(3)).send(3)
except TypeError as error:
    print(error)
print([f() for f in list((lambda: x) for x in range(3))])
print(any(x > 2 for x in range(10**9)), all(n < 5 for n in range(10)), max((len(w) for w in "a bcd".split()), default=0))


class Table:
    width = 3
    columns = list(column for column in range(width))


print(Table.columns)


def deep(n):
    return n if n == 0 else sum(deep(n - 1) for _ in range(1)) + 1


print(deep(100))
g = (next(g) for _ in range(2))
try:
    next(g)
except ValueError as error:
    print(error)


def stops():
    raise StopIteration


try:
    list(stops() for _ in range(2))
except RuntimeError as error:
    print(error)
print([(a := x) for x in range(2)], a, sum((b := x) for x in range(4)), b)


def inside():
    total = 0
    found = any((hit := n) > 3 for n in range(10))
    return found, hit, sum((total := total + n) for n in range(4)), total


print(inside())
it = iter([1])
for _ in range(200):
    it = (x for x in it)
print(list(it), type(it))
numbers = [1, 2]
g = (n for n in numbers)
numbers.append(3)
print(list(g), next((n for n in numbers if n > 2), None), sorted(-n for n in numbers), dict((n, n * n) for n in numbers))
