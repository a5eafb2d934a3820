"""The debugger, by name: there is none."""


def set_trace(*args, **kwargs):
    raise NotImplementedError("this shell has no debugger: run the script with -i and look at its variables when it ends, or print them")


def post_mortem(*args):
    set_trace()


pm = run = runcall = set_trace
