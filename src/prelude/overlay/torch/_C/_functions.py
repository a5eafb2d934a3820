"""What a function of the program is made of, and steps of the graph that PyTorch's own functions are made of."""
import torch

_FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been"
    " freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify"
    " retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors"
    " after calling backward."
)


class _Kept:
    """A tensor that waits for the way back. A result of the function itself is kept without its graph, which holds it."""

    def __init__(self, tensor, results):
        self.result = next((i for i, value in enumerate(results) if value is tensor), None)
        own = tensor is not None and self.result is not None and tensor.grad_fn is not None
        self.tensor = tensor.detach() if own else tensor
        self.result = self.result if own else None
        self.version = None if tensor is None or tensor.is_inference() else tensor._version

    @staticmethod
    def _maker(tensor):
        maker = tensor.grad_fn
        return "" if maker is None else f", which is output {tensor.output_nr} of {maker.name().split('::')[-1]},"

    def value(self, step):
        tensor = self.tensor
        if tensor is None:
            return None
        if self.version is not None and tensor._version != self.version:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation:"
                f" [{tensor.type()} {list(tensor.shape)}]{self._maker(tensor)} is at version {tensor._version}; expected version"
                f" {self.version} instead. Hint: enable anomaly detection to find the operation that failed to compute"
                " its gradient, with torch.autograd.set_detect_anomaly(True)."
            )
        if self.result is None:
            return tensor
        return torch._C._step_result(step, tensor.detach(), self.result)


def _tuple_of_tensors(cls, name, given):
    if given is None:
        return ()
    given = given if isinstance(given, tuple) else (given,)
    for i, value in enumerate(given):
        if not isinstance(value, torch.Tensor):
            raise TypeError(f"{name} only accepts input tensors, but argument {i} is of type {type(value).__name__}")
    return given


class _FunctionBase:
    """The step of the graph: `apply` of a function makes one, and hands it to `forward` and `backward` as `ctx`."""

    needs_input_grad = ()
    materialize_grads = True
    dirty_tensors = to_save = non_differentiable = None
    _step = None
    _kept = ()
    _inputs = _outputs = ()

    @classmethod
    def apply(cls, *args):
        ctx = cls._backward_cls()
        ctx.needs_input_grad = tuple([isinstance(a, torch.Tensor) and a.requires_grad for a in args])
        records = torch.is_grad_enabled() and any(ctx.needs_input_grad)
        own_context = torch.autograd.function._is_setup_context_defined(cls.setup_context)
        with torch.no_grad():
            output = cls.forward(*args) if own_context else cls.forward(ctx, *args)
            if own_context:
                cls.setup_context(ctx, args, output)
        return ctx._tied(args, output, records)

    def _tied(self, args, output, records):
        values = output if isinstance(output, tuple) else (output,)
        self._inputs = tuple([isinstance(a, torch.Tensor) for a in args])
        name = type(self).__name__
        places = [i for i, value in enumerate(values) if isinstance(value, torch.Tensor)]
        dirty = _tuple_of_tensors(self, "mark_dirty", self.dirty_tensors)
        plain = _tuple_of_tensors(self, "mark_non_differentiable", self.non_differentiable)
        if any([d is not value for d in dirty for value in [next((v for v in values if v is d), None)]]):
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output. The"
                               " inputs that are modified inplace must all be outputs of the Function.")
        inputs = tuple([a for a in args if isinstance(a, torch.Tensor)])
        given = tuple([values[i] for i in places])
        self._step, results = torch._C._step(self if records else None, name, inputs, plain, dirty, given)
        values = list(values)
        for place, result in zip(places, results):
            values[place] = result
        if records:
            self._outputs = tuple([(v.shape, v.dtype, v.device) if isinstance(v, torch.Tensor) else None for v in values])
            self._keep(given, values)
        self.dirty_tensors = self.to_save = self.non_differentiable = None
        return tuple(values) if isinstance(output, tuple) else values[0]

    def _keep(self, given, results):
        saved = self.to_save
        if saved is None:
            return
        if not isinstance(saved, tuple):
            raise TypeError(f"saved_tensors argument is expected to be a tuple, but is {type(saved).__name__}")
        for i, tensor in enumerate(saved):
            if tensor is not None and not isinstance(tensor, torch.Tensor):
                raise TypeError(
                    "save_for_backward can only save variables, but argument"
                    f" {i} is of type {type(tensor).__name__}"
                )
        self._kept = tuple([_Kept(tensor, results) for tensor in saved])

    def _released(self):
        self._kept = None if self._kept else self._kept

    def _answered(self, grads):
        numbers = iter([i for i, info in enumerate(self._outputs) if info is not None])
        came = [None] * len(self._outputs)
        for grad in grads:
            came[next(numbers)] = grad
        for i, info in enumerate(self._outputs):
            if came[i] is None and info is not None and self.materialize_grads:
                came[i] = torch.zeros(info[0], dtype=info[1], device=info[2])
        answers = self.apply(*came)
        answers = answers if isinstance(answers, tuple) else (answers,)
        wanted, name = len(self._inputs), type(self).__name__
        if len(answers) > wanted and all([a is None for a in answers[wanted:]]):
            answers = answers[:wanted]
        if len(answers) != wanted:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {wanted}, got {len(answers)})"
            )
        for i, (answer, is_tensor) in enumerate(zip(answers, self._inputs)):
            if answer is not None and not is_tensor:
                raise RuntimeError(
                    f"function {name} returned a gradient different from None at position {i + 1}, but the corresponding"
                    " forward input was not a Variable"
                )
        return tuple([answer for answer, is_tensor in zip(answers, self._inputs) if is_tensor])

    @property
    def saved_tensors(self):
        if self._kept is None:
            raise RuntimeError(_FREED)
        return tuple([kept.value(self._step) for kept in self._kept])

    saved_variables = saved_tensors

    @property
    def next_functions(self):
        return torch._C._step_node(self._step).next_functions

    @property
    def metadata(self):
        return self.__dict__.setdefault("_metadata", {})

    def name(self):
        return type(self).__name__

    def register_hook(self, hook):
        return torch._C._step_node(self._step).register_hook(hook)

    def register_prehook(self, hook):
        return torch._C._step_node(self._step).register_prehook(hook)

    def __call__(self, *grads):
        return self._answered(grads)


class DelayedError:
    """Lets tensors through; whoever goes back through them is told the text."""

    def __init__(self, text, count):
        self._text = text.decode() if isinstance(text, bytes) else text

    def __call__(self, *tensors):
        class Error(torch.autograd.function.Function):
            @staticmethod
            def forward(ctx, *values):
                return tuple([None if value is None else value.view_as(value) for value in values])

            @staticmethod
            def backward(ctx, *grads):
                raise RuntimeError(text)

        text = self._text
        Error._backward_cls.__name__ = "DelayedError"
        return Error.apply(*tensors)


class UndefinedGrad:
    """Lets tensors through; nothing comes back."""

    def __call__(self, *tensors):
        class Undefined(torch.autograd.function.Function):
            @staticmethod
            def forward(ctx, *values):
                return tuple([value.view_as(value) for value in values])

            @staticmethod
            def backward(ctx, *grads):
                return tuple([None for _ in grads])

        results = Undefined.apply(*tensors)
        return results if len(results) > 1 else results[0]
