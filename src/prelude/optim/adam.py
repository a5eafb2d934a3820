"""torch.optim.Adam: steps scaled by running averages of the gradient and of its square."""
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


class Adam(Optimizer):
    _no_sparse = "Adam does not support sparse gradients, please consider SparseAdam instead"

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        amsgrad=False,
        *,
        foreach=None,
        maximize=False,
        capturable=False,
        differentiable=False,
        fused=None,
        decoupled_weight_decay=False,
    ):
        _check_lr(lr)
        _check_not_negative("epsilon value", eps)
        _check_betas(betas)
        _check_not_negative("weight_decay value", weight_decay)
        if not (isinstance(betas[0], float) and isinstance(betas[1], float)):
            if not all(isinstance(beta, torch.Tensor) for beta in betas):
                raise ValueError("betas must be either both floats or both Tensors")
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": tuple(betas),
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        self._set_defaults_of_older_files(
            amsgrad=False,
            maximize=False,
            foreach=None,
            capturable=False,
            differentiable=False,
            decoupled_weight_decay=False,
            fused=None,
        )

    def _start(self, param, state, group):
        state["step"] = _zero_step()
        state["exp_avg"] = _like(param)
        state["exp_avg_sq"] = _like(param)
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = _like(param)

    def _update(self, param, grad, state, group):
        beta1, beta2 = group["betas"]
        state["step"] += 1
        step = state["step"].item()
        grad = _decay(param, grad, group)
        param, grad, exp_avg, exp_avg_sq = _real(
            param, grad, state["exp_avg"], state["exp_avg_sq"]
        )
        exp_avg.lerp_(grad, 1 - beta1)
        exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        step_size = group["lr"] / (1 - beta1**step)
        correction = (1 - beta2**step) ** 0.5
        if group["amsgrad"]:
            (largest,) = _real(state["max_exp_avg_sq"])
            torch.maximum(largest, exp_avg_sq, out=largest)
            exp_avg_sq = largest
        denominator = (exp_avg_sq.sqrt() / correction).add_(group["eps"])
        param.addcdiv_(exp_avg, denominator, value=-step_size)
