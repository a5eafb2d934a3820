"""Kinds of characters, and text with places to fill in."""
import re

ascii_lowercase = "abcdefghijklmnopqrstuvwxyz"
ascii_uppercase = ascii_lowercase.upper()
ascii_letters = ascii_lowercase + ascii_uppercase
digits = "0123456789"
hexdigits = digits + "abcdef" + "ABCDEF"
octdigits = "01234567"
punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
whitespace = " \t\n\r\x0b\x0c"
printable = digits + ascii_letters + punctuation + whitespace


def capwords(s, sep=None):
    return (sep or " ").join([word.capitalize() for word in s.split(sep)])


class Formatter:
    """`str.format`, to make others from."""

    def format(self, format_string, /, *args, **kwargs):
        return self.vformat(format_string, args, kwargs)

    def vformat(self, format_string, args, kwargs):
        return self._filled(format_string, args, kwargs, [0])

    def _filled(self, format_string, args, kwargs, counted):
        pieces = []
        for literal, name, spec, conversion in self.parse(format_string):
            pieces.append(literal)
            if name is None:
                continue
            if name == "" or name[0] in ".[":
                name = f"{counted[0]}{name}"
                counted[0] += 1
            value, _ = self.get_field(name, args, kwargs)
            value = self.convert_field(value, conversion)
            pieces.append(self.format_field(value, self._filled(spec, args, kwargs, counted) if spec else ""))
        return "".join(pieces)

    def parse(self, format_string):
        at, literal = 0, ""
        while at < len(format_string):
            c = format_string[at]
            if format_string[at:at + 2] in ("{{", "}}"):
                literal += c
                at += 2
            elif c == "{":
                depth, end = 1, at + 1
                while end < len(format_string) and depth:
                    depth += {"{": 1, "}": -1}.get(format_string[end], 0)
                    end += 1
                if depth:
                    raise ValueError("expected '}' before end of string")
                name, _, spec = format_string[at + 1:end - 1].partition(":")
                name, _, conversion = name.partition("!")
                yield literal, name, spec, conversion or None
                at, literal = end, ""
            elif c == "}":
                raise ValueError("Single '}' encountered in format string")
            else:
                literal += c
                at += 1
        if literal:
            yield literal, None, None, None

    def get_field(self, field_name, args, kwargs):
        first, *rest = re.findall(r"^[^.\[]+|\.[^.\[]+|\[[^\]]+\]", field_name)
        value = self.get_value(int(first) if first.isdigit() else first, args, kwargs)
        for part in rest:
            if part[0] == ".":
                value = getattr(value, part[1:])
            else:
                key = part[1:-1]
                value = value[int(key) if key.isdigit() else key]
        return value, first

    def get_value(self, key, args, kwargs):
        return args[key] if isinstance(key, int) else kwargs[key]

    def convert_field(self, value, conversion):
        if conversion is None:
            return value
        known = {"s": str, "r": repr, "a": ascii}
        if conversion not in known:
            raise ValueError(f"Unknown conversion specifier {conversion!s}")
        return known[conversion](value)

    def format_field(self, value, format_spec):
        return format(value, format_spec)


class Template:
    """`$name` and `${name}` are filled in, `$$` is a dollar."""

    _places = re.compile(r"\$(?:(\$)|([_a-zA-Z][_a-zA-Z0-9]*)|\{([_a-zA-Z][_a-zA-Z0-9]*)\}|())")

    def __init__(self, template):
        self.template = template

    def substitute(self, mapping={}, /, **kwds):
        return self._fill({**mapping, **kwds}, True)

    def safe_substitute(self, mapping={}, /, **kwds):
        return self._fill({**mapping, **kwds}, False)

    def _fill(self, values, is_strict):
        def one(found):
            if found.group(1):
                return "$"
            name = found.group(2) or found.group(3)
            if name is None:
                if is_strict:
                    before = self.template[: found.start()].splitlines(keepends=True)
                    column = found.start() + 1 - len("".join(before[:-1])) if before else 1
                    raise ValueError(f"Invalid placeholder in string: line {len(before) or 1}, col {column}")
                return found.group()
            if name not in values and not is_strict:
                return found.group()
            return str(values[name])

        return self._places.sub(one, self.template)
