"""torch.optim.Adadelta: steps in the units of the parameters, by two running averages."""
from torch.optim.optimizer import (
    Optimizer,
    _check_lr,
    _check_not_negative,
    _decay,
    _like,
    _real,
    _zero_step,
)


class Adadelta(Optimizer):
    _no_sparse = "Adadelta does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=1.0,
        rho=0.9,
        eps=1e-6,
        weight_decay=0,
        foreach=None,
        *,
        capturable=False,
        maximize=False,
        differentiable=False,
    ):
        _check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        _check_not_negative("epsilon value", eps)
        _check_not_negative("weight_decay value", weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "capturable": capturable,
                "foreach": foreach,
                "differentiable": differentiable,
            },
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        self._set_defaults_of_older_files(
            foreach=None, maximize=False, differentiable=False, capturable=False
        )

    def _start(self, param, state, group):
        state["step"] = _zero_step()
        state["square_avg"] = _like(param)
        state["acc_delta"] = _like(param)

    def _update(self, param, grad, state, group):
        rho = group["rho"]
        eps = group["eps"]
        state["step"] += 1
        grad = _decay(param, grad, group)
        param, grad, square_avg, acc_delta = _real(
            param, grad, state["square_avg"], state["acc_delta"]
        )
        square_avg.mul_(rho).addcmul_(grad, grad, value=1 - rho)
        scale = square_avg.add(eps).sqrt_()
        delta = acc_delta.add(eps).sqrt_().div_(scale).mul_(grad)
        acc_delta.mul_(rho).addcmul_(delta, delta, value=1 - rho)
        param.add_(delta, alpha=-group["lr"])
