"""torch.func: functions of functions."""
from torch.func._gradients import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp
from torch._functorch.functional_call import functional_call, stack_module_state
from torch.func._vmap import vmap

__all__ = [
    "grad",
    "grad_and_value",
    "vmap",
    "vjp",
    "jvp",
    "jacrev",
    "jacfwd",
    "hessian",
    "functional_call",
    "stack_module_state",
]
