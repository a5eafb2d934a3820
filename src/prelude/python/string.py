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
                    raise ValueError("Invalid placeholder in string")
                return found.group()
            if name not in values and not is_strict:
                return found.group()
            return str(values[name])

        return self._places.sub(one, self.template)
