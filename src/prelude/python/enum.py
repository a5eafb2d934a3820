"""Enumerations: classes whose attributes are their only objects."""


class auto:
    """The next number."""


class Enum:
    def __init_subclass__(cls, **kwargs):
        members = {}
        by_value = {}
        last = 0
        for name, value in list(cls.__dict__.items()):
            if name.startswith("_") or callable(value) or isinstance(value, (property, staticmethod, classmethod)):
                continue
            if isinstance(value, auto) or value is auto:
                value = cls._generate_next_value_(name, 1, len(members), last)
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
    @staticmethod
    def _generate_next_value_(name, start, count, last):
        return last * 2 if last else 1


IntFlag = IntEnum


def unique(cls):
    if len(cls._member_map_) != len(cls._value2member_map_):
        raise ValueError(f"duplicate values found in <enum {cls.__name__!r}>")
    return cls
