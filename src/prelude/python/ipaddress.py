"""Addresses and networks of the Internet Protocol."""


class AddressValueError(ValueError):
    pass


class NetmaskValueError(ValueError):
    pass


def _four(text):
    parts = text.split(".")
    if len(parts) != 4:
        raise AddressValueError(f"Expected 4 octets in {text!r}")
    for part in parts:
        if not part.isdigit() or len(part) > 3 or int(part) > 255 or part != str(int(part)):
            raise AddressValueError(f"Octet {part!r} not permitted in {text!r}")
    return int.from_bytes(bytes([int(part) for part in parts]), "big")


def _eight(text):
    head, double, tail = text.partition("::")
    groups = [[part for part in half.split(":") if part] for half in (head, tail)]
    for half in groups:
        if half and "." in half[-1]:
            last = _four(half.pop())
            half += [f"{last >> 16:x}", f"{last & 65535:x}"]
    left = 8 - len(groups[0]) - len(groups[1])
    if (left < 1 if double else left) or "::" in tail:
        raise AddressValueError(f"Exactly 8 parts expected without '::' in {text!r}" if not double else f"At most 8 colons permitted in {text!r}")
    for part in groups[0] + groups[1]:
        if len(part) > 4 or any(c not in "0123456789abcdefABCDEF" for c in part):
            raise AddressValueError(f"Only hex digits permitted in {part!r} in {text!r}")
    number = 0
    for part in groups[0] + ["0"] * left + groups[1]:
        number = number << 16 | int(part, 16)
    return number


def _eight_text(number):
    parts = [number >> shift & 65535 for shift in range(112, -1, -16)]
    # the longest run of zeros is left out
    best = (0, 0)
    at = 0
    while at < 8:
        end = at
        while end < 8 and parts[end] == 0:
            end += 1
        if end - at > best[1]:
            best = (at, end - at)
        at = max(end, at + 1)
    texts = [f"{part:x}" for part in parts]
    if best[1] < 2:
        return ":".join(texts)
    return ":".join(texts[: best[0]]) + "::" + ":".join(texts[best[0] + best[1] :])


class _Address:
    def __init__(self, address):
        if isinstance(address, int):
            self._ip = address
        elif isinstance(address, bytes):
            self._ip = int.from_bytes(address, "big")
        else:
            if "/" in str(address):
                raise AddressValueError(f"Unexpected '/' in {address!r}")
            self._ip = self._read(str(address))
        if not 0 <= self._ip < 1 << self.max_prefixlen:
            raise AddressValueError(f"{address} (>= 2**{self.max_prefixlen}) is not permitted as an IPv{self.version} address")

    def __int__(self):
        return self._ip

    def __str__(self):
        return self._text(self._ip)

    def __repr__(self):
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other):
        return isinstance(other, _Address) and (self.version, self._ip) == (other.version, other._ip)

    def __hash__(self):
        return hash((self.version, self._ip))

    def __lt__(self, other):
        return self._ip < other._ip

    def __add__(self, other):
        return type(self)(self._ip + other)

    def __sub__(self, other):
        return type(self)(self._ip - other)

    def __reduce__(self):
        return type(self), (str(self),)

    @property
    def compressed(self):
        return str(self)

    @property
    def packed(self):
        return self._ip.to_bytes(self.max_prefixlen // 8, "big")

    @property
    def is_loopback(self):
        return self._ip >> 24 == 127 if self.version == 4 else self._ip == 1

    @property
    def is_unspecified(self):
        return self._ip == 0


class IPv4Address(_Address):
    version, max_prefixlen = 4, 32
    _read = staticmethod(_four)

    @staticmethod
    def _text(number):
        return ".".join(str(part) for part in number.to_bytes(4, "big"))

    @property
    def exploded(self):
        return str(self)


class IPv6Address(_Address):
    version, max_prefixlen = 6, 128
    _read, _text = staticmethod(_eight), staticmethod(_eight_text)

    @property
    def exploded(self):
        return ":".join(f"{self._ip >> shift & 65535:04x}" for shift in range(112, -1, -16))


class _Network:
    def __init__(self, address, strict=True):
        base, slash, length = str(address).partition("/")
        own = self._of(base)
        self.max_prefixlen, self.version = own.max_prefixlen, own.version
        self.prefixlen = int(length) if length.isdigit() else own.max_prefixlen
        if slash and not length.isdigit():
            mask = int(self._of(length))
            self.prefixlen = bin(mask).count("1")
        if self.prefixlen > own.max_prefixlen:
            raise NetmaskValueError(f"{length!r} is not a valid netmask")
        free = (1 << self.max_prefixlen - self.prefixlen) - 1
        if int(own) & free and strict:
            raise ValueError(f"{address} has host bits set")
        self.network_address = self._of(int(own) & ~free)
        self.broadcast_address = self._of(int(own) | free)
        self.netmask = self._of((1 << self.max_prefixlen) - 1 - free)

    @property
    def num_addresses(self):
        return 1 << self.max_prefixlen - self.prefixlen

    def __contains__(self, address):
        return self.network_address._ip <= address._ip <= self.broadcast_address._ip

    def __str__(self):
        return f"{self.network_address}/{self.prefixlen}"

    def __repr__(self):
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other):
        return isinstance(other, _Network) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    def __reduce__(self):
        return type(self), (str(self),)


class IPv4Network(_Network):
    _of = IPv4Address


class IPv6Network(_Network):
    _of = IPv6Address


class IPv4Interface(IPv4Address):
    def __init__(self, address):
        base, _, _ = str(address).partition("/")
        super().__init__(base)
        self.network = IPv4Network(address, strict=False)

    def __str__(self):
        return f"{self._text(self._ip)}/{self.network.prefixlen}"

    @property
    def ip(self):
        return IPv4Address(self._ip)


class IPv6Interface(IPv6Address):
    def __init__(self, address):
        base, _, _ = str(address).partition("/")
        super().__init__(base)
        self.network = IPv6Network(address, strict=False)

    def __str__(self):
        return f"{self._text(self._ip)}/{self.network.prefixlen}"

    @property
    def ip(self):
        return IPv6Address(self._ip)


def _first(makers, what, kind):
    for make in makers:
        try:
            return make(what)
        except (AddressValueError, NetmaskValueError):
            pass
    raise ValueError(f"{what!r} does not appear to be an IPv4 or IPv6 {kind}")


def ip_address(address):
    return _first((IPv4Address, IPv6Address), address, "address")


def ip_network(address, strict=True):
    return _first((lambda it: IPv4Network(it, strict), lambda it: IPv6Network(it, strict)), address, "network")


def ip_interface(address):
    return _first((IPv4Interface, IPv6Interface), address, "interface")
