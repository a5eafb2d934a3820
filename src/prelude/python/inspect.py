"""Functions, classes and objects looked into."""

import functools
import types


def isfunction(value):
    return isinstance(value, types.FunctionType)


def ismethod(value):
    return isinstance(value, types.MethodType)


def isbuiltin(value):
    return isinstance(value, types.BuiltinFunctionType)


def isroutine(value):
    return isfunction(value) or ismethod(value) or isbuiltin(value)


def isclass(value):
    return isinstance(value, type)


def ismodule(value):
    return isinstance(value, types.ModuleType)


def isgenerator(value):
    return type(value).__name__ == "generator"


def isgeneratorfunction(value):
    value = getattr(value, "__func__", value)
    return isfunction(value) and bool(value.__code__.co_flags & 0x20)


def iscoroutinefunction(value):
    return False


iscoroutine = isawaitable = isasyncgen = isasyncgenfunction = iscoroutinefunction


def isabstract(value):
    return isclass(value) and bool(getattr(value, "__abstractmethods__", ()))


def isdatadescriptor(value):
    return not isclass(value) and (isinstance(value, property) or hasattr(type(value), "__set__"))


def getmro(cls):
    return cls.__mro__


def getmodule(value):
    import sys

    return sys.modules.get(getattr(value, "__module__", None))


def getmembers(value, predicate=None):
    members = []
    for name in dir(value):
        try:
            member = getattr(value, name)
        except AttributeError:
            continue
        if predicate is None or predicate(member):
            members.append((name, member))
    return members


def cleandoc(doc):
    lines = doc.expandtabs().split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    lines = [lines[0].lstrip()] + [line[margin:] for line in lines[1:]]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines)


def getdoc(value):
    doc = getattr(value, "__doc__", None)
    if doc is None and isclass(value):
        doc = next((base.__doc__ for base in value.__mro__ if base.__doc__ is not None), None)
    return cleandoc(doc) if isinstance(doc, str) else None


def getsource(value):
    raise OSError("could not get source code")


getsourcelines = getsourcefile = getfile = getcomments = getsource


def currentframe():
    return None


def stack(context=1):
    return []


def unwrap(function, *, stop=None):
    while hasattr(function, "__wrapped__") and not (stop and stop(function)):
        function = function.__wrapped__
    return function


class _empty:
    """Stands for no default and no annotation."""


class _Kind(int):
    def __new__(cls, number, name, description):
        made = int.__new__(cls, number)
        made.name, made.description = name, description
        return made

    def __str__(self):
        return self.name

    def __repr__(self):
        return f"<_ParameterKind.{self.name}: {int(self)}>"


def formatannotation(annotation, base_module=None):
    if getattr(annotation, "__module__", None) == "typing" or isinstance(annotation, types.GenericAlias):
        return repr(annotation).replace("typing.", "")
    if isinstance(annotation, type):
        own = annotation.__module__ in ("builtins", base_module)
        return annotation.__qualname__ if own else f"{annotation.__module__}.{annotation.__qualname__}"
    return repr(annotation).replace("typing.", "")


class Parameter:
    POSITIONAL_ONLY = _Kind(0, "POSITIONAL_ONLY", "positional-only")
    POSITIONAL_OR_KEYWORD = _Kind(1, "POSITIONAL_OR_KEYWORD", "positional or keyword")
    VAR_POSITIONAL = _Kind(2, "VAR_POSITIONAL", "variadic positional")
    KEYWORD_ONLY = _Kind(3, "KEYWORD_ONLY", "keyword-only")
    VAR_KEYWORD = _Kind(4, "VAR_KEYWORD", "variadic keyword")
    empty = _empty

    def __init__(self, name, kind, *, default=_empty, annotation=_empty):
        self.name, self.kind, self.default, self.annotation = name, kind, default, annotation

    def replace(self, **changes):
        values = {"name": self.name, "kind": self.kind, "default": self.default, "annotation": self.annotation, **changes}
        return Parameter(values.pop("name"), values.pop("kind"), **values)

    def __str__(self):
        text = self.name
        if self.annotation is not _empty:
            text += f": {formatannotation(self.annotation)}"
        if self.default is not _empty:
            text += f" = {self.default!r}" if self.annotation is not _empty else f"={self.default!r}"
        return {2: "*", 4: "**"}.get(int(self.kind), "") + text

    def __repr__(self):
        return f'<Parameter "{self}">'

    def __eq__(self, other):
        return isinstance(other, Parameter) and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash((self.name, int(self.kind)))


