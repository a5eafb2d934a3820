"""A prompt within a program, by name: the shell's own prompt is the one there is."""


def interact(banner=None, readfunc=None, local=None, exitmsg=None):
    raise NotImplementedError("code.interact() is not in this shell; `torchsh -i script.py` gives a prompt after the script")


def compile_command(source, filename="<input>", symbol="single"):
    return compile(source, filename, "exec" if symbol == "single" else symbol)


class InteractiveInterpreter:
    """Runs text over names of its own."""

    def __init__(self, locals=None):
        self.locals = {"__name__": "__console__", "__doc__": None} if locals is None else locals

    def runsource(self, source, filename="<input>", symbol="single"):
        exec(source, self.locals)
        return False

    def runcode(self, code):
        exec(code, self.locals)


class InteractiveConsole(InteractiveInterpreter):
    def __init__(self, locals=None, filename="<console>"):
        super().__init__(locals)

    def interact(self, banner=None, exitmsg=None):
        interact()
