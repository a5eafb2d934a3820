"""torch.autograd.Function: operators with a gradient of the program's own.

libtorch's graph has no node that calls the program, but hooks do. Every input passes a gate; the result is computed
without gradients and then tied to the gates by an operator that lets nothing through. When gradients come back, what
reaches a gate is replaced by what the function's own backward says.
"""
from collections import OrderedDict

import torch


class FunctionCtx:
    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.saved_tensors = ()
        self._plain = ()
        self._materialize = True

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def save_for_forward(self, *tensors):
        pass

    def mark_dirty(self, *args):
        pass

    def mark_non_differentiable(self, *args):
        self._plain = args

    def set_materialize_grads(self, value):
        self._materialize = value


class Node:
    """What stands in the graph for a function of the program: hooks can be hung on it."""

    def __init__(self):
        self._hooks, self._prehooks = OrderedDict(), OrderedDict()
        self.metadata = {}
        self.next_functions = ()

    def name(self):
        return type(self).__name__

    def register_hook(self, hook):
        return _hung(self._hooks, hook)

    def register_prehook(self, hook):
        return _hung(self._prehooks, hook)


def _hung(hooks, hook):
    from torch.utils.hooks import RemovableHandle

    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


class Function:
    @staticmethod
    def forward(*args, **kwargs):
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with"
            " backward mode AD."
        )

    setup_context = None

    @classmethod
    def apply(cls, *args, **kwargs):
        needed = tuple([isinstance(a, torch.Tensor) and a.requires_grad for a in args])
        ctx = FunctionCtx(needed)
        records = torch.is_grad_enabled() and any(needed)
        with torch.no_grad():
            if cls.setup_context is None:
                output = cls.forward(ctx, *args, **kwargs)
            else:
                output = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, output)
        if not records:
            return output
        tie = _Tie(cls, ctx, args)
        if isinstance(output, tuple):
            return tuple([tie.tied(i, value) for i, value in enumerate(output)])
        return tie.tied(0, output)


class _Tie:
    """What one call leaves behind for the way back."""

    def __init__(self, cls, ctx, args):
        self.cls, self.ctx = cls, ctx
        self.came, self.outputs, self.answers = {}, {}, None
        self.anchor = None
        self.node = type(cls.__name__ + "Backward", (Node,), {"__module__": "torch.autograd.function"})()
        for i, arg in enumerate(args):
            if ctx.needs_input_grad[i]:
                gate = arg.view_as(arg)
                gate.register_hook(self._gate(i))
                link = gate.sum()
                self.anchor = link if self.anchor is None else self.anchor + link.to(self.anchor.dtype)

    def tied(self, i, value):
        if not isinstance(value, torch.Tensor) or not (value.is_floating_point() or value.is_complex()):
            return value
        if any([value is plain for plain in self.ctx._plain]):
            return value
        closed = torch.zeros((), dtype=torch.bool, device=value.device)
        result = torch.where(closed, self.anchor.to(value.dtype), value.detach())
        result.__function__ = self.cls.__name__ + "Backward"
        result.__node__ = self.node
        self.outputs[i] = value.detach()
        result.register_hook(self._output(i))
        return result

    def _output(self, i):
        def came(grad):
            if self.answers is not None:
                self.came, self.answers = {}, None
            self.came[i] = grad

        return came

    def _gate(self, i):
        def replaced(grad):
            if self.answers is None:
                self.answers = self._answered()
            answer = self.answers[i] if i < len(self.answers) else None
            return torch.zeros_like(grad) if answer is None else answer.to(grad.dtype).reshape(grad.shape)

        return replaced

    def _answered(self):
        came = tuple([self.came.get(i) for i in range(max(self.outputs) + 1)])
        for hook in self.node._prehooks.values():
            changed = hook(came)
            if changed is not None:
                came = changed if isinstance(changed, tuple) else (changed,)
        grads = []
        for i, grad in enumerate(came):
            if grad is None and i in self.outputs and self.ctx._materialize:
                grad = torch.zeros_like(self.outputs[i])
            grads.append(grad)
        answers = self.cls.backward(self.ctx, *grads)
        answers = answers if isinstance(answers, tuple) else (answers,)
        for hook in self.node._hooks.values():
            changed = hook(answers, came)
            if changed is not None:
                answers = changed if isinstance(changed, tuple) else (changed,)
        return answers


class InplaceFunction(Function):
    pass


def once_differentiable(function):
    return function
