def show(make):
    try:
        print(repr(make()))
    except BaseException as error:
        print(f"{type(error).__name__}: {error}")


def check(raised):
    try:
        try:
            raise raised
        except* ValueError as group:
            print("values", group.exceptions, group.message)
        except* (TypeError, KeyError) as group:
            print("types and keys", group)
            for one in group.exceptions:
                print("   ", repr(one))
        else:
            print("never")
        finally:
            print("finally")
    except BaseException as left:
        print("left", repr(left), getattr(left, "exceptions", None))


check(ExceptionGroup("load", [ValueError("shape"), TypeError("dtype"), ExceptionGroup("inner", [KeyError("fc.bias"), ValueError(2)])]))
check(ValueError("alone"))
check(OSError("not handled"))
check(ExceptionGroup("partly", [ValueError(1), OSError("disk"), RuntimeError("other")]))
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), KeyError("k")])
    except* ValueError:
        raise RuntimeError("from the handler")
except ExceptionGroup as error:
    print(repr(error), [type(one).__name__ for one in error.exceptions])
try:
    print("nothing raised")
except* ValueError:
    print("never")
else:
    print("else")
group = ExceptionGroup("many", [ValueError(1), ExceptionGroup("deep", [KeyError("k"), ValueError(2)])])
print(group, repr(group), group.args, str(group))
matching, rest = group.split(ValueError)
print(repr(matching), repr(rest), group.subgroup(KeyError), group.subgroup(OSError))
print(repr(group.split(lambda e: isinstance(e, KeyError))))
print(isinstance(group, Exception), isinstance(BaseExceptionGroup("x", [KeyboardInterrupt()]), Exception), type(BaseExceptionGroup("x", [ValueError()])).__name__)
show(lambda: ExceptionGroup("empty", []))
show(lambda: ExceptionGroup("bad", [1]))
show(lambda: ExceptionGroup("base", [KeyboardInterrupt()]))
show(lambda: ExceptionGroup(1, [ValueError()]))


class Failures(ExceptionGroup):
    def derive(self, exceptions):
        return Failures(self.message, exceptions)


print(repr(Failures("f", [ValueError(1), TypeError(2)]).split(TypeError)))


class LoadError(Exception):
    def __init__(self, key, reason):
        super().__init__(f"{key}: {reason}")
        self.key = key

    def __str__(self):
        return f"<{super().__str__()}>"


class Missing(KeyError):
    def __str__(self):
        return "missing " + KeyError.__str__(self)


print(LoadError("fc.weight", "shape"), repr(LoadError("a", "b")), str(Missing("k")), Exception.__str__(LoadError(1, 2)))


class Checked:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name, None)

    def __set__(self, instance, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name[1:]} must be {self.kind.__name__}, not {type(value).__name__}")
        setattr(instance, self.name, value)

    def __delete__(self, instance):
        print("deleting", self.name)
        delattr(instance, self.name)


class Config:
    rank = Checked(int)

    @property
    def alpha(self):
        "twice the rank"
        return self.rank * 2


config = Config()
config.rank = 4
print(config.rank, config.alpha, vars(config), Config.alpha.__doc__)
show(lambda: setattr(config, "rank", "x"))
del config.rank
print(config.rank, vars(config))


class Plugin:
    known = {}

    def __init_subclass__(cls, key=None, **others):
        super().__init_subclass__(**others)
        Plugin.known[key or cls.__name__] = cls


show(lambda: type("Made", (Plugin,), {"x": 1}, key="made").x)
print(list(Plugin.known))
print(b"%d %s %5.2f %x|%-5s|%05d" % (1, b"ab", 2.5, 255, b"z", 42), b"%s" % b"one", b"100%%" % ())
show(lambda: b"%s" % "text")
show(lambda: int("010", 0))
