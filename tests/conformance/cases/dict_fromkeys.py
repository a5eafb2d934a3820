keys = ["conv1.weight", "conv1.bias", "fc.weight"]
d = dict.fromkeys(keys)
print(d)
d2 = dict.fromkeys(keys, [])
d2["conv1.bias"].append(1)
print(d2)
print(dict.fromkeys("hello"), list(dict.fromkeys([3, 1, 3, 2, 1])))
print(dict.fromkeys(range(3), "x"), dict.fromkeys((), 1))
unique = list(dict.fromkeys(k.split(".")[0] for k in keys))
print(unique)
class MyDict(dict):
    pass
m = MyDict.fromkeys("ab", 0)
print(type(m).__name__, m)
print(dict.fromkeys({"a": 1, "b": 2}))
try:
    dict.fromkeys(5)
except TypeError as e:
    print(e)
try:
    dict.fromkeys([[1]])
except TypeError as e:
    print(e)
