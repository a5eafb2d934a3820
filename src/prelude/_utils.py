"""torch._utils: how tensors of files are put together, and many tensors as one."""
import sys
import traceback
from collections import defaultdict

import torch


def _rebuild_tensor(storage, storage_offset, size, stride):
    tensor = torch.empty((0,), dtype=storage.dtype, device=storage.device)
    return tensor.set_(storage.untyped(), storage_offset, size, stride)


def _rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None):
    tensor = _rebuild_tensor(storage, storage_offset, size, stride)
    tensor.requires_grad = requires_grad
    tensor._backward_hooks = backward_hooks
    return tensor


def _rebuild_tensor_v3(storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None):
    tensor = torch.empty((0,), dtype=dtype, device=storage.device)
    tensor = tensor.set_(storage.untyped(), storage_offset, size, stride)
    tensor.requires_grad = requires_grad
    return tensor


def _rebuild_sparse_tensor(layout, data):
    if layout == torch.sparse_coo:
        indices, values, size = data[:3]
        return torch.sparse_coo_tensor(indices, values, size)
    raise NotImplementedError(f"rebuilding sparse tensor for layout {layout}")


def _rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad):
    return torch.empty_strided(size, stride, dtype=dtype, device="meta", requires_grad=requires_grad)


def _rebuild_device_tensor_from_numpy(data, dtype, device, requires_grad):
    return torch.from_numpy(data).to(dtype=dtype, device=device).requires_grad_(requires_grad)


def _rebuild_parameter(data, requires_grad, backward_hooks):
    return torch.nn.Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    parameter = _rebuild_parameter(data, requires_grad, backward_hooks)
    for name, value in state.items():
        setattr(parameter, name, value)
    return parameter


def _flatten_dense_tensors(tensors):
    """The numbers of all tensors in one row."""
    tensors = list(tensors)
    return torch.cat([tensor.contiguous().view(-1) for tensor in tensors]) if tensors else torch.empty(0)


def _unflatten_dense_tensors(flat, tensors):
    """Views of a row of numbers, of the shapes of these tensors."""
    found, at = [], 0
    for tensor in tensors:
        count = tensor.numel()
        found.append(flat.narrow(0, at, count).view_as(tensor) if count else flat.new_empty(tensor.shape))
        at += count
    return tuple(found)


def _flatten_sparse_tensors(tensors):
    return _flatten_dense_tensors([t._indices() for t in tensors]), _flatten_dense_tensors([t._values() for t in tensors])


def _unflatten_sparse_tensors(flat, tensors):
    indices = _unflatten_dense_tensors(flat[0], [t._indices() for t in tensors])
    values = _unflatten_dense_tensors(flat[1], [t._values() for t in tensors])
    return tuple([torch.sparse_coo_tensor(i, v, t.size()) for t, i, v in zip(tensors, indices, values)])


def _reorder_tensors_as(tensors, ordered_tensors):
    """These tensors in the order that their kinds have in the others."""
    by_kind = defaultdict(list)
    for tensor in tensors:
        by_kind[tensor.type()].append(tensor)
    next_of = {kind: iter(found) for kind, found in by_kind.items()}
    return tuple([next(next_of[tensor.type()]) for tensor in ordered_tensors])


def _take_tensors(tensors, size_limit):
    """Groups of tensors of one kind, each of at most so many bytes if it has more than one."""
    groups = defaultdict(lambda: [[], 0])
    for tensor in tensors:
        kind, size = tensor.type(), tensor.numel() * tensor.element_size()
        if groups[kind][1] and groups[kind][1] + size > size_limit:
            yield groups[kind][0]
            groups[kind] = [[], 0]
        groups[kind][0].append(tensor)
        groups[kind][1] += size
    for found, _ in groups.values():
        if found:
            yield found


def annotate(ret, **kwargs):
    def mark(function):
        function.__annotations__ = {**kwargs, "return": ret}
        return function

    return mark


class KeyErrorMessage(str):
    """A text whose repr is itself, so that a KeyError shows its lines."""

    def __repr__(self):
        return str(self)


class ExceptionWrapper:
    """An exception of a worker, to be raised again where it is waited for."""

    def __init__(self, exc_info=None, where="in background"):
        exc_info = sys.exc_info() if exc_info is None else exc_info
        self.exc_type, self.where = exc_info[0], where
        self.exc_msg = "".join(traceback.format_exception(*exc_info))

    def reraise(self):
        text = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        raise self.exc_type(KeyErrorMessage(text) if self.exc_type is KeyError else text)


def _get_device_index(device, optional=False, allow_cpu=False):
    device = torch.device(device) if isinstance(device, str) else device
    if isinstance(device, int):
        return device
    if isinstance(device, torch.device):
        if device.type == "cpu":
            if allow_cpu:
                return -1
            raise ValueError(f"Expected a non cpu device, but got: {device}")
        if device.index is not None:
            return device.index
    if optional:
        return torch.accelerator.current_device_index()
    raise ValueError(f"Expected a torch.device with a specified index or an integer, but got:{device}")


def _get_available_device_type():
    return "cuda" if torch.cuda.is_available() else None


def _get_all_device_indices():
    return list(range(torch.cuda.device_count()))


def _import_dotted_name(name):
    first, *rest = name.split(".")
    found = __import__(first)
    for part in rest:
        found = getattr(found, part)
    return found


def _handle_complex(tensor):
    lazy = isinstance(tensor, torch.nn.UninitializedParameter)
    return tensor if lazy or not tensor.is_complex() else torch.view_as_real(tensor)


class classproperty:
    """An attribute of a class that a function works out."""

    def __init__(self, func):
        self.fget = func.__func__ if isinstance(func, (classmethod, staticmethod)) else func

    def __get__(self, instance, owner=None):
        return self.fget(type(instance) if owner is None else owner)


def _element_size(dtype):
    return dtype.itemsize


def is_compiling():
    return False
