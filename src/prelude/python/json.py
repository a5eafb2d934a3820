"""JSON text: the encoder as a class."""


class JSONEncoder:
    """What `dumps(cls=…)` takes: its default() says what an object of another kind is."""

    def __init__(self, **options):
        self._options = options

    def default(self, o):
        raise TypeError(f"Object of type {type(o).__name__} is not JSON serializable")

    def encode(self, o):
        import json

        return json.dumps(o, **{"default": self.default, **self._options})

    def iterencode(self, o):
        yield self.encode(o)


class JSONDecoder:
    def __init__(self, **options):
        self._options = options

    def decode(self, s):
        import json

        return json.loads(s, **self._options)

    def raw_decode(self, s, idx=0):
        """The value that a text begins with, and where it ends."""
        import json

        try:
            return self.decode(s[idx:]), len(s.rstrip())
        except json.JSONDecodeError as error:
            if error.msg != "Extra data":
                raise
            end = idx + len(s[idx:idx + error.pos].rstrip())
            return self.decode(s[idx:end]), end
