"""torch.nn.parameter: Parameter and the classes of tensors are the shell's own, as they are C++ in PyTorch."""
import torch
from torch._shell import Parameter


class _BufferMeta(type):
    def __instancecheck__(cls, value):
        if cls is Buffer and isinstance(value, torch.Tensor) and getattr(value, "_is_buffer", False):
            return True
        return super().__instancecheck__(value)


class Buffer(torch.Tensor, metaclass=_BufferMeta):
    """A tensor that becomes a buffer when it is assigned to a module's attribute."""

    def __new__(cls, data=None, *, persistent=True):
        data = torch.empty(0) if data is None else data
        made = data.detach().requires_grad_(data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


class UninitializedTensorMixin:
    """What lazy modules hold before their first input: a tensor without a shape, which no operator takes."""

    cls_to_become = torch.Tensor

    def materialize(self, shape, device=None, dtype=None):
        """Make a tensor of that shape of it."""
        was = self.data
        self.data = torch.empty(shape, device=was.device if device is None else device, dtype=dtype or was.dtype)
        self.__class__ = self.cls_to_become

    @property
    def shape(self):
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. "
            "This error usually happens in `load_state_dict` when trying to load "
            "an uninitialized parameter into an initialized one. "
            "Call `forward` to initialize the parameters before accessing their attributes."
        )

    def share_memory_(self):
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. "
            "Call `forward` to initialize the parameters before calling "
            "`module.share_memory()`."
        )

    def __repr__(self):
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, proto):
        return (type(self), (self.requires_grad,))


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter that has no shape yet."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad=True, device=None, dtype=None):
        return torch.Tensor._make_subclass(cls, torch.empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.data.device, self.data.dtype)
        return memo[id(self)]


class UninitializedBuffer(UninitializedTensorMixin, torch.Tensor):
    """A buffer that has no shape yet."""

    def __new__(cls, requires_grad=False, device=None, dtype=None, persistent=True):
        made = torch.Tensor._make_subclass(cls, torch.empty(0, device=device, dtype=dtype), requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


def is_lazy(param):
    return isinstance(param, UninitializedTensorMixin)


# what is asked of a tensor without a shape is refused, but for these
_ALLOWED = (
    "size copy_ is_complex is_floating_point half float double char short int long cuda cpu to get_device data device dtype"
    " grad requires_grad requires_grad_ is_leaf detach is_meta layout grad_fn is_sparse is_quantized materialize shape"
    " share_memory_ cls_to_become persistent register_hook bfloat16 type_as _backward_hooks is_cuda is_xla is_cpu module_load"
).split()


def _refusal(name):
    def refuse(self, *args, **kwargs):
        raise ValueError(
            f"Attempted to use an uninitialized parameter in <method '{name}' of 'torch._C.TensorBase' objects>. "
            "This error happens when you are using a `LazyModule` or "
            f"explicitly manipulating `torch.nn.parameter.{type(self).__name__}` "
            "objects. When using LazyModules Call `forward` with a dummy batch "
            "to initialize the parameters before calling torch functions"
        )

    return refuse


def _as_buffer(name):
    def converted(self, *args, **kwargs):
        made = torch.Tensor._make_subclass(type(self), getattr(torch.Tensor, name)(self, *args, **kwargs))
        made.persistent, made._is_buffer = self.persistent, True
        return made

    return converted


for _name in "half float double bfloat16 char short int long cuda cpu to".split():
    setattr(UninitializedBuffer, _name, _as_buffer(_name))
for _name in dir(torch.Tensor):
    if not _name.startswith("_") and _name not in _ALLOWED:
        setattr(UninitializedTensorMixin, _name, _refusal(_name))
for _name in "add sub mul truediv matmul pow floordiv mod and or xor lt le gt ge neg getitem setitem len iter".split():
    for _prefix in ("", "r"):
        setattr(UninitializedTensorMixin, f"__{_prefix}{_name}__", _refusal(_name))
