import json


def show(make):
    try:
        print(repr(make()))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


value = {"b": [1, 2.5, None, True, "é\n\x7f😀"], "a": {"x": [], "y": {}, "z": (1e16, 1e-7)}, 3: 2**70}
for options in [{}, {"indent": 2}, {"indent": 0}, {"indent": "\t", "separators": (";", " = ")}, {"ensure_ascii": False},
                {"sort_keys": True}, {"separators": (",", ":")}]:
    show(lambda: json.dumps(value, **options))
show(lambda: json.dumps(float("nan")))
show(lambda: json.dumps(float("nan"), allow_nan=False))
show(lambda: json.dumps({1, 2}))
show(lambda: json.dumps({1, 2}, default=sorted))
show(lambda: json.dumps({(1, 2): 3}))
show(lambda: json.dumps({(1, 2): 3}, skipkeys=True))
for text in ["[1, 2.5, 1e3, -0, -0.0]", '"\\u00e9\\ud83d\\ude00"', "[1,]", '{"a":1,}', "{a:1}", "[1 2]", '"abc', '"\\q"', '"\\u12"',
             '"a\tb"', "01", "1.", "nul", "", " ", "[1] x", '{"a" 1}', "NaN", "-Infinity", "{\n\"a\":\n1 2}", "\ufeff1"]:
    show(lambda: json.loads(text))
show(lambda: json.loads('{"a": 1, "a": 2}', object_pairs_hook=list))
show(lambda: json.loads('[{"a": 1.5}]', object_hook=list, parse_float=str))
show(lambda: json.loads(None))
