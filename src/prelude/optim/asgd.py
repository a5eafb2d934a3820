"""torch.optim.ASGD: gradient descent that keeps the average of where it has been."""
import torch
from torch.optim.optimizer import (
    Optimizer,
    _check_lr,
    _check_not_negative,
    _decay,
    _like,
    _real,
    _scalar_dtype,
)


class ASGD(Optimizer):
    _no_sparse = "ASGD does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=1e-2,
        lambd=1e-4,
        alpha=0.75,
        t0=1e6,
        weight_decay=0,
        foreach=None,
        maximize=False,
        differentiable=False,
        capturable=False,
    ):
        _check_lr(lr)
        _check_not_negative("weight_decay value", weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
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
        dtype = _scalar_dtype()
        state["step"] = torch.zeros((), device=param.device, dtype=dtype)
        state["eta"] = torch.tensor(float(group["lr"]), device=param.device, dtype=dtype)
        state["mu"] = torch.ones((), device=param.device, dtype=dtype)
        state["ax"] = _like(param)

    def _update(self, param, grad, state, group):
        lambd = group["lambd"]
        lr = group["lr"]
        param, grad, average = _real(param, grad, state["ax"])
        state["step"] += 1
        step = state["step"].item()
        grad = _decay(param, grad, group)
        eta = state["eta"].item()
        param.mul_(1 - lambd * eta)
        param.add_(grad, alpha=-eta)
        if state["mu"].item() != 1:
            average.add_(param.sub(average).mul_(state["mu"]))
        else:
            average.copy_(param)
        state["eta"].copy_(torch.as_tensor(lr / ((1 + lambd * lr * step) ** group["alpha"])))
        state["mu"].copy_(torch.as_tensor(1 / max(1, step - group["t0"])))
