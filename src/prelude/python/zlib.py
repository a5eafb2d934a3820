"""Bytes compressed, and sums over them."""
from zlib import _compress, _decompress

DEFLATED, MAX_WBITS, DEF_BUF_SIZE, DEF_MEM_LEVEL = 8, 15, 16384, 8
Z_NO_COMPRESSION, Z_BEST_SPEED, Z_BEST_COMPRESSION, Z_DEFAULT_COMPRESSION = 0, 1, 9, -1


class error(Exception):
    """What is wrong with compressed bytes."""


def compress(data, /, level=-1, wbits=15):
    return _compress(data, level, wbits)


def decompress(data, /, wbits=15, bufsize=16384):
    try:
        return _decompress(data, wbits)
    except ValueError as problem:
        raise error(str(problem)) from None
