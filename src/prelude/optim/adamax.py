"""torch.optim.Adamax: Adam with the largest gradient in place of the mean square."""
import torch
from torch.optim.optimizer import (
    Optimizer,
    _check_betas,
    _check_lr,
    _check_not_negative,
    _decay,
    _like,
    _real,
    _zero_step,
)


class Adamax(Optimizer):
    _no_sparse = "Adamax does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        foreach=None,
        *,
        maximize=False,
        differentiable=False,
        capturable=False,
    ):
        _check_lr(lr)
        _check_not_negative("epsilon value", eps)
        _check_betas(betas)
        _check_not_negative("weight_decay value", weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
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
        state["step"] = _zero_step()
        state["exp_avg"] = _like(param)
        state["exp_inf"] = _like(param)

    def _update(self, param, grad, state, group):
        beta1, beta2 = group["betas"]
        state["step"] += 1
        grad = _decay(param, grad, group)
        param, grad, exp_avg, exp_inf = _real(param, grad, state["exp_avg"], state["exp_inf"])
        exp_avg.lerp_(grad, 1 - beta1)
        torch.maximum(exp_inf.mul_(beta2), grad.abs().add_(group["eps"]), out=exp_inf)
        step_size = group["lr"] / (1 - beta1 ** state["step"].item())
        param.addcdiv_(exp_avg, exp_inf, value=-step_size)
