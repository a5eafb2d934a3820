"""Calling a module that has hooks."""


class LoadPreHook:
    """A load_state_dict pre-hook, with the module it belongs to where it asked for it."""

    def __init__(self, hook, module=None):
        self.hook = hook
        self.module = module

    def __call__(self, *args, **kwargs):
        if self.module is not None:
            return self.hook(self.module, *args, **kwargs)
        return self.hook(*args, **kwargs)


def call_with_hooks(module, args, kwargs):
    called = set()
    try:
        args, kwargs = _run_pre_hooks(module, args, kwargs)
        watching = module._backward_hooks or module._backward_pre_hooks
        watch = _BackwardWatch(module) if watching else None
        if watch is not None:
            args = watch.inputs(args)
        result = module.forward(*args, **kwargs)
        for id, hook in list(module._forward_hooks.items()):
            called.add(id)
            result = _run_forward_hook(module, id, hook, args, kwargs, result)
        if watch is not None:
            result = watch.outputs(result)
        return result
    except Exception:
        for id, hook in list(module._forward_hooks.items()):
            if id in module._forward_hooks_always_called and id not in called:
                _run_forward_hook(module, id, hook, args, kwargs, None)
        raise


def _run_pre_hooks(module, args, kwargs):
    for id, hook in list(module._forward_pre_hooks.items()):
        if id in module._forward_pre_hooks_with_kwargs:
            result = hook(module, args, kwargs)
            if result is None:
                continue
            if not isinstance(result, tuple) or len(result) != 2:
                raise RuntimeError(
                    "forward pre-hook must return None or a tuple "
                    f"of (new_args, new_kwargs), but got {result}."
                )
            args, kwargs = result
        else:
            result = hook(module, args)
            if result is not None:
                args = result if isinstance(result, tuple) else (result,)
    return args, kwargs


def _run_forward_hook(module, id, hook, args, kwargs, result):
    if id in module._forward_hooks_with_kwargs:
        changed = hook(module, args, kwargs, result)
    else:
        changed = hook(module, args, result)
    return result if changed is None else changed


class _BackwardWatch:
    """Gathers the gradients of one call's outputs and inputs for the backward hooks."""

    def __init__(self, module):
        self.module = module
        self.grad_output = ()
        self.input_grads = []

    def inputs(self, args):
        args = list(args)
        self.input_grads = [None] * len(args)
        tracked = [i for i, arg in enumerate(args) if getattr(arg, "requires_grad", False)]
        self.pending = len(tracked)
        self.has_inputs = bool(tracked)
        for i in tracked:
            # a view of its own, so that another user of the same tensor is not seen here
            args[i] = args[i].view_as(args[i])
            args[i].register_hook(self._input_hook(i))
        return tuple(args)

    def outputs(self, result):
        single = not isinstance(result, (tuple, list))
        results = [result] if single else list(result)
        tracked = [i for i, r in enumerate(results) if getattr(r, "requires_grad", False)]
        self.output_grads = [None] * len(results)
        self.waiting = len(tracked)
        for i in tracked:
            results[i] = results[i].view_as(results[i])
            results[i].register_hook(self._output_hook(i))
        return results[0] if single else type(result)(results)

    def _output_hook(self, i):
        def hook(grad):
            self.output_grads[i] = grad
            self.waiting -= 1
            if self.waiting == 0:
                self.grad_output = tuple(self.output_grads)
                for pre_hook in self.module._backward_pre_hooks.values():
                    changed = pre_hook(self.module, self.grad_output)
                    if changed is not None:
                        self.grad_output = changed if isinstance(changed, tuple) else (changed,)
                if not self.has_inputs:
                    self._finish()
            return self.grad_output[i] if self.waiting == 0 else None

        return hook

    def _input_hook(self, i):
        def hook(grad):
            self.input_grads[i] = grad
            self.pending -= 1
            if self.pending == 0:
                return self._finish()[i]
            return None

        return hook

    def _finish(self):
        grad_input = tuple(self.input_grads)
        for hook in self.module._backward_hooks.values():
            changed = hook(self.module, grad_input, self.grad_output)
            if changed is not None:
                grad_input = changed if isinstance(changed, tuple) else (changed,)
        return grad_input
