"""What TorchScript reads from sources. Nothing is scripted here: functions stay as they are, annotations mean nothing."""
from typing import Any, Final


class BroadcastingListCls:
    def __getitem__(self, types):
        return None


BroadcastingList1 = BroadcastingList2 = BroadcastingList3 = BroadcastingListCls()
BroadcastingList4 = BroadcastingList5 = BroadcastingList6 = BroadcastingList1


def is_scripting():
    return False


def boolean_dispatch(arg_name, arg_index, default, if_true, if_false, module_name, func_name):
    """One function or the other, by the value of an argument."""

    def fn(*args, **kwargs):
        chosen = kwargs[arg_name] if arg_name in kwargs else args[arg_index] if arg_index < len(args) else default
        return (if_true if chosen else if_false)(*args, **kwargs)

    for documented in (if_false, if_true):
        if documented.__doc__ is not None:
            fn.__doc__ = documented.__doc__
    if module_name is not None:
        fn.__module__ = module_name
    if func_name is not None:
        fn.__name__ = func_name
    return fn


def _same(function):
    return function


_overload = _overload_method = _copy_to_script_wrapper = export = unused = _drop = _same


def ignore(drop=False, **kwargs):
    return drop if callable(drop) else _same
