"""torch.optim.RMSprop: steps scaled by the root of a running mean square."""
from torch.optim.optimizer import (
    Optimizer,
    _check_lr,
    _check_not_negative,
    _decay,
    _like,
    _real,
    _zero_step,
)


class RMSprop(Optimizer):
    _no_sparse = "RMSprop does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=1e-2,
        alpha=0.99,
        eps=1e-8,
        weight_decay=0,
        momentum=0,
        centered=False,
        capturable=False,
        foreach=None,
        maximize=False,
        differentiable=False,
    ):
        _check_lr(lr)
        _check_not_negative("epsilon value", eps)
        _check_not_negative("momentum value", momentum)
        _check_not_negative("weight_decay value", weight_decay)
        _check_not_negative("alpha value", alpha)
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        self._set_defaults_of_older_files(
            momentum=0,
            centered=False,
            foreach=None,
            maximize=False,
            differentiable=False,
            capturable=False,
        )

    def _start(self, param, state, group):
        state["step"] = _zero_step()
        state["square_avg"] = _like(param)
        if group["momentum"] > 0:
            state["momentum_buffer"] = _like(param)
        if group["centered"]:
            state["grad_avg"] = _like(param)

    def _update(self, param, grad, state, group):
        alpha = group["alpha"]
        state["step"] += 1
        grad = _decay(param, grad, group)
        param, grad, square_avg = _real(param, grad, state["square_avg"])
        square_avg.mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        if group["centered"]:
            (mean,) = _real(state["grad_avg"])
            mean.lerp_(grad, 1 - alpha)
            scale = square_avg.addcmul(mean, mean, value=-1).sqrt_()
        else:
            scale = square_avg.sqrt()
        scale = scale.add_(group["eps"])
        if group["momentum"] > 0:
            (buffer,) = _real(state["momentum_buffer"])
            buffer.mul_(group["momentum"]).addcdiv_(grad, scale)
            param.add_(buffer, alpha=-group["lr"])
        else:
            param.addcdiv_(grad, scale, value=-group["lr"])
