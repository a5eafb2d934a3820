"""torch.autograd.gradcheck: gradients against differences."""
import torch
from torch.autograd.functional import jacobian


class GradcheckError(RuntimeError):
    pass


def _difference(func, inputs, which, eps):
    """The jacobian of the outputs by one input, from two values of the function for each element."""
    columns = []
    flat = inputs[which].detach().clone().reshape(-1)
    for i in range(flat.numel()):
        ends = []
        for step in (-eps, eps):
            moved = flat.clone()
            moved[i] += step
            args = list(inputs)
            args[which] = moved.view_as(inputs[which])
            with torch.no_grad():
                ends.append(func(*args))
        columns.append(((ends[1] - ends[0]) / (2 * eps)).reshape(-1))
    return torch.stack(columns)


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, **options):
    inputs = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    wanted = [i for i, t in enumerate(inputs) if isinstance(t, torch.Tensor) and t.requires_grad]
    if not wanted:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them"
            " have requires_grad=True."
        )
    outputs = func(*inputs)
    for o in range(len(outputs) if isinstance(outputs, (tuple, list)) else 1):

        def one(*args):
            value = func(*args)
            return value[o] if isinstance(value, (tuple, list)) else value

        for i in wanted:

            def by_one(x):
                args = list(inputs)
                args[i] = x
                return one(*args)

            analytical = jacobian(by_one, inputs[i])
            analytical = analytical.reshape(-1, inputs[i].numel()).t()
            numerical = _difference(one, inputs, i, eps)
            if not torch.allclose(analytical, numerical.to(analytical.dtype), rtol, atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {o} with respect to input {i},\n"
                    f"numerical:{numerical}\nanalytical:{analytical}\n"
                )
    return True
