# What programs do to containers while they are being used, and numbers and texts too large to be.
import json
import sys


class Counted:
    """Counts how often it is asked for its number."""

    asked = 0

    def __index__(self):
        Counted.asked += 1
        return 1


print([10, 20, 30][Counted()], Counted.asked)
print("abc"[Counted()], (1, 2, 3)[Counted():], Counted.asked)


class Deep:
    def __index__(self):
        return [1, 2][self]


class Failing:
    def __index__(self):
        raise KeyError("from __index__")


for index in (Deep(), Failing(), slice(Failing(), None), "x", 1.5, 10**30):
    try:
        print([1, 2][index])
    except Exception as error:
        print(type(error).__name__, str(error)[:60])


class Clearing:
    """Empties the list whose slice it is part of."""

    def __init__(self, target):
        self.target = target

    def __index__(self):
        self.target.clear()
        return 2


numbers = list(range(10))
print(numbers[Clearing(numbers):5], numbers)
numbers = list(range(10))
numbers[Clearing(numbers):] = [7]
print(numbers)
numbers = list(range(10))
del numbers[::3]
print(numbers)
del numbers[5:1:-2]
print(numbers)


class Strange:
    """Less than everything, and everything less than it."""

    def __lt__(self, other):
        return True


print(len(sorted([Strange() for _ in range(500)])))
nan = float("nan")
print(sorted([3.0, nan, 1.0, nan, 2.0, -1.0]))
print(sorted([nan, 5, 4, nan, 3, 2, 1, nan, 0, -1] * 2, reverse=True))
words = ["b", "a", "C", "d", "B"] * 20
print("".join(sorted(words, key=str.lower)), sorted([True, 0, 2.5, -1, 10**20]))


class Loud:
    compared = 0

    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        Loud.compared += 1
        if Loud.compared > 40:
            raise ValueError("enough")
        return self.value < other.value


items = [Loud(value) for value in (9, 3, 7, 1, 8, 2, 6, 4, 5, 0, 11, 10)]
try:
    items.sort()
    print([item.value for item in items], Loud.compared)
except ValueError as error:
    print(error, len(items))

for text in ("[0] * 10**15", "'a' * 2**70", "bytes(10**14)", "'a'.ljust(10**14)", "'%*d' % (10**13, 5)", "' '.zfill(10**14)"):
    try:
        eval(text)
        print("made", text)
    except (MemoryError, OverflowError) as error:
        print(text, type(error).__name__)

for text in ("str(10**5000)", "int('9' * 5000)", "f'{10**5000}'", "json.dumps(10**5000)", "json.loads('9' * 5000)", "repr(-(10**4300))"):
    try:
        print(len(str(eval(text))))
    except ValueError as error:
        print(text, error)
print(len(str(10**4299)), len(hex(10**5000)), int("f" * 5000, 16) % 1000)
print(sys.get_int_max_str_digits())
sys.set_int_max_str_digits(0)
print(len(str(10**5000)))
