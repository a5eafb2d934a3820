import bisect, heapq, itertools, operator, random
xs = [1, 3, 3, 5, 8]
print(bisect.bisect_left(xs, 3), bisect.bisect_right(xs, 3), bisect.bisect(xs, 9))
bisect.insort(xs, 4); print(xs)
def grade(score, cuts=(60, 70, 80, 90), grades="FDCBA"): return grades[bisect.bisect(cuts, score)]
print([grade(s) for s in (33, 99, 77, 70, 89, 90, 100)])
h = []
for v in [5, 2, 8, 1, 9, 3]: heapq.heappush(h, v)
print(h, heapq.heappop(h), h)
print(heapq.nlargest(3, [1, 8, 2, 23, 7]), heapq.nsmallest(2, [("b", 2), ("a", 2), ("c", 1)], key=lambda t: t[1]))
data = [7, 1, 6, 2, 5, 3]; heapq.heapify(data); print(data, [heapq.heappop(data) for _ in range(6)])
pq = [(2, "b"), (1, "z"), (1, "a")]; heapq.heapify(pq); print([heapq.heappop(pq) for _ in range(3)])
print(list(heapq.merge([1, 4, 7], [2, 5], [0, 9])))
rows = [("fc", 10, 0.5), ("conv", 300, 0.1), ("bn", 10, 0.9)]
print(sorted(rows, key=operator.itemgetter(1, 2)), sorted(rows, key=lambda r: (-r[1], r[0])), max(rows, key=operator.itemgetter(2))[0])
print([list(g) for k, g in itertools.groupby(sorted(rows, key=lambda r: r[1]), key=lambda r: r[1])])
print(list(itertools.accumulate([1, 2, 3, 4])), list(itertools.accumulate([3, 1, 2], max)), list(itertools.chain([1], (2, 3), "ab")))
print(list(itertools.combinations("ABC", 2)), list(itertools.product([0, 1], "xy")), len(list(itertools.permutations(range(4)))))
print(list(itertools.zip_longest([1, 2, 3], "ab", fillvalue="-")), list(itertools.islice(itertools.count(10, 5), 4)), list(itertools.pairwise([1, 2, 4, 7])))
print(list(itertools.compress("abcd", [1, 0, 1, 1])), list(itertools.dropwhile(lambda x: x < 3, [1, 4, 2])), list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.repeat("x", 3)))
a, b = itertools.tee(range(3)); print(list(a), list(b))
random.seed(0); l = list(range(10)); random.shuffle(l); print(l, random.choice(l), random.sample(l, 3), round(random.random(), 6), random.randint(1, 6), random.choices("ab", k=5), round(random.gauss(0, 1), 6))
l = [3, 1, 2]; l.sort(); print(l, l.index(2), l.count(1)); l.insert(1, 9); l.extend([7, 8]); print(l, l.pop(), l.pop(0), l); l.remove(9); l.reverse(); print(l)
m = [[0] * 3] * 2; m[0][0] = 1; print(m); m = [[0] * 3 for _ in range(2)]; m[0][0] = 1; print(m)
l = list(range(10)); l[2:5] = []; print(l); l[::2] = [0] * len(l[::2]); print(l); del l[1::2]; print(l); l[1:1] = [5, 5]; print(l); l *= 2; print(l, l[-3:], l[::-1][:2])
print([1, 2] + [3], [0] * 2, [1, [2]] == [1, [2]], [1, 2] < [1, 3], [] < [0], (1, 2) + (3,), 3 in [1, 2, 3], [*range(3), *"ab"])
first, *mid, last = [1, 2, 3, 4]; print(first, mid, last); (a, b), c = [1, 2], 3; print(a, b, c)
import copy
n = [1, [2, 3]]; s = n[:]; d = copy.deepcopy(n); n[1].append(4); print(n, s, d, n is s, n[1] is s[1])
print(list(map(lambda x, y: x + y, [1, 2], [3, 4])), list(filter(None, [0, 1, "", "a", None])), list(zip(*[(1, 2), (3, 4)])), list(reversed([1, 2])), sum([[1], [2]], []), any([]), all([]))
