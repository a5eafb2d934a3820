"""torch.optim.Rprop: step sizes that follow the gradient's sign alone."""
import torch
from torch.optim.optimizer import Optimizer, _check_lr, _like, _real, _zero_step


class Rprop(Optimizer):
    _no_sparse = "Rprop does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=1e-2,
        etas=(0.5, 1.2),
        step_sizes=(1e-6, 50),
        *,
        capturable=False,
        foreach=None,
        maximize=False,
        differentiable=False,
    ):
        _check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(
            params,
            {
                "lr": lr,
                "etas": etas,
                "step_sizes": step_sizes,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        self._set_defaults_of_older_files(
            foreach=None, maximize=False, differentiable=False, capturable=False
        )

    def _start(self, param, state, group):
        lr = group["lr"]
        state["step"] = _zero_step()
        state["prev"] = _like(param)
        first = complex(lr, lr) if param.is_complex() else lr
        state["step_size"] = torch.full_like(param.grad, first)

    def _update(self, param, grad, state, group):
        shrink, grow = group["etas"]
        low, high = group["step_sizes"]
        state["step"] += 1
        param, grad, prev, step_size = _real(param, grad, state["prev"], state["step_size"])
        factor = grad.mul(prev).sign()
        factor[factor.gt(0)] = grow
        factor[factor.lt(0)] = shrink
        factor[factor.eq(0)] = 1
        step_size.mul_(factor).clamp_(low, high)
        # where the sign turned, this step does not move
        grad = grad.clone(memory_format=torch.preserve_format)
        grad[factor.eq(shrink)] = 0
        param.addcmul_(grad.sign(), step_size, value=-1)
        prev.copy_(grad)
