"""Random numbers: RandomState and the functions of the module, and Generator over PCG64 or the Mersenne Twister."""
import os
import numpy as np
from numpy._streams import _seed_words, _seeded_pcg64, _seeded_twister, _twister, _twister_by_words


def _words(seed):
    """A seed as words of 32 bits."""
    if seed is None:
        return [int.from_bytes(os.urandom(4), "little") for _ in range(4)]
    if not hasattr(seed, "__index__"):
        return [word for part in seed for word in _words(part)]
    seed = int(seed)
    if seed < 0:
        raise ValueError("expected non-negative integer")
    words = [seed & 0xFFFFFFFF]
    while seed >> 32:
        seed >>= 32
        words.append(seed & 0xFFFFFFFF)
    return words


class SeedSequence:
    def __init__(self, entropy=None, *, spawn_key=(), pool_size=4, n_children_spawned=0):
        self.entropy = int.from_bytes(os.urandom(16), "little") if entropy is None else entropy
        self.spawn_key, self.pool_size, self.n_children_spawned = tuple(spawn_key), pool_size, n_children_spawned

    def _all_words(self):
        words, key = _words(self.entropy), [word for part in self.spawn_key for word in _words(part)]
        if key and len(words) < self.pool_size:
            words = words + [0] * (self.pool_size - len(words))
        return words + key

    def generate_state(self, n_words, dtype=np.uint32):
        if np.dtype(dtype) == np.uint64:
            return _seed_words(self._all_words(), 2 * n_words).view(np.uint64)
        return _seed_words(self._all_words(), n_words)

    def spawn(self, n_children):
        first = self.n_children_spawned
        self.n_children_spawned += n_children
        return [SeedSequence(self.entropy, spawn_key=self.spawn_key + (first + i,)) for i in range(n_children)]

    def __repr__(self):
        key = f",\n    spawn_key={self.spawn_key}" if self.spawn_key else ""
        return f"SeedSequence(\n    entropy={self.entropy}{key},\n)"


class BitGenerator:
    def __init__(self, seed=None):
        if seed is not None and isinstance(seed, SeedSequence):
            self.seed_seq = seed
        else:
            self.seed_seq = SeedSequence(seed)
        self._stream = self._make(self.seed_seq._all_words())

    def spawn(self, n_children):
        return [type(self)(seed) for seed in self.seed_seq.spawn(n_children)]

    def random_raw(self, size=None):
        high = 2**64 - 1 if type(self).__name__ == "PCG64" else 2**32 - 1
        found = self._stream.integers(0, high, size, np.uint64, False)
        return int(found) if size is None else found

    def __getstate__(self):
        return (self.state, self.seed_seq)

    def __setstate__(self, state):
        self.state = state[0] if isinstance(state, tuple) else state

    def __repr__(self):
        return f"<numpy.random._{type(self).__name__.lower()}.{type(self).__name__} object at {id(self):#x}>"


class PCG64(BitGenerator):
    @staticmethod
    def _make(words):
        return _seeded_pcg64(words)

    @property
    def state(self):
        state, increment, spare = self._stream.state()
        return {
            "bit_generator": "PCG64",
            "state": {"state": state, "inc": increment},
            "has_uint32": int(spare is not None),
            "uinteger": spare or 0,
        }

    @state.setter
    def state(self, value):
        if value["bit_generator"] != "PCG64":
            raise ValueError("state must be for a PCG64 RNG")
        spare = int(value["uinteger"]) if value["has_uint32"] else None
        self._stream.set_state(value["state"]["state"], value["state"]["inc"], spare)


class MT19937(BitGenerator):
    @staticmethod
    def _make(words):
        return _seeded_twister(words)

    def _legacy_seeding(self, seed):
        if seed is None:
            self._stream = _twister_by_words(_words(None))
        elif hasattr(seed, "__index__"):
            self._stream = _twister(seed)
        else:
            seed = [int(word) for word in seed]
            if not seed:
                raise ValueError("Seed must be non-empty")
            if any([not 0 <= word < 2**32 for word in seed]):
                raise ValueError("Seed must be between 0 and 2**32 - 1")
            self._stream = _twister(seed[0]) if len(seed) == 1 else _twister_by_words(seed)

    @property
    def state(self):
        key, pos, _ = self._stream.state()
        return {"bit_generator": "MT19937", "state": {"key": key, "pos": pos}}

    @state.setter
    def state(self, value):
        if isinstance(value, tuple):
            value = {"bit_generator": value[0], "state": {"key": value[1], "pos": value[2]}}
        if value["bit_generator"] != "MT19937":
            raise ValueError("state must be for a MT19937 PRNG")
        self._stream.set_state(value["state"]["key"], value["state"]["pos"], None)


