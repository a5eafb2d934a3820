import textwrap, string, pprint
text = """The encoder stack consists of N = 6 identical layers. Each layer has two sub-layers: a multi-head self-attention mechanism and a simple, position-wise fully connected feed-forward network."""
print(textwrap.fill(text, width=40))
print(textwrap.fill(text, 50, initial_indent="* ", subsequent_indent="    "))
for line in textwrap.wrap(text, 30)[:4]: print(repr(line))
print(textwrap.shorten(text, 45), textwrap.shorten("a b c", 10), sep="|")
print(textwrap.dedent("""\
    def f():
        return 1

    x = 2
"""), end="")
print(textwrap.indent("a\nb\n\nc\n", "  > "), end="")
t = string.Template("$name has ${n} params, cost $$5")
print(t.substitute(name="fc", n=10), t.safe_substitute(name="x"))
try: t.substitute(name="x")
except KeyError as e: print("KeyError", e)
print(string.ascii_lowercase, string.digits, string.punctuation)
print(string.capwords("hello wide world"))
cfg = {"model": {"name": "resnet50", "layers": [3, 4, 6, 3], "pretrained": True, "channels": {"stem": 64, "stages": [256, 512, 1024, 2048]}}, "optimizer": {"lr": 0.1, "momentum": 0.9, "nesterov": False}, "epochs": 90}
pprint.pprint(cfg)
pprint.pprint(cfg, width=40)
pprint.pprint(cfg, indent=4, width=60, sort_dicts=False)
pprint.pprint(cfg, depth=1)
pprint.pprint([["a" * 30, "b" * 30, "c" * 30], list(range(40))], width=60)
pprint.pprint(list(range(40)), compact=True, width=50)
print(pprint.pformat({"k": (1,), "e": (), "s": {3, 1, 2}, "n": None, "long": "word " * 25}))
pprint.pprint(("x" * 50, {"y" * 20: ["z" * 30] * 2}))
from collections import OrderedDict, defaultdict, Counter
pprint.pprint(OrderedDict([("alpha" * 5, 1), ("beta" * 5, 2), ("gamma" * 6, 3)]))
pprint.pprint(defaultdict(list, {"a" * 30: [1, 2, 3], "b" * 30: list(range(10))}))
pprint.pprint(Counter("abracadabra" * 3))