class BoundArguments:
    def __init__(self, signature, arguments):
        self.signature, self.arguments = signature, arguments

    def apply_defaults(self):
        filled = {}
        for name, parameter in self.signature.parameters.items():
            if name in self.arguments:
                filled[name] = self.arguments[name]
            elif parameter.default is not _empty:
                filled[name] = parameter.default
            elif parameter.kind == Parameter.VAR_POSITIONAL:
                filled[name] = ()
            elif parameter.kind == Parameter.VAR_KEYWORD:
                filled[name] = {}
        self.arguments = filled

    @property
    def args(self):
        given = []
        for name, parameter in self.signature.parameters.items():
            if parameter.kind >= Parameter.KEYWORD_ONLY or name not in self.arguments:
                break
            if parameter.kind == Parameter.VAR_POSITIONAL:
                given.extend(self.arguments[name])
            else:
                given.append(self.arguments[name])
        return tuple(given)

    @property
    def kwargs(self):
        given = {}
        missed = False
        for name, parameter in self.signature.parameters.items():
            if name not in self.arguments:
                missed = True
            elif parameter.kind == Parameter.VAR_KEYWORD:
                given.update(self.arguments[name])
            elif parameter.kind == Parameter.KEYWORD_ONLY or missed and parameter.kind != Parameter.VAR_POSITIONAL:
                given[name] = self.arguments[name]
        return given

    def __repr__(self):
        shown = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"<BoundArguments ({shown})>"


class Signature:
    empty = _empty

    def __init__(self, parameters=None, *, return_annotation=_empty):
        self.parameters = types.MappingProxyType({p.name: p for p in parameters or ()})
        self.return_annotation = return_annotation

    @classmethod
    def from_callable(cls, function, **options):
        return signature(function)

    def replace(self, *, parameters=None, return_annotation=None):
        return Signature(
            list(self.parameters.values()) if parameters is None else parameters,
            return_annotation=self.return_annotation if return_annotation is None else return_annotation)

    def _bound(self, args, kwargs, partial):
        arguments = {}
        args = list(args)
        kwargs = dict(kwargs)
        for name, parameter in self.parameters.items():
            kind = parameter.kind
            if kind == Parameter.VAR_POSITIONAL:
                if args:
                    arguments[name] = tuple(args)
                args = []
            elif kind == Parameter.VAR_KEYWORD:
                if kwargs:
                    arguments[name] = kwargs
                kwargs = {}
            elif kind <= Parameter.POSITIONAL_OR_KEYWORD and args:
                if name in kwargs and kind == Parameter.POSITIONAL_OR_KEYWORD:
                    raise TypeError(f"multiple values for argument {name!r}")
                arguments[name] = args.pop(0)
            elif name in kwargs and kind != Parameter.POSITIONAL_ONLY:
                arguments[name] = kwargs.pop(name)
            elif parameter.default is _empty and not partial:
                raise TypeError(f"missing a required argument: {name!r}")
        if args:
            raise TypeError("too many positional arguments")
        if kwargs:
            raise TypeError(f"got an unexpected keyword argument {next(iter(kwargs))!r}")
        return BoundArguments(self, arguments)

    def bind(self, /, *args, **kwargs):
        return self._bound(args, kwargs, False)

    def bind_partial(self, /, *args, **kwargs):
        return self._bound(args, kwargs, True)

    def __eq__(self, other):
        return (isinstance(other, Signature) and list(self.parameters.values()) == list(other.parameters.values())
                and self.return_annotation == other.return_annotation)

    def __str__(self):
        parts = []
        kinds = [parameter.kind for parameter in self.parameters.values()]
        starred = False
        for place, parameter in enumerate(self.parameters.values()):
            if place and kinds[place - 1] == Parameter.POSITIONAL_ONLY and parameter.kind != Parameter.POSITIONAL_ONLY:
                parts.append("/")
            if parameter.kind == Parameter.VAR_POSITIONAL:
                starred = True
            if parameter.kind == Parameter.KEYWORD_ONLY and not starred:
                parts.append("*")
                starred = True
            parts.append(str(parameter))
        if kinds and kinds[-1] == Parameter.POSITIONAL_ONLY:
            parts.append("/")
        end = "" if self.return_annotation is _empty else f" -> {formatannotation(self.return_annotation)}"
        return f"({', '.join(parts)}){end}"

    def __repr__(self):
        return f"<Signature {self}>"


