"""torch.compiler: nothing is compiled here, functions stay as they are."""


def is_compiling():
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(fn=None, recursive=True, *, reason=None):
    return fn if fn is not None else (lambda fn: fn)


def allow_in_graph(fn):
    return fn


def compile(model=None, **options):
    return model if model is not None else (lambda model: model)


def reset():
    """Nothing is kept."""


def cudagraph_mark_step_begin():
    """Nothing is recorded."""
