"""Names of types, and a plain object."""


class SimpleNamespace:
    def __init__(self, /, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        return "namespace(" + ", ".join(f"{k}={v!r}" for k, v in self.__dict__.items()) + ")"

    def __eq__(self, other):
        return isinstance(other, SimpleNamespace) and self.__dict__ == other.__dict__


FunctionType = LambdaType = type(lambda: None)
BuiltinFunctionType = type(len)
NoneType = type(None)
GeneratorType = type(x for x in ())
MethodType = type([].append)
