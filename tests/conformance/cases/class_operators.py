import math
from functools import total_ordering
@total_ordering
class Vec:
    __slots__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __repr__(self): return f"Vec({self.x}, {self.y})"
    def __str__(self): return f"<{self.x}, {self.y}>"
    def __eq__(self, o): return NotImplemented if not isinstance(o, Vec) else (self.x, self.y) == (o.x, o.y)
    def __lt__(self, o): return abs(self) < abs(o)
    def __hash__(self): return hash((self.x, self.y))
    def __add__(self, o): return Vec(self.x + o.x, self.y + o.y)
    def __sub__(self, o): return Vec(self.x - o.x, self.y - o.y)
    def __mul__(self, k):
        if isinstance(k, Vec): return self.x * k.x + self.y * k.y
        return Vec(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __matmul__(self, o): return self.x * o.y - self.y * o.x
    def __truediv__(self, k): return Vec(self.x / k, self.y / k)
    def __neg__(self): return Vec(-self.x, -self.y)
    def __abs__(self): return math.hypot(self.x, self.y)
    def __bool__(self): return bool(self.x or self.y)
    def __iter__(self): yield self.x; yield self.y
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __len__(self): return 2
    def __contains__(self, v): return v in (self.x, self.y)
    def __iadd__(self, o): self.x += o.x; self.y += o.y; return self
    def __call__(self, f): return Vec(f(self.x), f(self.y))
    def __format__(self, spec): return f"({self.x:{spec}}, {self.y:{spec}})" if spec else str(self)
    def __round__(self, n=0): return Vec(round(self.x, n), round(self.y, n))
a, b = Vec(1, 2), Vec(3, 4)
print(a + b, b - a, a * 2, 3 * a, a * b, a @ b, b / 2, -a, abs(b), bool(Vec(0, 0)), [*a], a[0], a[-1], len(a), 2 in a)
print(a == Vec(1, 2), a != b, a < b, a >= b, a <= b, sorted([b, a]), max(a, b), {a: 1}[Vec(1, 2)], a == 5)
a += b; print(a, repr(a), f"{a}", f"{a:.2f}", f"{a!r:>12}", a(lambda v: v * 10), round(Vec(1.256, 2.344), 1))
x, y = b; print(x, y, dict(zip("xy", b)), sum(b), tuple(b), list(map(str, [a, b])))
try: a + 1
except AttributeError as e: print(e)
try: a.z = 5
except AttributeError as e: print(e)
try: Vec(1)
except TypeError as e: print(e)
try: a < 5
except TypeError as e: print(e)
class Matrix:
    def __init__(self, rows): self.rows = rows
    def __getitem__(self, key):
        if isinstance(key, tuple):
            r, c = key
            if isinstance(r, slice): return [row[c] for row in self.rows[r]]
            return self.rows[r][c]
        return self.rows[key]
    def __setitem__(self, key, v): self.rows[key[0]][key[1]] = v
    def __delitem__(self, i): del self.rows[i]
    def __matmul__(self, o): return Matrix([[sum(p * q for p, q in zip(r, c)) for c in zip(*o.rows)] for r in self.rows])
    def __repr__(self): return "\n".join(" ".join(f"{v:3}" for v in r) for r in self.rows)
    def __eq__(self, o): return self.rows == o.rows
m = Matrix([[1, 2], [3, 4]])
m[0, 1] = 7; print(m[0, 1], m[1], m[:, 0], m[0:1, 1]); print(m @ m); del m[0]; print(m, m == Matrix([[3, 4]]))
class Stack(list):
    def push(self, x): self.append(x); return self
    def peek(self): return self[-1] if self else None
s = Stack().push(1).push(2); print(s, s.peek(), len(s), s.pop(), s, isinstance(s, list), s + [9], s == [1])
class Defaults(dict):
    def __missing__(self, k): self[k] = v = len(self); return v
d = Defaults(); print(d["a"], d["b"], d["a"], d, d.get("z"))
class Celsius(float):
    def __new__(cls, v): return super().__new__(cls, round(v, 1))
    def __repr__(self): return f"{float(self)}C"
c = Celsius(36.66); print(c, c + 1, repr(c), c > 30, type(c + 1).__name__)
