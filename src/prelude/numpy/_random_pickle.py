"""The functions that pickles of numpy's generators name."""
import numpy.random as _random


def _class(named):
    text = named if isinstance(named, str) else repr(named)
    for kind in (_random.PCG64, _random.MT19937):
        if kind.__name__ in text and "DXSM" not in text:
            return kind
    raise ValueError(f"{text} is not a known BitGenerator module.")


def __bit_generator_ctor(bit_generator="MT19937"):
    return _class(bit_generator)(0)


def __generator_ctor(bit_generator_name="MT19937", bit_generator_ctor=None):
    bits = bit_generator_name
    return _random.Generator(bits if isinstance(bits, _random.BitGenerator) else _class(bits)(0))


def __randomstate_ctor(bit_generator_name="MT19937", bit_generator_ctor=None):
    bits = bit_generator_name
    return _random.RandomState(bits if isinstance(bits, _random.MT19937) else 0)
