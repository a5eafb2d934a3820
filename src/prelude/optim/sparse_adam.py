"""torch.optim.SparseAdam: Adam that moves only the rows for which there is a gradient."""
import math

import torch
from torch.optim.optimizer import Optimizer


class SparseAdam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, maximize=False):
        if isinstance(lr, torch.Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 < lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 < eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for i in range(2):
            if not 0.0 <= betas[i] < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        sparse = []
        for index, group in enumerate(self.param_groups):
            for d_index, param in enumerate(group["params"]):
                if param.is_sparse:
                    sparse.append([index, d_index])
        if sparse:
            raise ValueError(
                f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors"
            )

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                if not param.grad.is_sparse:
                    raise RuntimeError(
                        "SparseAdam does not support dense gradients, please consider Adam instead"
                    )
                self._move(param, group)
        return loss

    def _move(self, param, group):
        state = self.state[param]
        if len(state) == 0:
            state["step"] = 0
            state["exp_avg"] = torch.zeros_like(param)
            state["exp_avg_sq"] = torch.zeros_like(param)
        state["step"] += 1
        grad = -param.grad if group["maximize"] else param.grad
        grad = grad.coalesce()
        values = grad._values()
        if values.numel() == 0:
            return
        indices, size = grad._indices(), grad.size()

        def make_sparse(rows):
            return torch.sparse_coo_tensor(indices, rows, size)

        beta1, beta2 = group["betas"]
        old_avg = state["exp_avg"].sparse_mask(grad)._values()
        new_avg = values.sub(old_avg).mul_(1 - beta1)
        state["exp_avg"].add_(make_sparse(new_avg))
        old_square = state["exp_avg_sq"].sparse_mask(grad)._values()
        new_square = values.pow(2).sub_(old_square).mul_(1 - beta2)
        state["exp_avg_sq"].add_(make_sparse(new_square))

        numer = new_avg.add_(old_avg)
        denom = new_square.add_(old_square).sqrt_().add_(group["eps"])
        bias1 = 1 - beta1 ** state["step"]
        bias2 = 1 - beta2 ** state["step"]
        size_of_step = group["lr"] * math.sqrt(bias2) / bias1
        param.add_(make_sparse(-size_of_step * numer.div_(denom)))
