"""What sys says of numbers and of itself: as CPython 3.11 on a machine of 64 bits does."""

from _collections import namedtuple


def _made(name, /, **values):
    fields = namedtuple(name, list(values), module="sys")
    prefix = "" if name == "namespace" else "sys."
    return type(name, (fields,), {"__module__": "sys", "__repr__": lambda self: prefix + fields.__repr__(self)})(**values)


version_info = _made("version_info", major=3, minor=11, micro=0, releaselevel="final", serial=0)


float_info = _made(
    "float_info", max=1.7976931348623157e308, max_exp=1024, max_10_exp=308, min=2.2250738585072014e-308, min_exp=-1021,
    min_10_exp=-307, dig=15, mant_dig=53, epsilon=2.220446049250313e-16, radix=2, rounds=1)
int_info = _made("int_info", bits_per_digit=30, sizeof_digit=4, default_max_str_digits=4300, str_digits_check_threshold=640)
hash_info = _made(
    "hash_info", width=64, modulus=2305843009213693951, inf=314159, nan=0, imag=1000003, algorithm="siphash13",
    hash_bits=64, seed_bits=128, cutoff=0)
implementation = _made("namespace", name="cpython", cache_tag="cpython-311")
flags = _made("flags", debug=0, inspect=0, interactive=0, optimize=0, dont_write_bytecode=0, no_user_site=0, no_site=0,
              ignore_environment=0, verbose=0, bytes_warning=0, quiet=0, hash_randomization=1, isolated=0, dev_mode=False,
              utf8_mode=0)
