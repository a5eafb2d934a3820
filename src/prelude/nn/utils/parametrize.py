"""torch.nn.utils.parametrize: a parameter computed from others at every use."""
from contextlib import contextmanager

import torch
from torch.nn.modules.container import ModuleDict, ModuleList
from torch.nn.parameter import Parameter


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and what it is computed from."""

    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        self.unsafe = unsafe
        given = original
        for module in reversed(modules):
            if hasattr(module, "right_inverse"):
                original = module.right_inverse(original)
        self.is_tensor = isinstance(original, torch.Tensor)
        self.ntensors = 1 if self.is_tensor else len(original)
        if self.is_tensor:
            self._register("original", original)
        else:
            for i, tensor in enumerate(original):
                self._register(f"original{i}", tensor)
        if not unsafe:
            self._check(given)

    def _check(self, given):
        with torch.no_grad():
            value = self()
        for what in ("dtype", "shape"):
            before, after = getattr(given, what), getattr(value, what)
            if before != after:
                raise ValueError(
                    f"Registering a parametrization may not change the {what} of the tensor,"
                    f" unless `unsafe` flag is enabled.\nunparametrized {what}: {before}\n"
                    f"parametrized {what}: {after}"
                )

    def _register(self, name, tensor):
        if isinstance(tensor, Parameter):
            self.register_parameter(name, tensor)
        else:
            self.register_parameter(name, Parameter(tensor.detach()))

    def right_inverse(self, value):
        """Set what is computed from, so that value comes out."""
        with torch.no_grad():
            for module in reversed(list(self)):
                value = module.right_inverse(value)
            if self.is_tensor:
                self.original.copy_(value)
                return
            for i, tensor in enumerate(value):
                getattr(self, f"original{i}").copy_(tensor)

    def forward(self):
        modules = list(self)
        if self.is_tensor:
            value = modules[0](self.original)
        else:
            value = modules[0](*[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for module in modules[1:]:
            value = module(value)
        return value


def is_parametrized(module, tensor_name=None):
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


# within cached(): what was computed for each tensor, by its module and name
_cache = {}
_caching = 0


@contextmanager
def cached():
    """Within it each tensor is computed once."""
    global _caching
    _caching += 1
    try:
        yield
    finally:
        _caching -= 1
        if not _caching:
            _cache.clear()


def _property(name):
    def get(self):
        if not _caching:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def set(self, value):
        self.parametrizations[name].right_inverse(value)

    return property(get, set)


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    """Let tensor_name be computed by a module from what is stored in its place."""
    if is_parametrized(module, tensor_name):
        parametrizations = module.parametrizations[tensor_name]
        parametrizations.right_inverse(parametrization.right_inverse(getattr(module, tensor_name)))
        parametrizations.append(parametrization)
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element"
            f" with name '{tensor_name}'"
        )
    original = getattr(module, tensor_name)
    made = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        plain = type(module)
        module.__class__ = type("Parametrized" + plain.__name__, (plain,), {})
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, _property(tensor_name))
    module.parametrizations[tensor_name] = made
    return module


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    """Keep the computed tensor, or with leave_parametrized=False what it was computed from."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    if leave_parametrized:
        with torch.no_grad():
            value = Parameter(getattr(module, tensor_name).detach())
    elif parametrizations.is_tensor:
        value = parametrizations.original
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor "
            "that is parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    module.register_parameter(tensor_name, value)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module):
    """The class that the module had before."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module, to_module, tensor_name=None):
    """Give a module the parametrizations of another, and what they compute from."""
    if not is_parametrized(from_module):
        return to_module
    for name, made in from_module.parametrizations.items():
        if tensor_name is not None and name != tensor_name:
            continue
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in made:
            register_parametrization(to_module, name, parametrization)
        if made.is_tensor:
            to_module.parametrizations[name].original = made.original
    return to_module