def _count(size):
    if size is None:
        return 1
    return int(np.prod(size)) if isinstance(size, (tuple, list)) else int(size)


def _spread(size, *parameters):
    """The shape of what is drawn for parameters that may be arrays."""
    arrays = [p for p in parameters if not isinstance(p, (int, float, np.generic))]
    if size is not None or not arrays:
        return size
    return np.broadcast_shapes(*[np.shape(a) for a in arrays])


def _numbers(values):
    return [v if isinstance(v, (int, float, np.generic)) else np.asarray(v) for v in values]


def _weighed(population, p, draw, size, replace):
    """Places drawn by their weights."""
    p = np.asarray(p).astype(np.float64)
    if p.ndim != 1:
        raise ValueError("'p' must be 1-dimensional")
    if p.size != population:
        raise ValueError("'a' and 'p' must have same size")
    if np.any(p < 0):
        raise ValueError("probabilities are not non-negative")
    if abs(float(p.sum()) - 1.0) > 1e-8:
        raise ValueError("probabilities do not sum to 1")
    if replace:
        edges = p.cumsum()
        edges /= edges[-1]
        return np.searchsorted(edges, draw(size), side="right")
    if np.count_nonzero(p > 0) < _count(size):
        raise ValueError("Fewer non-zero entries in p than size")
    found, p = [], p.copy()
    while len(found) < _count(size):
        x = draw((_count(size) - len(found),))
        for place in found:
            p[place] = 0
        edges = p.cumsum()
        edges /= edges[-1]
        for place in np.searchsorted(edges, x, side="right").tolist():
            if place not in found:
                found.append(place)
    return np.array(found).reshape(size) if size is not None else np.array(found)


def _population(a):
    if hasattr(a, "__index__") and not isinstance(a, np.ndarray):
        if int(a) <= 0:
            raise ValueError("a must be greater than 0 unless no samples are taken" if int(a) == 0 else "a must be a positive integer unless no samples are taken")
        return int(a), None
    items = a if isinstance(a, np.ndarray) else None
    if items is None:
        a = list(a)
        items = np.asarray(a) if all([isinstance(x, (int, float, bool, np.generic, list, tuple)) for x in a]) else _Items(a)
    if not len(items):
        raise ValueError("'a' cannot be empty unless no samples are taken")
    return len(items), items


class _Items:
    """Items that make no array of numbers."""

    def __init__(self, items):
        self._items = items

    def __len__(self):
        return len(self._items)

    def __getitem__(self, places):
        if getattr(places, "shape", ()) == ():
            return self._items[int(places)]
        return np.array([self._items[int(place)] for place in places.flatten()])


def _taken(items, places, size, is_int):
    if size is None and getattr(places, "shape", ()) != ():
        places = places[0]
    if items is None:
        return int(places) if size is None and is_int else places
    return items[places]


def _sample_error():
    raise ValueError("Cannot take a larger sample than population when replace is False")


