"""Bytes as digits and letters."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Error(ValueError):
    pass


def hexlify(data, sep="", bytes_per_sep=1):
    return (bytes(data).hex(sep, bytes_per_sep) if sep else bytes(data).hex()).encode()


b2a_hex = hexlify


def unhexlify(text):
    text = text.decode("ascii") if isinstance(text, bytes) else text
    if len(text) % 2:
        raise Error("Odd-length string")
    if any(c not in "0123456789abcdefABCDEF" for c in text):
        raise Error("Non-hexadecimal digit found")
    return bytes.fromhex(text)


a2b_hex = unhexlify


def b2a_base64(data, *, newline=True):
    data = bytes(data)
    missing = -len(data) % 3
    padded = data + bytes(missing)
    encoded = []
    for i in range(0, len(padded), 3):
        number = padded[i] << 16 | padded[i + 1] << 8 | padded[i + 2]
        for shift in (18, 12, 6, 0):
            encoded.append(_ALPHABET[number >> shift & 63])
    encoded = bytes(encoded)
    if missing:
        encoded = encoded[:-missing] + b"=" * missing
    return encoded + b"\n" if newline else encoded


_PLACES = {c: place for place, c in enumerate(_ALPHABET)}


def a2b_base64(data, *, strict_mode=False):
    data = data.encode("ascii") if isinstance(data, str) else bytes(data)
    if strict_mode and any(c not in _PLACES and c != 61 for c in data):
        raise Error("Only base64 data is allowed")
    kept = [_PLACES[c] for c in data if c in _PLACES]
    padding = data.count(b"=")
    if len(kept) % 4 == 1:
        count = len(kept)
        raise Error(f"Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a multiple of 4")
    if len(kept) % 4 and padding < 4 - len(kept) % 4:
        raise Error("Incorrect padding")
    decoded = []
    for i in range(0, len(kept), 4):
        group = kept[i:i + 4]
        number = 0
        for place in group + [0] * (4 - len(group)):
            number = number << 6 | place
        decoded.extend(number.to_bytes(3, "big")[:len(group) - 1])
    return bytes(decoded)


def crc32(data, value=0):
    value = ~value & 0xFFFFFFFF
    for byte in bytes(data):
        value = _CRC[(value ^ byte) & 0xFF] ^ value >> 8
    return ~value & 0xFFFFFFFF


def _crc_of(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (0xEDB88320 if byte & 1 else 0)
    return byte


_CRC = [_crc_of(byte) for byte in range(256)]