def _of_function(function):
    code = function.__code__
    names = code.co_varnames
    hints = getattr(function, "__annotations__", {})
    defaults = function.__defaults__ or ()
    by_name = function.__kwdefaults__ or {}
    found = []

    def add(name, kind, default=_empty):
        found.append(Parameter(name, kind, default=default, annotation=hints.get(name, _empty)))

    count = code.co_argcount
    for place, name in enumerate(names[:count]):
        kind = Parameter.POSITIONAL_ONLY if place < code.co_posonlyargcount else Parameter.POSITIONAL_OR_KEYWORD
        at = place - (count - len(defaults))
        add(name, kind, defaults[at] if at >= 0 else _empty)
    rest = count + code.co_kwonlyargcount
    if code.co_flags & 0x04:
        add(names[rest], Parameter.VAR_POSITIONAL)
        rest += 1
    for name in names[count:count + code.co_kwonlyargcount]:
        add(name, Parameter.KEYWORD_ONLY, by_name.get(name, _empty))
    if code.co_flags & 0x08:
        add(names[rest], Parameter.VAR_KEYWORD)
    return Signature(found, return_annotation=hints.get("return", _empty))


def _of_dataclass(init):
    from dataclasses import MISSING

    by_place, by_name = init.__dataclass_parameters__
    found = []
    for group, kind in ((by_place, Parameter.POSITIONAL_OR_KEYWORD), (by_name, Parameter.KEYWORD_ONLY)):
        for field in group:
            default = field.default if field.default is not MISSING else _empty
            if field.default_factory is not MISSING:
                default = _Factory()
            found.append(Parameter(field.name, kind, default=default, annotation=field.type))
    return Signature(found, return_annotation=None)


class _Factory:
    def __repr__(self):
        return "<factory>"


def _without_first(found):
    return found.replace(parameters=list(found.parameters.values())[1:])


def _of_partial(function):
    bound = signature(function.func)
    left = list(bound.parameters.values())
    for _ in function.args:
        if left and left[0].kind <= Parameter.POSITIONAL_OR_KEYWORD:
            left.pop(0)
    made, by_name = [], False
    for parameter in left:
        if parameter.name in function.keywords and parameter.kind <= Parameter.KEYWORD_ONLY:
            parameter = parameter.replace(default=function.keywords[parameter.name])
            by_name = True
        if by_name and parameter.kind == Parameter.POSITIONAL_OR_KEYWORD:
            parameter = parameter.replace(kind=Parameter.KEYWORD_ONLY)
        if by_name and parameter.kind == Parameter.VAR_POSITIONAL:
            continue
        made.append(parameter)
    return bound.replace(parameters=made)


def signature(function, *, follow_wrapped=True):
    if not callable(function):
        raise TypeError(f"{function!r} is not a callable object")
    if ismethod(function):
        return _without_first(signature(function.__func__))
    if follow_wrapped and hasattr(function, "__wrapped__"):
        function = unwrap(function)
    if isfunction(function):
        return _of_function(function)
    if isinstance(function, functools.partial):
        return _of_partial(function)
    if isclass(function):
        init = function.__init__
        if hasattr(init, "__dataclass_parameters__"):
            return _of_dataclass(init)
        if isfunction(init):
            return _without_first(signature(init)).replace(return_annotation=_empty)
        if isfunction(function.__new__):
            return _without_first(signature(function.__new__))
        return Signature()
    call = getattr(type(function), "__call__", None)
    if isfunction(call):
        return _without_first(signature(call))
    raise ValueError(f"no signature found for builtin {function!r}")




def getfullargspec(function):
    from _collections import namedtuple

    kind = namedtuple("FullArgSpec", "args varargs varkw defaults kwonlyargs kwonlydefaults annotations")
    found = signature(function, follow_wrapped=False).parameters.values()
    named = lambda *kinds: [p.name for p in found if p.kind in kinds]
    given = tuple([p.default for p in found if p.kind <= Parameter.POSITIONAL_OR_KEYWORD and p.default is not _empty])
    by_name = {p.name: p.default for p in found if p.kind == Parameter.KEYWORD_ONLY and p.default is not _empty}
    args = named(Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    if ismethod(function):
        args.insert(0, function.__func__.__code__.co_varnames[0])
    return kind(args, next(iter(named(Parameter.VAR_POSITIONAL)), None), next(iter(named(Parameter.VAR_KEYWORD)), None),
                given or None, named(Parameter.KEYWORD_ONLY), by_name or None, getattr(function, "__annotations__", {}))
