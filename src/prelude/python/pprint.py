"""Values over several lines where one is too short."""

_WIDTH = 80


def pformat(object, indent=1, width=_WIDTH, depth=None, compact=False, sort_dicts=True):
    return _lines(object, 0, width, sort_dicts)


def pprint(object, stream=None, indent=1, width=_WIDTH, depth=None, compact=False, sort_dicts=True):
    print(pformat(object, indent, width, depth, compact, sort_dicts), file=stream)


pp = pprint


def _lines(value, column, width, sort_dicts):
    text = _flat(value, sort_dicts)
    if len(text) + column <= width:
        return text
    pad = ",\n" + " " * (column + 1)
    if type(value) is dict:
        items = []
        for key, inner in _entries(value, sort_dicts):
            head = repr(key) + ": "
            items.append(head + _lines(inner, column + 1 + len(head), width - 1, sort_dicts))
        return "{" + pad.join(items) + "}"
    if type(value) in (list, tuple, set):
        open, close = {list: "[]", tuple: "()", set: "{}"}[type(value)]
        items = sorted(value) if type(value) is set else value
        end = "," if type(value) is tuple and len(value) == 1 else ""
        return open + pad.join([_lines(item, column + 1, width - 1, sort_dicts) for item in items]) + end + close
    return text


def _entries(value, sort_dicts):
    if not sort_dicts:
        return value.items()
    try:
        return sorted(value.items(), key=lambda item: item[0])
    except TypeError:
        return sorted(value.items(), key=lambda item: str(item[0]))


def _flat(value, sort_dicts):
    if type(value) is dict:
        inner = [f"{k!r}: {_flat(v, sort_dicts)}" for k, v in _entries(value, sort_dicts)]
        return "{" + ", ".join(inner) + "}"
    if type(value) is list:
        return "[" + ", ".join([_flat(item, sort_dicts) for item in value]) + "]"
    return repr(value)
