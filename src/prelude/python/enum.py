"""Enumerations: classes whose attributes are their only objects."""


class auto:
    """The next number. In the class's body it is not known yet: what combines several waits for theirs."""

    value = None

    def __init__(self, combine=None):
        self._combine = combine

    def _number(self, following):
        if self._combine is not None:
            self.value = self._combine()
        elif self.value is None:
            self.value = following()
        return self.value

    def __or__(self, other):
        return auto(lambda: _number_of(self) | _number_of(other))

    def __and__(self, other):
        return auto(lambda: _number_of(self) & _number_of(other))

    def __xor__(self, other):
        return auto(lambda: _number_of(self) ^ _number_of(other))

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__


def _number_of(part):
    return part.value if isinstance(part, auto) else part


class Enum:
    def __init_subclass__(cls, **kwargs):
        members = {}
        by_value = {}
        last = 0
        for name, value in list(cls.__dict__.items()):
            if name.startswith("_") or callable(value) or isinstance(value, (property, staticmethod, classmethod)):
                continue
            if isinstance(value, auto) or value is auto:
                following = lambda: cls._generate_next_value_(name, 1, len(members), last)
                value = following() if value is auto else value._number(following)
            known = next((m for v, m in by_value.items() if v == value and type(v) is type(value)), None)
            if known is not None:
                members[name] = known
                setattr(cls, name, known)
                continue
            member = object.__new__(cls, value) if issubclass(cls, (int, str)) else object.__new__(cls)
            object.__setattr__(member, "_name_", name)
            object.__setattr__(member, "_value_", value)
            if isinstance(value, int):
                last = value
            if "__init__" in cls.__dict__:
                member.__init__(*value if isinstance(value, tuple) else (value,))
            members[name] = member
            by_value[value] = member
            setattr(cls, name, member)
        cls._member_map_ = members
        cls._value2member_map_ = by_value

    def __new__(cls, value):
        if isinstance(value, cls):
            return value
        for known, member in cls._value2member_map_.items():
            if known == value:
                return member
        missing = cls._missing_(value)
        if missing is not None:
            return missing
        raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")

    def __init__(self, *args):
        pass

    @classmethod
    def _missing_(cls, value):
        return None

    @staticmethod
    def _generate_next_value_(name, start, count, last):
        return last + 1

    @classmethod
    def __class_getitem__(cls, name):
        return cls._member_map_[name]

    @classmethod
    def __class_iter__(cls):
        return iter([m for n, m in cls._member_map_.items() if m._name_ == n])

    @classmethod
    def __class_repr__(cls):
        return f"<enum {cls.__name__!r}>"

    @classmethod
    def __class_len__(cls):
        return len([n for n, m in cls._member_map_.items() if m._name_ == n])

    @classmethod
    def __class_contains__(cls, value):
        return isinstance(value, cls) or any(value == known for known in cls._value2member_map_)

    @property
    def name(self):
        return self._name_

    @property
    def value(self):
        return self._value_

    def __repr__(self):
        return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self):
        return f"{type(self).__name__}.{self._name_}"

    def __format__(self, spec):
        return format(str(self), spec)

    def __hash__(self):
        return hash(self._name_)

    def __eq__(self, other):
        return self is other

    def __setattr__(self, name, value):
        if name in ("name", "value"):
            raise AttributeError(f"<enum 'Enum'> cannot set attribute {name!r}")
        object.__setattr__(self, name, value)

    def __deepcopy__(self, memo):
        return self

    def __copy__(self):
        return self


class IntEnum(int, Enum):
    __eq__ = lambda self, other: int(self._value_) == other
    __hash__ = lambda self: hash(self._value_)

    def __str__(self):
        return str(self._value_)

    def __format__(self, spec):
        return format(self._value_, spec)


class StrEnum(str, Enum):
    __eq__ = lambda self, other: str(self._value_) == other
    __hash__ = lambda self: hash(self._value_)

    @staticmethod
    def _generate_next_value_(name, start, count, last):
        return name.lower()

    def __str__(self):
        return self._value_

    def __format__(self, spec):
        return format(self._value_, spec)


class Flag(Enum):
    """Members are bits; what holds several is an object of its own, made when it is first asked for."""

    @staticmethod
    def _generate_next_value_(name, start, count, last):
        return 1 << last.bit_length()

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            return None
        mask = 0
        for known in list(cls._value2member_map_):
            mask |= known
        if value < 0:
            value = mask + 1 + value
        if value & ~mask and not issubclass(cls, int):
            raise ValueError(f"<flag {cls.__name__!r}> invalid value {value!r}")
        made = object.__new__(cls, value) if issubclass(cls, int) else object.__new__(cls)
        object.__setattr__(made, "_value_", value)
        parts = [m._name_ for m in cls if m._value_ & value == m._value_]
        if value & ~mask and parts:
            parts.append(str(value & ~mask))
        object.__setattr__(made, "_name_", "|".join(parts) if parts else None)
        cls._value2member_map_[value] = made
        return made

    @classmethod
    def __class_iter__(cls):
        return iter([m for n, m in cls._member_map_.items() if m._name_ == n and m._value_ & (m._value_ - 1) == 0 and m._value_])

    def _other(self, other):
        if isinstance(other, type(self)):
            return other._value_
        return other if isinstance(self, int) and isinstance(other, int) else None

    def __or__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else type(self)(self._value_ | other)

    def __and__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else type(self)(self._value_ & other)

    def __xor__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else type(self)(self._value_ ^ other)

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__

    def __invert__(self):
        mask = 0
        for member in type(self):
            mask |= member._value_
        return type(self)(mask & ~self._value_)

    def __contains__(self, other):
        return other._value_ & self._value_ == other._value_

    def __iter__(self):
        return iter([m for m in type(self) if m._value_ & self._value_])

    def __len__(self):
        return bin(self._value_).count("1")

    def __bool__(self):
        return self._value_ != 0

    def __repr__(self):
        place = type(self).__name__ + (f".{self._name_}" if self._name_ is not None else "")
        return f"<{place}: {self._value_!r}>"

    def __str__(self):
        if self._name_ is None:
            return f"{type(self).__name__}({self._value_!r})"
        return f"{type(self).__name__}.{self._name_}"


class IntFlag(int, Flag):
    __eq__ = lambda self, other: int(self._value_) == other
    __hash__ = lambda self: hash(self._value_)

    def __str__(self):
        return str(self._value_)

    def __format__(self, spec):
        return format(self._value_, spec)


def unique(cls):
    if len(cls._member_map_) != len(cls._value2member_map_):
        raise ValueError(f"duplicate values found in <enum {cls.__name__!r}>")
    return cls
