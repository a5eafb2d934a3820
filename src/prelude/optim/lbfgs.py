"""torch.optim.LBFGS: steps along what past gradients tell of the curvature."""
import torch
from torch.optim.optimizer import Optimizer


def _cubic_interpolate(x1, f1, g1, x2, f2, g2, bounds=None):
    """Where the cubic through two points with these slopes is least, within the bounds."""
    if bounds is not None:
        low, high = bounds
    else:
        low, high = (x1, x2) if x1 <= x2 else (x2, x1)
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    d2_square = d1**2 - g1 * g2
    if d2_square < 0:
        return (low + high) / 2.0
    d2 = d2_square.sqrt()
    if x1 <= x2:
        least = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    else:
        least = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(least, low), high)


def _strong_wolfe(evaluate, x, t, d, f, g, gtd, c1=1e-4, c2=0.9, tolerance_change=1e-9, max_ls=25):
    """A step length after which the loss is lower and flatter: loss, gradient, length, evaluations."""
    d_norm = d.abs().max()
    g = g.clone()
    f_new, g_new = evaluate(x, t, d)
    evaluations = 1
    gtd_new = g_new.dot(d)

    t_prev, f_prev, g_prev, gtd_prev = 0, f, g, gtd
    done = False
    tries = 0
    while tries < max_ls:
        if f_new > (f + c1 * t * gtd) or (tries > 1 and f_new >= f_prev):
            bracket, bracket_f = [t_prev, t], [f_prev, f_new]
            bracket_g, bracket_gtd = [g_prev, g_new.clone()], [gtd_prev, gtd_new]
            break
        if abs(gtd_new) <= -c2 * gtd:
            bracket, bracket_f, bracket_g = [t], [f_new], [g_new]
            done = True
            break
        if gtd_new >= 0:
            bracket, bracket_f = [t_prev, t], [f_prev, f_new]
            bracket_g, bracket_gtd = [g_prev, g_new.clone()], [gtd_prev, gtd_new]
            break
        least_step = t + 0.01 * (t - t_prev)
        largest_step = t * 10
        before = t
        t = _cubic_interpolate(
            t_prev, f_prev, gtd_prev, t, f_new, gtd_new, bounds=(least_step, largest_step)
        )
        t_prev, f_prev, g_prev, gtd_prev = before, f_new, g_new.clone(), gtd_new
        f_new, g_new = evaluate(x, t, d)
        evaluations += 1
        gtd_new = g_new.dot(d)
        tries += 1

    if tries == max_ls:
        bracket, bracket_f, bracket_g = [0, t], [f, f_new], [g, g_new]

    stalled = False
    low, high = (0, 1) if bracket_f[0] <= bracket_f[-1] else (1, 0)
    while not done and tries < max_ls:
        if abs(bracket[1] - bracket[0]) * d_norm < tolerance_change:
            break
        t = _cubic_interpolate(
            bracket[0],
            bracket_f[0],
            bracket_gtd[0],
            bracket[1],
            bracket_f[1],
            bracket_gtd[1],
        )
        # not too near an end twice
        margin = 0.1 * (max(bracket) - min(bracket))
        if min(max(bracket) - t, t - min(bracket)) < margin:
            if stalled or t >= max(bracket) or t <= min(bracket):
                if abs(t - max(bracket)) < abs(t - min(bracket)):
                    t = max(bracket) - margin
                else:
                    t = min(bracket) + margin
                stalled = False
            else:
                stalled = True
        else:
            stalled = False

        f_new, g_new = evaluate(x, t, d)
        evaluations += 1
        gtd_new = g_new.dot(d)
        tries += 1
        if f_new > (f + c1 * t * gtd) or f_new >= bracket_f[low]:
            bracket[high], bracket_f[high] = t, f_new
            bracket_g[high], bracket_gtd[high] = g_new.clone(), gtd_new
            low, high = (0, 1) if bracket_f[0] <= bracket_f[1] else (1, 0)
        else:
            if abs(gtd_new) <= -c2 * gtd:
                done = True
            elif gtd_new * (bracket[high] - bracket[low]) >= 0:
                bracket[high], bracket_f[high] = bracket[low], bracket_f[low]
                bracket_g[high], bracket_gtd[high] = bracket_g[low], bracket_gtd[low]
            bracket[low], bracket_f[low] = t, f_new
            bracket_g[low], bracket_gtd[low] = g_new.clone(), gtd_new

    if len(bracket) == 1:
        low = 0
    return bracket_f[low], bracket_g[low], bracket[low], evaluations