class RandomState:
    def __init__(self, seed=None):
        if isinstance(seed, BitGenerator):
            self._bit_generator = seed
        else:
            self._bit_generator = MT19937.__new__(MT19937)
            self._bit_generator.seed_seq = None
            self._bit_generator._legacy_seeding(seed)

    @property
    def _stream(self):
        return self._bit_generator._stream

    def seed(self, seed=None):
        self._bit_generator._legacy_seeding(seed)

    def get_state(self, legacy=True):
        key, pos, spare = self._stream.state()
        if legacy:
            return ("MT19937", key, pos, int(spare is not None), spare or 0.0)
        return {
            "bit_generator": "MT19937",
            "state": {"key": key, "pos": pos},
            "has_gauss": int(spare is not None),
            "gauss": spare or 0.0,
        }

    def set_state(self, state):
        if isinstance(state, dict):
            name, inner = state["bit_generator"], state["state"]
            key, pos = inner["key"], inner["pos"]
            has, spare = state.get("has_gauss", 0), state.get("gauss", 0.0)
        elif len(state) in (3, 5):
            name, key, pos = state[:3]
            has, spare = state[3:] if len(state) == 5 else (0, 0.0)
        else:
            raise ValueError("set_state can only be used with legacy MT19937 state instances.")
        if name != "MT19937":
            raise ValueError("set_state can only be used with legacy MT19937 state instances.")
        self._stream.set_state(key, int(pos), float(spare) if has else None)

    def __getstate__(self):
        return self.get_state(legacy=False)

    def __setstate__(self, state):
        self.set_state(state)

    def random_sample(self, size=None):
        return self._stream.unit(size)

    def random(self, size=None):
        return self._stream.unit(size)

    def rand(self, *args):
        return self._stream.unit(args if args else None)

    def randn(self, *args):
        return self._stream.polar(args if args else None)

    def standard_normal(self, size=None):
        return self._stream.polar(size)

    def normal(self, loc=0.0, scale=1.0, size=None):
        loc, scale = _numbers((loc, scale))
        if np.any(np.asarray(scale) < 0):
            raise ValueError("scale < 0")
        return loc + scale * self._stream.polar(_spread(size, loc, scale))

    def uniform(self, low=0.0, high=1.0, size=None):
        low, high = _numbers((low, high))
        return low + (high - low) * self._stream.unit(_spread(size, low, high))

    def standard_exponential(self, size=None):
        return self._stream.exponential(size)

    def exponential(self, scale=1.0, size=None):
        return scale * self._stream.exponential(size)

    def lognormal(self, mean=0.0, sigma=1.0, size=None):
        found = np.exp(self.normal(mean, sigma, size))
        return float(found) if size is None else found

    def randint(self, low, high=None, size=None, dtype=int):
        low, high = (0, low) if high is None else (low, high)
        if int(low) >= int(high):
            raise ValueError("low >= high" if int(low) or True else "high <= 0")
        found = self._stream.integers(int(low), int(high) - 1, size, dtype, True)
        return dtype(found) if size is None and dtype in (int, bool) else found

    def random_integers(self, low, high=None, size=None):
        low, high = (1, low) if high is None else (low, high)
        return self.randint(low, high + 1, size)

    def tomaxint(self, size=None):
        return self.randint(0, 2**63 - 1, size)

    def bytes(self, length):
        return self._stream.bytes(length)

    def shuffle(self, x):
        _shuffle(self._stream, x)

    def permutation(self, x):
        return _permutation(self._stream, x)

    def choice(self, a, size=None, replace=True, p=None):
        population, items = _population(a)
        if p is not None:
            places = _weighed(population, p, self.random_sample, size, replace)
        elif replace:
            places = self.randint(0, population, size)
        else:
            if _count(size) > population:
                raise ValueError("Cannot take a larger sample than population when 'replace=False'")
            places = self._stream.shuffled(population, 1, True)[: _count(size)]
            places = places.reshape(size) if isinstance(size, (tuple, list)) else places
        return _taken(items, places, size, True)

    def __repr__(self):
        return f"RandomState(MT19937) at {id(self):#X}".replace("0X", "0x")

    def __str__(self):
        return "RandomState(MT19937)"


def _shuffle(stream, x, axis=0):
    if isinstance(x, list):
        stream.shuffle_list(x, True)
    elif isinstance(x, np.ndarray):
        x[...] = np.take(x, stream.shuffled(x.shape[axis], 1, True), axis)
    else:
        raise TypeError(f"'{type(x).__name__}' object does not support item assignment")


def _permutation(stream, x, axis=0):
    if hasattr(x, "__index__") and not isinstance(x, np.ndarray):
        return stream.shuffled(int(x), 1, True)
    x = np.asarray(x)
    return np.take(x, stream.shuffled(x.shape[axis], 1, True), axis)


