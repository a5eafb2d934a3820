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


class member:
    def __init__(self, value):
        self.value = value


class nonmember:
    def __init__(self, value):
        self.value = value


def _is_member(name, value):
    if name.startswith("_") and name.endswith("_") or name.startswith("__"):
        return False
    if isinstance(value, (property, staticmethod, classmethod, nonmember, type)):
        return False
    return not hasattr(type(value), "__get__")


class EnumType(type):
    """What enumerations are objects of: it makes the members, and knows them."""

    def __new__(mcls, name, bases, namespace, **kwargs):
        for base in bases:
            if isinstance(base, EnumType) and base._member_map_:
                raise TypeError(f"<enum {name!r}> cannot extend {base!r}")
        written = {key: value for key, value in namespace.items() if isinstance(value, member) or _is_member(key, value)}
        ignored = namespace.get("_ignore_", [])
        ignored = ignored.replace(",", " ").split() if isinstance(ignored, str) else ignored
        kept = {key: value for key, value in namespace.items() if key not in written and key != "_ignore_"}
        kept = {key: value.value if isinstance(value, nonmember) else value for key, value in kept.items()}
        cls = super().__new__(mcls, name, bases, kept, **kwargs)
        type.__setattr__(cls, "_member_map_", {})
        type.__setattr__(cls, "_member_names_", [])
        type.__setattr__(cls, "_value2member_map_", {})
        type.__setattr__(cls, "_unhashable_values_", [])
        for key, value in written.items():
            if key not in ignored:
                cls._add_member(key, value.value if isinstance(value, member) else value)
        return cls

    def _add_member(cls, name, value):
        values = [member._value_ for member in cls._member_map_.values()]
        if isinstance(value, auto):
            value = value._number(lambda: cls._generate_next_value_(name, 1, len(values), values))
        elif isinstance(value, tuple) and any(isinstance(part, auto) for part in value):
            following = lambda: cls._generate_next_value_(name, 1, len(values), values)
            value = tuple(part._number(following) if isinstance(part, auto) else part for part in value)
        arguments = value if isinstance(value, tuple) else (value,)
        made = cls._new_member(value, arguments)
        if not hasattr(made, "_value_"):
            object.__setattr__(made, "_value_", value)
        object.__setattr__(made, "_name_", name)
        if any("__init__" in base.__dict__ for base in cls.__mro__ if base not in _PLAIN):
            made.__init__(*arguments)
        for known in cls._member_map_.values():
            if known._value_ == made._value_ and type(known._value_) is type(made._value_):
                made = known
                break
        else:
            if cls._is_listed(made):
                cls._member_names_.append(name)
            object.__setattr__(made, "_sort_order_", len(cls._member_map_))
        cls._member_map_[name] = made
        try:
            cls._value2member_map_.setdefault(made._value_, made)
        except TypeError:
            cls._unhashable_values_.append(made._value_)
        type.__setattr__(cls, name, made)

    def _is_listed(cls, made):
        return True

    def _new_member(cls, value, arguments):
        for base in cls.__mro__:
            new = base.__dict__.get("__new__")
            if new is not None and base not in _PLAIN:
                new = new.__func__ if isinstance(new, staticmethod) else new
                if base in (int, float, str, bytes, tuple):
                    break
                return new(cls, *arguments)
        for mixed in (int, float, str, bytes, tuple):
            if issubclass(cls, mixed):
                return object.__new__(cls, value) if mixed is tuple else object.__new__(cls, *arguments)
        return object.__new__(cls)

    def __call__(cls, value, names=None, *, module=None, qualname=None, type=None, start=1, boundary=None):
        if names is None:
            return cls._of_value(value)
        return cls._create(value, names, module, type, start)

    def _create(cls, name, names, module, mixed, start):
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        if isinstance(names, dict):
            names = list(names.items())
        namespace = {"__module__": module or "__main__"}
        values = []
        for number, item in enumerate(names):
            if isinstance(item, str):
                value = cls._generate_next_value_(item, start, number, values)
                item = (item, value)
            values.append(item[1])
            namespace[item[0]] = item[1]
        bases = (cls,) if mixed is None else (mixed, cls)
        return EnumType(name, bases, namespace)

    def _of_value(cls, value):
        if type(value) is cls:
            return value
        try:
            return cls._value2member_map_[value]
        except KeyError:
            pass
        except TypeError:
            for member in cls._member_map_.values():
                if member._value_ == value:
                    return member
        missing = cls._missing_(value)
        if missing is not None:
            if not isinstance(missing, cls):
                raise TypeError(
                    f"error in {cls.__name__}._missing_: returned {missing!r} instead of None or a valid member")
            return missing
        raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __iter__(cls):
        return (cls._member_map_[name] for name in cls._member_names_)

    def __reversed__(cls):
        return (cls._member_map_[name] for name in reversed(cls._member_names_))

    def __len__(cls):
        return len(cls._member_names_)

    def __bool__(cls):
        return True

    def __contains__(cls, value):
        if not isinstance(value, Enum):
            raise TypeError(
                "unsupported operand type(s) for 'in': '%s' and '%s'" % (type(value).__qualname__, type(cls).__qualname__))
        return isinstance(value, cls) and value._name_ in cls._member_map_

    def __setattr__(cls, name, value):
        if name in cls.__dict__.get("_member_map_", {}):
            raise AttributeError(f"cannot reassign member {name!r}")
        type.__setattr__(cls, name, value)

    def __delattr__(cls, name):
        if name in cls._member_map_:
            raise AttributeError(f"{cls.__name__!r} cannot delete member {name!r}.")
        type.__delattr__(cls, name)

    def __getattr__(cls, name):
        raise AttributeError(name)

    def __repr__(cls):
        return f"<flag {cls.__name__!r}>" if Flag is not None and issubclass(cls, Flag) else f"<enum {cls.__name__!r}>"

    @property
    def __members__(cls):
        return types.MappingProxyType(cls._member_map_)

    def __dir__(cls):
        return sorted(["__class__", "__contains__", "__doc__", "__getitem__", "__init_subclass__", "__iter__", "__len__",
                       "__members__", "__module__", "__name__", "__qualname__"] + list(cls._member_names_))


