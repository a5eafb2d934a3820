# What a consumer leaves of a generator is still there, after an answer and after an error.
g = (x for x in range(10))
print(any(x == 3 for x in g), next(g), list(g))
g = (x * x for x in range(6))
print(all(v < 4 for v in g), next(g), sum(g), sum(g), list(g))
g = (v for v in [1, 2, "three", 4, 5])
try:
    sum(g)
except TypeError as error:
    print(error, list(g))
g = (10 // v for v in [5, 0, 2])
try:
    print(sum(g))
except ZeroDivisionError as error:
    print(error, list(g))
it = iter([1, 2, 3, 4, 5, 6])
print(sum(a * next(it) for a in it), list(it))
print(sum(x + y for x in range(4) if x % 2 for y in range(3)), sum((v for v in [0.5, 1]), 1), sum((v for v in [2**62, 2**62])))


class Vector:
    def __init__(self, v):
        self.v = v

    def __radd__(self, other):
        return Vector(self.v + (other.v if isinstance(other, Vector) else other))

    __add__ = __radd__

    def __bool__(self):
        print("asked", self.v)
        return self.v > 2


print(sum(Vector(i) for i in range(5)).v, any(Vector(i) for i in range(5)), all(Vector(i) for i in (3, 4, 1, 9)))


def countdown(n):
    try:
        while n:
            yield n
            n -= 1
    finally:
        print("closed", n)


print(any(n == 2 for n in countdown(4)), sum(countdown(3)), max(countdown(3)))
g = countdown(5)
print(any(n == 4 for n in g), next(g))
g.close()


def gives(log=[]):
    g = (log.append(v) or v for v in range(3))
    return tuple(g), set(g), log, g.gi_frame


print(gives())
try:
    all(v for v in 5)
except TypeError as error:
    print(error)
