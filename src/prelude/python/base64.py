"""Bytes as printable characters."""

import binascii

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def _bytes(s):
    if isinstance(s, str):
        try:
            return s.encode("ascii")
        except UnicodeEncodeError:
            raise ValueError("string argument should contain only ASCII characters") from None
    return bytes(s)


def b64encode(s, altchars=None):
    if isinstance(s, str):
        raise TypeError("a bytes-like object is required, not 'str'")
    encoded = binascii.b2a_base64(s, newline=False)
    return encoded if altchars is None else encoded.replace(b"+", altchars[:1]).replace(b"/", altchars[1:2])


def b64decode(s, altchars=None, validate=False):
    s = _bytes(s)
    if altchars is not None:
        altchars = _bytes(altchars)
        s = s.replace(altchars[:1], b"+").replace(altchars[1:2], b"/")
    return binascii.a2b_base64(s, strict_mode=validate)


standard_b64encode = b64encode
standard_b64decode = b64decode


def urlsafe_b64encode(s):
    return b64encode(s, b"-_")


def urlsafe_b64decode(s):
    return b64decode(s, b"-_")


def encodebytes(s):
    return b"".join([binascii.b2a_base64(s[i:i + 57]) for i in range(0, len(s), 57)])


decodebytes = b64decode


def b16encode(s):
    return binascii.hexlify(s).upper()


def b16decode(s, casefold=False):
    s = _bytes(s)
    if not casefold and s != s.upper():
        raise binascii.Error("Non-base16 digit found")
    return binascii.unhexlify(s)


def b32encode(s):
    missing = -len(s) % 5
    number = int.from_bytes(bytes(s) + bytes(missing), "big")
    groups = (len(s) + missing) // 5 * 8
    encoded = bytes([_BASE32[number >> 5 * (groups - 1 - i) & 31] for i in range(groups)])
    padding = {0: 0, 1: 1, 2: 3, 3: 4, 4: 6}[missing]
    return encoded[:len(encoded) - padding] + b"=" * padding


def b32decode(s, casefold=False, map01=None):
    s = _bytes(s)
    if len(s) % 8:
        raise binascii.Error("Incorrect padding")
    s = s.upper() if casefold else s
    bare = s.rstrip(b"=")
    number = 0
    for c in bare:
        place = _BASE32.find(c)
        if place < 0:
            raise binascii.Error("Non-base32 digit found")
        number = number << 5 | place
    spare = len(bare) * 5 % 8
    return (number >> spare).to_bytes(len(bare) * 5 // 8, "big")