import types

EnumMeta = EnumType
_PLAIN = [object]
Flag = None


class Enum(metaclass=EnumType):
    @classmethod
    def _missing_(cls, value):
        return None

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start
        try:
            return max(last_values) + 1
        except TypeError:
            raise TypeError("unable to sort non-numeric values") from None

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

    def __dir__(self):
        return sorted({"__class__", "__doc__", "__eq__", "__hash__", "__module__", "name", "value"})

    def __setattr__(self, name, value):
        if name in ("name", "value"):
            raise AttributeError(f"<enum 'Enum'> cannot set attribute {name!r}")
        object.__setattr__(self, name, value)

    def __reduce_ex__(self, protocol):
        return type(self), (self._value_,)

    def __deepcopy__(self, memo):
        return self

    def __copy__(self):
        return self


_PLAIN.append(Enum)


class ReprEnum(Enum):
    """Whose members are written as the values they stand on."""

    def __str__(self):
        return str(self._value_)

    def __format__(self, spec):
        return format(self._value_, spec)


class IntEnum(int, ReprEnum):
    pass


class StrEnum(str, ReprEnum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()


_PLAIN.extend([ReprEnum, IntEnum, StrEnum])


class Flag(Enum):
    """Members are bits; what holds several is an object of its own, made when it is first asked for."""

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start if start is not None else 1
        return 1 << max(last_values).bit_length()

    @classmethod
    def _mask(cls):
        mask = 0
        for member in cls._member_map_.values():
            mask |= member._value_
        return mask

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            return None
        mask = cls._mask()
        if value < 0:
            value = mask + 1 + value if not issubclass(cls, int) else mask & value
        if value & ~mask and not issubclass(cls, int):
            bits = max(value.bit_length(), mask.bit_length())
            raise ValueError(
                f"{cls!r} invalid value {value!r}\n    given {_binary(value, bits)}\n  allowed {_binary(mask, bits)}")
        made = object.__new__(cls, value) if issubclass(cls, int) else object.__new__(cls)
        object.__setattr__(made, "_value_", value)
        parts = [m._name_ for m in cls if m._value_ & value == m._value_]
        if value & ~mask and parts:
            parts.append(str(value & ~mask))
        object.__setattr__(made, "_name_", "|".join(parts) if parts else None)
        cls._value2member_map_[value] = made
        return made

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
        return type(self)(type(self)._mask() & ~self._value_)

    def __contains__(self, other):
        if not isinstance(other, type(self)):
            raise TypeError(
                "unsupported operand type(s) for 'in': %r and %r" % (type(other).__qualname__, type(self).__qualname__))
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


def _binary(value, bits):
    digits = f"{value:0{bits}b}"
    return f"0b0 {digits}"


def _is_one_bit(cls, made):
    if not issubclass(cls, Flag):
        return True
    value = made._value_
    return isinstance(value, int) and value > 0 and value & (value - 1) == 0


EnumType._is_listed = _is_one_bit


class IntFlag(int, ReprEnum, Flag):
    __repr__ = Flag.__repr__


_PLAIN.extend([Flag, IntFlag])


def unique(cls):
    aliases = [(name, member._name_) for name, member in cls._member_map_.items() if name != member._name_]
    if aliases:
        listed = ", ".join(f"{alias} -> {name}" for alias, name in aliases)
        raise ValueError(f"duplicate values found in {cls!r}: {listed}")
    return cls
