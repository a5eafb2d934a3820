"""torch.autograd: gradients, and whether they are recorded."""
from torch.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from torch.autograd.function import Function, NestedIOFunction
from torch.autograd.gradcheck import gradcheck, gradgradcheck
from torch.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled


def Variable(data, requires_grad=False, volatile=False):
    """A tensor: variables and tensors have long been one."""
    return data.detach().requires_grad_(True) if requires_grad else data
