"""torch.optim.Adafactor: steps scaled by row and column averages of the squared gradient."""
import torch
from torch.optim.optimizer import Optimizer, _zero_step


class Adafactor(Optimizer):
    _no_sparse = "Adafactor does not support sparse gradients"

    def __init__(
        self,
        params,
        lr=1e-2,
        beta2_decay=-0.8,
        eps=(None, 1e-3),
        d=1.0,
        weight_decay=0.0,
        *,
        foreach=None,
        maximize=False,
    ):
        if isinstance(lr, torch.Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not 0.0 >= beta2_decay:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not 0.0 <= eps[0]:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not 0.0 <= eps[1]:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not 1.0 <= d:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(
            params,
            {
                "lr": lr,
                "beta2_decay": beta2_decay,
                "eps": eps,
                "d": d,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
            },
        )

    def _start(self, param, state, group):
        state["step"] = _zero_step()
        grad = param.grad
        if grad.dim() > 1:
            rows, columns = list(grad.shape), list(grad.shape)
            rows[-1] = columns[-2] = 1
            state["row_var"] = grad.new_zeros(rows)
            state["col_var"] = grad.new_zeros(columns)
        else:
            state["variance"] = torch.zeros_like(grad)

    def _update(self, param, grad, state, group):
        least, least_scale = group["eps"]
        if least is None:
            least = torch.finfo(param.dtype).eps
        state["step"] += 1
        step = state["step"].item()
        fresh = step ** group["beta2_decay"]
        rho = min(group["lr"], 1 / (step**0.5))
        alpha = max(least_scale, param.norm(2).item() / (param.numel() ** 0.5)) * rho
        if group["weight_decay"] != 0:
            param.mul_(1 - group["lr"] * group["weight_decay"])
        estimate = self._estimate(grad, state, fresh, least)
        update = estimate.clamp_(min=least * least).rsqrt_()
        update.mul_(grad)
        denom = max(1.0, update.norm(2).item() / ((update.numel() ** 0.5) * group["d"]))
        param.add_(update, alpha=-alpha / denom)

    def _estimate(self, grad, state, fresh, least):
        if grad.dim() <= 1:
            state["variance"].lerp_(grad * grad, fresh)
            return state["variance"].clone()
        rows, columns = state["row_var"], state["col_var"]
        mean = torch.norm(grad, dim=-1, keepdim=True).square_().div_(grad.size(-1))
        rows.lerp_(mean, fresh)
        mean = torch.norm(grad, dim=-2, keepdim=True).square_().div_(grad.size(-2))
        columns.lerp_(mean, fresh)
        estimate = rows @ columns
        return estimate.div_(rows.mean(dim=-2, keepdim=True).clamp_(min=least))
