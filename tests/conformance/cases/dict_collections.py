from collections import OrderedDict, defaultdict, Counter, ChainMap, deque, namedtuple
od = OrderedDict()
od["b"] = 1; od["a"] = 2; od["c"] = 3
od.move_to_end("b")
print(od, list(od), next(reversed(od)))
print(od.popitem(last=False), od)
od.update(z=26, **{"y": 25})
print(od == OrderedDict(c=3, b=1, z=26, y=25), dict(od) == {"c": 3, "b": 1, "y": 25, "z": 26})
for i, (k, v) in enumerate(od.items()):
    print(i, k, v)
dd = defaultdict(lambda: defaultdict(int))
for w, t in [("conv", "w"), ("conv", "b"), ("fc", "w"), ("conv", "w")]:
    dd[w][t] += 1
print({k: dict(v) for k, v in dd.items()}, len(dd), "bn" in dd, dd.get("bn"))
tree = lambda: defaultdict(tree)
t = tree()
t["a"]["b"]["c"] = 1
import json
print(json.dumps(t))
c = Counter("mississippi")
print(c.most_common(2), c["z"], sum(c.values()), list(c.elements())[:4])
c.update("ssss"); c.subtract({"i": 10})
print(c, +c, c.total())
print(Counter(a=3) + Counter(a=1, b=2), Counter(a=3) - Counter(a=5), Counter(a=3) & Counter(a=1), Counter(a=3) | Counter(b=1))
cm = ChainMap({"lr": 0.1}, {"lr": 0.01, "wd": 1e-4})
print(cm["lr"], cm["wd"], dict(cm), cm.new_child({"lr": 1})["lr"], cm.parents)
q = deque(range(5), maxlen=3)
q.append(9); q.appendleft(0)
print(q, q[0], list(reversed(q)), q.maxlen)
q.rotate(1); print(q); q.extend([1, 2]); print(q)
Point = namedtuple("Point", "x y", defaults=[0])
p = Point(3)
print(p, p._asdict(), p._replace(y=5), Point._fields, Point(*[7, 8]), p == (3, 0))
