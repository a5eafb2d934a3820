"""Encodings by name, and the marks of byte order."""

import io

BOM_UTF8 = b"\xef\xbb\xbf"
BOM_UTF16_LE = BOM_LE = b"\xff\xfe"
BOM_UTF16_BE = BOM_BE = b"\xfe\xff"
BOM_UTF32_LE = b"\xff\xfe\x00\x00"
BOM_UTF32_BE = b"\x00\x00\xfe\xff"
BOM = BOM_UTF16 = BOM_UTF16_LE
BOM_UTF32 = BOM_UTF32_LE
_NAMES = {"utf8": "utf-8", "utf-8": "utf-8", "latin1": "iso8859-1", "latin-1": "iso8859-1", "ascii": "ascii", "us-ascii": "ascii",
          "utf-16": "utf-16", "utf-32": "utf-32", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be", "utf-8-sig": "utf-8-sig"}


class CodecInfo:
    """An encoding: its name, and what encodes and decodes."""

    def __init__(self, encode, decode, name):
        self.encode, self.decode, self.name = encode, decode, name

    def __repr__(self):
        return f"<codecs.CodecInfo object for encoding {self.name}>"


def lookup(encoding):
    name = _NAMES.get(encoding.lower().replace("_", "-"))
    if name is None:
        "".encode(encoding)
        name = encoding.lower().replace("_", "-")
    return CodecInfo(getencoder(name), getdecoder(name), name)


def encode(obj, encoding="utf-8", errors="strict"):
    if encoding == "rot13" or encoding == "rot_13":
        return obj.translate({c: base + (c - base + 13) % 26 for base in (65, 97) for c in range(base, base + 26)})
    if encoding in ("hex", "hex_codec"):
        return obj.hex().encode()
    return obj.encode(encoding, errors)


def decode(obj, encoding="utf-8", errors="strict"):
    if encoding in ("hex", "hex_codec"):
        return bytes.fromhex(obj.decode() if isinstance(obj, bytes) else obj)
    if encoding in ("rot13", "rot_13"):
        return encode(obj, "rot13")
    return obj.decode(encoding, errors)


def getencoder(encoding):
    "".encode(encoding)
    return lambda text, errors="strict": (text.encode(encoding, errors), len(text))


def getdecoder(encoding):
    "".encode(encoding)
    return lambda data, errors="strict": (bytes(data).decode(encoding, errors), len(data))


def _of(encoding):
    def decoded(data, errors="strict", final=False):
        data = bytes(data)
        end = len(data)
        while not final and end > len(data) - 4 and end > 0:
            # The beginning of a character at the end waits for its rest.
            try:
                return data[:end].decode(encoding, errors), end
            except UnicodeDecodeError as error:
                if error.end < end:
                    raise
                end -= 1
        return data[:end].decode(encoding, errors), end

    return decoded


utf_8_decode, utf_16_le_decode, utf_16_be_decode = map(_of, ("utf-8", "utf-16-le", "utf-16-be"))
utf_8_encode = getencoder("utf-8")


def open(filename, mode="r", encoding=None, errors="strict", buffering=-1):
    """A file of text in an encoding."""
    if encoding is None:
        return io.open(filename, mode)
    return io.open(filename, mode.replace("b", ""), encoding=encoding, errors=errors, newline="")
