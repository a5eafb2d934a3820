def counter(n):
    print("start")
    try:
        for i in range(n):
            got = yield i
            if got: print("got", got)
    finally:
        print("cleanup")
    return "done"
g = counter(3)
print(next(g)); print(g.send("hi")); print(next(g))
try: next(g)
except StopIteration as e: print("stop", e.value)
g = counter(5); next(g); g.close()
try: next(g)
except StopIteration: print("closed")
def averager():
    total = n = 0; avg = None
    while True:
        x = yield avg
        total += x; n += 1; avg = total / n
a = averager(); next(a)
print([a.send(v) for v in (10, 20, 30)])
def catcher():
    while True:
        try: yield "ready"
        except ValueError as e: yield f"caught {e}"
c = catcher(); print(next(c), c.throw(ValueError("bad")), next(c))
try: c.throw(KeyError("k"))
except KeyError as e: print("escaped", e)
def sub(): 
    x = yield 1
    print("sub got", x)
    return x * 2
def main():
    r = yield from sub()
    print("r", r)
    yield r
m = main(); print(next(m)); print(m.send(21))
def flatten(x):
    for i in x:
        if isinstance(i, (list, tuple)): yield from flatten(i)
        else: yield i
print(list(flatten([1, [2, (3, [4])], 5])))
def primes():
    seen = []
    n = 2
    while True:
        if all(n % p for p in seen): seen.append(n); yield n
        n += 1
import itertools
print(list(itertools.islice(primes(), 10)), list(itertools.takewhile(lambda p: p < 20, primes())))
gen = (x ** 2 for x in range(5) if x % 2)
print(next(gen), list(gen), list(gen), type(gen).__name__)
print(sum(x for x in range(10)), max((x, -x) for x in range(3)), any(x > 3 for x in range(5)), dict((k, v) for k, v in zip("ab", [1, 2])))
def window(it, n):
    from collections import deque
    d = deque(maxlen=n)
    for x in it:
        d.append(x)
        if len(d) == n: yield tuple(d)
print(list(window(range(5), 3)))
def zipl(*its):
    its = [iter(i) for i in its]
    while True:
        try: yield tuple(next(i) for i in its)
        except RuntimeError: return
print(list(zipl([1, 2], "ab")))
