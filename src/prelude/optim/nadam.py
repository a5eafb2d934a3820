"""torch.optim.NAdam: Adam with Nesterov's momentum."""
import torch
from torch.optim.optimizer import (
    Optimizer,
    _check_betas,
    _check_lr,
    _check_not_negative,
    _decay,
    _like,
    _real,
    _scalar_dtype,
    _zero_step,
)


class NAdam(Optimizer):
    _no_sparse = "NAdam does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        momentum_decay=4e-3,
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
        _check_not_negative("momentum_decay value", momentum_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        self._set_defaults_of_older_files(
            maximize=False,
            foreach=None,
            capturable=False,
            differentiable=False,
            decoupled_weight_decay=False,
        )
        for group in self.param_groups:
            for param in group["params"]:
                product = self.state.get(param, {}).get("mu_product")
                if product is not None and not isinstance(product, torch.Tensor):
                    product = torch.tensor(product, dtype=_scalar_dtype())
                    self.state[param]["mu_product"] = product

    def _start(self, param, state, group):
        state["step"] = _zero_step()
        state["mu_product"] = torch.ones((), dtype=_scalar_dtype())
        state["exp_avg"] = _like(param)
        state["exp_avg_sq"] = _like(param)

    def _update(self, param, grad, state, group):
        beta1, beta2 = group["betas"]
        lr = group["lr"]
        state["step"] += 1
        step = state["step"].item()
        param, grad, exp_avg, exp_avg_sq = _real(
            param, grad, state["exp_avg"], state["exp_avg_sq"]
        )
        grad = _decay(param, grad, group)
        # the momentum grows towards beta1; this step's and the next one's
        mu = beta1 * (1.0 - 0.5 * (0.96 ** (step * group["momentum_decay"])))
        mu_next = beta1 * (1.0 - 0.5 * (0.96 ** ((step + 1) * group["momentum_decay"])))
        state["mu_product"] *= mu
        product = state["mu_product"].item()
        exp_avg.lerp_(grad, 1 - beta1)
        exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        denominator = exp_avg_sq.div(1 - beta2**step).sqrt().add_(group["eps"])
        param.addcdiv_(grad, denominator, value=(-lr * (1.0 - mu) / (1.0 - product)))
        param.addcdiv_(exp_avg, denominator, value=(-lr * mu_next) / (1.0 - product * mu_next))