class LBFGS(Optimizer):
    """Needs a closure that computes the loss again: step(closure)."""

    def __init__(
        self,
        params,
        lr=1,
        max_iter=20,
        max_eval=None,
        tolerance_grad=1e-7,
        tolerance_change=1e-9,
        history_size=100,
        line_search_fn=None,
    ):
        if isinstance(lr, torch.Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]
        self._numel_cache = None

    def _gather_flat_grad(self):
        views = []
        for p in self._params:
            if p.grad is None:
                view = p.new(p.numel()).zero_()
            elif p.grad.is_sparse:
                view = p.grad.to_dense().view(-1)
            else:
                view = p.grad.view(-1)
            views.append(torch.view_as_real(view).view(-1) if torch.is_complex(view) else view)
        return torch.cat(views, 0)

    def _add_grad(self, step_size, direction):
        at = 0
        for p in self._params:
            real = torch.view_as_real(p) if torch.is_complex(p) else p
            count = real.numel()
            real.add_(direction[at : at + count].view_as(real), alpha=step_size)
            at += count

    def _directional_evaluate(self, closure, x, t, d):
        self._add_grad(t, d)
        loss = float(closure())
        flat_grad = self._gather_flat_grad()
        for p, kept in zip(self._params, x):
            p.copy_(kept)
        return loss, flat_grad

    def _direction(self, state, group, flat_grad):
        """The next direction, and with it what is remembered of the past."""
        if state["n_iter"] == 1:
            state.update(d=flat_grad.neg(), old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return
        y = flat_grad.sub(state["prev_flat_grad"])
        s = state["d"].mul(state["t"])
        ys = y.dot(s)
        dirs, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
        if ys > 1e-10:
            if len(dirs) == group["history_size"]:
                dirs.pop(0)
                steps.pop(0)
                ro.pop(0)
            dirs.append(y)
            steps.append(s)
            ro.append(1.0 / ys)
            state["H_diag"] = ys / y.dot(y)
        if state.get("al") is None:
            state["al"] = [None] * group["history_size"]
        al = state["al"]
        q = flat_grad.neg()
        for i in range(len(dirs) - 1, -1, -1):
            al[i] = steps[i].dot(q) * ro[i]
            q.add_(dirs[i], alpha=-al[i])
        d = torch.mul(q, state["H_diag"])
        for i in range(len(dirs)):
            be_i = dirs[i].dot(d) * ro[i]
            d.add_(steps[i], alpha=al[i] - be_i)
        state["d"] = d

    def _search(self, closure, state, group, loss, flat_grad, t, gtd):
        """Moves along the direction: loss, gradient, length, evaluations."""
        d = state["d"]
        if group["line_search_fn"] is not None:
            if group["line_search_fn"] != "strong_wolfe":
                raise RuntimeError("only 'strong_wolfe' is supported")
            start = [p.clone() for p in self._params]

            def evaluate(x, t, d):
                return self._directional_evaluate(closure, x, t, d)

            loss, flat_grad, t, evaluations = _strong_wolfe(
                evaluate, start, t, d, loss, flat_grad, gtd
            )
            self._add_grad(t, d)
            return loss, flat_grad, t, evaluations
        self._add_grad(t, d)
        if state["iterations"] == group["max_iter"]:
            return loss, flat_grad, t, 0
        with torch.enable_grad():
            loss = float(closure())
        return loss, self._gather_flat_grad(), t, 1

    @torch.no_grad()
    def step(self, closure):
        """One step of up to max_iter iterations; gives the loss that it started from."""
        if len(self.param_groups) != 1:
            raise AssertionError("LBFGS only supports a single parameter group")
        closure = torch.enable_grad()(closure)
        group = self.param_groups[0]
        lr = group["lr"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        orig_loss = closure()
        loss = float(orig_loss)
        evaluations = 1
        state["func_evals"] += 1
        flat_grad = self._gather_flat_grad()
        flat = flat_grad.abs().max() <= group["tolerance_grad"]
        if flat:
            return orig_loss

        iterations = 0
        now = {name: state.get(name) for name in _KEPT}
        now["n_iter"] = state["n_iter"]
        while iterations < group["max_iter"]:
            iterations += 1
            now["n_iter"] += 1
            state["n_iter"] = now["n_iter"]
            now["iterations"] = iterations
            self._direction(now, group, flat_grad)
            if now["prev_flat_grad"] is None:
                now["prev_flat_grad"] = flat_grad.clone()
            else:
                now["prev_flat_grad"].copy_(flat_grad)
            now["prev_loss"] = prev_loss = loss

            t = min(1.0, 1.0 / flat_grad.abs().sum()) * lr if now["n_iter"] == 1 else lr
            now["t"] = t
            gtd = flat_grad.dot(now["d"])
            if gtd > -group["tolerance_change"]:
                break
            loss, flat_grad, t, more = self._search(
                closure, now, group, loss, flat_grad, t, gtd
            )
            now["t"] = t
            flat = more > 0 and flat_grad.abs().max() <= group["tolerance_grad"]
            evaluations += more
            state["func_evals"] += more

            if iterations == group["max_iter"] or evaluations >= group["max_eval"] or flat:
                break
            if now["d"].mul(t).abs().max() <= group["tolerance_change"]:
                break
            if abs(loss - prev_loss) < group["tolerance_change"]:
                break

        if now["al"] is not None:
            state["al"] = now["al"]
        for name in _KEPT[1:]:
            state[name] = now[name]
        return orig_loss


# in the order in which PyTorch's state lists them; `al` is there once there is a past
_KEPT = ("al", "d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")
