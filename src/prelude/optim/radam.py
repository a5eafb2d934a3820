"""torch.optim.RAdam: Adam that waits until the variance of its scale can be told."""
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


class RAdam(Optimizer):
    _no_sparse = "RAdam does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        decoupled_weight_decay=False,
        *,
        foreach=None,
        maximize=False,
        capturable=False,
        differentiable=False,
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
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "decoupled_weight_decay": decoupled_weight_decay,
                "differentiable": differentiable,
            },
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        self._set_defaults_of_older_files(
            foreach=None,
            maximize=False,
            differentiable=False,
            decoupled_weight_decay=False,
            capturable=False,
        )

    def _start(self, param, state, group):
        state["step"] = _zero_step()
        state["exp_avg"] = _like(param)
        state["exp_avg_sq"] = _like(param)

    def _update(self, param, grad, state, group):
        beta1, beta2 = group["betas"]
        state["step"] += 1
        step = state["step"].item()
        param, grad, exp_avg, exp_avg_sq = _real(
            param, grad, state["exp_avg"], state["exp_avg_sq"]
        )
        grad = _decay(param, grad, group)
        exp_avg.lerp_(grad, 1 - beta1)
        exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        correction2 = 1 - beta2**step
        move = exp_avg / (1 - beta1**step) * group["lr"]
        # the length of the average that estimates the variance, at its end and now
        most = 2 / (1 - beta2) - 1
        now = most - 2 * step * (beta2**step) / correction2
        if now > 5.0:
            scale = (correction2**0.5) / exp_avg_sq.sqrt().add_(group["eps"])
            rectifier = ((now - 4) * (now - 2) * most / ((most - 4) * (most - 2) * now)) ** 0.5
            move = move * scale * rectifier
        param.add_(move, alpha=-1.0)