class Generator:
    def __init__(self, bit_generator):
        self._bit_generator = bit_generator

    @property
    def bit_generator(self):
        return self._bit_generator

    @property
    def _stream(self):
        return self._bit_generator._stream

    def __getstate__(self):
        return self._bit_generator.state

    def __setstate__(self, state):
        self._bit_generator.state = state

    def spawn(self, n_children):
        return [type(self)(bits) for bits in self._bit_generator.spawn(n_children)]

    def random(self, size=None, dtype=np.float64, out=None):
        return self._stream.unit_32(size) if np.dtype(dtype) == np.float32 else self._stream.unit(size)

    def standard_normal(self, size=None, dtype=np.float64, out=None):
        return self._stream.ziggurat_32(size) if np.dtype(dtype) == np.float32 else self._stream.ziggurat(size)

    def normal(self, loc=0.0, scale=1.0, size=None):
        loc, scale = _numbers((loc, scale))
        if np.any(np.asarray(scale) < 0):
            raise ValueError("scale < 0")
        return loc + scale * self._stream.ziggurat(_spread(size, loc, scale))

    def uniform(self, low=0.0, high=1.0, size=None):
        low, high = _numbers((low, high))
        return low + (high - low) * self._stream.unit(_spread(size, low, high))

    def lognormal(self, mean=0.0, sigma=1.0, size=None):
        found = np.exp(self.normal(mean, sigma, size))
        return float(found) if size is None else found

    def integers(self, low, high=None, size=None, dtype=np.int64, endpoint=False):
        low, high = (0, low) if high is None else (low, high)
        high = int(high) if endpoint else int(high) - 1
        if int(low) > high:
            raise ValueError("low > high" if endpoint else "low >= high")
        found = self._stream.integers(int(low), high, size, dtype, False)
        return dtype(found) if size is None and dtype in (int, bool) else found

    def bytes(self, length):
        return self._stream.bytes(length)

    def shuffle(self, x, axis=0):
        _shuffle(self._stream, x, axis)

    def permutation(self, x, axis=0):
        return _permutation(self._stream, x, axis)

    def permuted(self, x, *, axis=None, out=None):
        if axis is not None:
            raise NotImplementedError("numpy.random.Generator.permuted: this shell supports only axis=None")
        x = np.asarray(x)
        return self.permutation(x.flatten()).reshape(x.shape)

    def choice(self, a, size=None, replace=True, p=None, axis=0, shuffle=True):
        population, items = _population(a)
        if p is not None:
            places = _weighed(population, p, self.random, size, replace)
        elif replace:
            places = self.integers(0, population, size)
        else:
            places = self._some(population, _count(size), shuffle)
            places = places.reshape(size) if isinstance(size, (tuple, list)) else places
        if axis and items is not None:
            return np.take(items, places, axis)
        return _taken(items, places, size, False)

    def _some(self, population, count, shuffle):
        if count > population:
            raise ValueError("Cannot take a larger sample than population when replace is False")
        if population > 10000 and count > population // (50 if shuffle else 20):
            return self._stream.shuffled(population, max(population - count, 1), False)[population - count :].copy()
        return self._stream.sample(population, count, shuffle)

    def __repr__(self):
        return f"Generator({type(self._bit_generator).__name__}) at {id(self):#X}".replace("0X", "0x")

    def __str__(self):
        return f"Generator({type(self._bit_generator).__name__})"


def default_rng(seed=None):
    if isinstance(seed, Generator):
        return seed
    return Generator(seed if isinstance(seed, BitGenerator) else PCG64(seed))


_rand = RandomState()
seed, get_state, set_state = _rand.seed, _rand.get_state, _rand.set_state
rand, randn, random, random_sample, ranf, sample = _rand.rand, _rand.randn, _rand.random, _rand.random_sample, _rand.random_sample, _rand.random_sample
randint, random_integers, bytes, choice = _rand.randint, _rand.random_integers, _rand.bytes, _rand.choice
shuffle, permutation, normal, uniform = _rand.shuffle, _rand.permutation, _rand.normal, _rand.uniform
standard_normal, exponential, standard_exponential, lognormal = _rand.standard_normal, _rand.exponential, _rand.standard_exponential, _rand.lognormal
