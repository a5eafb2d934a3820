"""References that do not keep their object. A callback is not called: nothing runs when an object goes."""

from _weakref import weakly


class ref:
    def __init__(self, object, callback=None):
        self._get = weakly(object)

    def __call__(self):
        return self._get()

    def __eq__(self, other):
        if not isinstance(other, ref):
            return NotImplemented
        mine, theirs = self._get(), other._get()
        return self is other if mine is None or theirs is None else mine == theirs

    def __hash__(self):
        if "_hash" not in self.__dict__:
            object = self._get()
            if object is None:
                raise TypeError("weak object has gone away")
            self._hash = hash(object)
        return self._hash

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle 'weakref.ReferenceType' object")

    def __repr__(self):
        object = self._get()
        gone = "dead" if object is None else f"to '{type(object).__name__}' at {id(object):#x}"
        return f"<weakref at {id(self):#x}; {gone}>"


class WeakMethod(ref):
    """A method, as long as its object is kept."""

    def __init__(self, method, callback=None):
        super().__init__(method.__self__)
        self._function = weakly(method.__func__)

    def __call__(self):
        object, function = self._get(), self._function()
        from types import MethodType

        return None if object is None or function is None else MethodType(function, object)


ReferenceType = ref


def proxy(object, callback=None):
    return object


class WeakValueDictionary(dict):
    pass


class WeakKeyDictionary(dict):
    pass


class WeakSet(set):
    pass


class finalize:
    def __init__(self, obj, func, /, *args, **kwargs):
        self._call = (func, args, kwargs)
        self.alive = True

    def __call__(self):
        if self.alive:
            self.alive = False
            func, args, kwargs = self._call
            return func(*args, **kwargs)
