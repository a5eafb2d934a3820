"""torch.optim.Adagrad: steps that shrink with the sum of squared gradients."""
import torch
from torch.optim.optimizer import (
    Optimizer,
    _check_lr,
    _check_not_negative,
    _decay,
    _real,
    _zero_step,
)


class Adagrad(Optimizer):
    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        foreach=None,
        *,
        maximize=False,
        differentiable=False,
        fused=None,
    ):
        _check_lr(lr)
        _check_not_negative("lr_decay value", lr_decay)
        _check_not_negative("weight_decay value", weight_decay)
        _check_not_negative("initial_accumulator_value value", initial_accumulator_value)
        _check_not_negative("epsilon value", eps)
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            },
        )
        for group in self.param_groups:
            for param in group["params"]:
                self._state_of(param, group)

    def __setstate__(self, state):
        super().__setstate__(state)
        self._set_defaults_of_older_files(
            foreach=None, maximize=False, differentiable=False, fused=None
        )

    def _start(self, param, state, group):
        first = group["initial_accumulator_value"]
        if param.is_complex():
            first = complex(first, first)
        state["step"] = _zero_step()
        state["sum"] = torch.full_like(param, first, memory_format=torch.preserve_format)

    def _update(self, param, grad, state, group):
        state["step"] += 1
        if grad.is_sparse and group["weight_decay"] != 0:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        grad = _decay(param, grad, group)
        step_size = group["lr"] / (1 + (state["step"].item() - 1) * group["lr_decay"])
        if grad.is_sparse:
            self._update_sparse(param, grad.coalesce(), state["sum"], step_size, group["eps"])
            return
        param, grad, total = _real(param, grad, state["sum"])
        total.addcmul_(grad, grad, value=1)
        param.addcdiv_(grad, total.sqrt().add_(group["eps"]), value=-step_size)

    def _update_sparse(self, param, grad, total, step_size, eps):
        indices = grad._indices()
        values = grad._values()
        total.add_(torch.sparse_coo_tensor(indices, values.pow(2), grad.size()))
        scale = total.sparse_mask(grad)._values().sqrt_().add_(eps)
        param.add_(torch.sparse_coo_tensor(indices, values / scale, grad.size()), alpha=-step_size)
