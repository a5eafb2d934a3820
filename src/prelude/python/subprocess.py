"""Other programs: run, waited for, written to and read from."""
import os

import _process

PIPE, STDOUT, DEVNULL = -1, -2, -3


class SubprocessError(Exception):
    pass


class CalledProcessError(SubprocessError):
    """A program that ended with a status other than 0, or by a signal."""

    def __init__(self, returncode, cmd, output=None, stderr=None):
        super().__init__(returncode, cmd)
        self.returncode, self.cmd, self.output, self.stderr = returncode, cmd, output, stderr

    @property
    def stdout(self):
        return self.output

    @stdout.setter
    def stdout(self, value):
        self.output = value

    def __str__(self):
        if self.returncode and self.returncode < 0:
            import signal

            try:
                name = signal.Signals(-self.returncode)
            except ValueError:
                return f"Command '{self.cmd}' died with unknown signal {-self.returncode}."
            return f"Command '{self.cmd}' died with {name!r}."
        return f"Command '{self.cmd}' returned non-zero exit status {self.returncode}."


class TimeoutExpired(SubprocessError):
    """A program that did not end in time."""

    def __init__(self, cmd, timeout, output=None, stderr=None):
        super().__init__(cmd, timeout)
        self.cmd, self.timeout, self.output, self.stderr = cmd, timeout, output, stderr

    @property
    def stdout(self):
        return self.output

    @stdout.setter
    def stdout(self, value):
        self.output = value

    def __str__(self):
        return f"Command '{self.cmd}' timed out after {self.timeout} seconds"


class CompletedProcess:
    """A program that has ended."""

    def __init__(self, args, returncode, stdout=None, stderr=None):
        self.args, self.returncode, self.stdout, self.stderr = args, returncode, stdout, stderr

    def __repr__(self):
        parts = [f"args={self.args!r}", f"returncode={self.returncode!r}"]
        parts += [f"{name}={value!r}" for name, value in (("stdout", self.stdout), ("stderr", self.stderr)) if value is not None]
        return f"{type(self).__name__}({', '.join(parts)})"

    def check_returncode(self):
        if self.returncode:
            raise CalledProcessError(self.returncode, self.args, self.stdout, self.stderr)


class _TextPipe:
    """A pipe as text, line by line as it comes."""

    def __init__(self, pipe, encoding, errors):
        self._pipe, self.encoding, self.errors = pipe, encoding, errors

    def _text(self, data):
        return data.decode(self.encoding, self.errors).replace("\r\n", "\n").replace("\r", "\n")

    def read(self, size=-1):
        return self._text(self._pipe.read(size))

    def readline(self, size=-1):
        return self._text(self._pipe.readline())

    def readlines(self, hint=-1):
        return list(self)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._pipe.write(text.encode(self.encoding, self.errors))
        return len(text)

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getattr__(self, name):
        return getattr(self._pipe, name)


class _BytePipe(_TextPipe):
    """A pipe as bytes, line by line as they come."""

    def __init__(self, pipe):
        self._pipe = pipe

    def _text(self, data):
        return data

    def write(self, data):
        return self._pipe.write(data)


def _words(args, shell, executable):
    if isinstance(args, (str, bytes)) or hasattr(args, "__fspath__"):
        words = [args]
    else:
        words = list(args)
    if shell:
        words = [executable or "/bin/sh", "-c"] + words
    elif executable is not None:
        raise NotImplementedError("subprocess: executable= without shell=True is not in this shell; name it first in the list")
    return words


class Popen:
    """A program that runs beside this one."""

    def __init__(self, args, bufsize=-1, executable=None, stdin=None, stdout=None, stderr=None, preexec_fn=None, close_fds=True,
                 shell=False, cwd=None, env=None, universal_newlines=None, startupinfo=None, creationflags=0,
                 restore_signals=True, start_new_session=False, pass_fds=(), *, user=None, group=None, extra_groups=None,
                 encoding=None, errors=None, text=None, umask=-1, pipesize=-1, process_group=None):
        refused = {"preexec_fn": preexec_fn, "pass_fds": pass_fds, "user": user, "group": group, "extra_groups": extra_groups}
        for name, value in refused.items():
            if value:
                raise NotImplementedError(f"subprocess: {name}= is not in this shell")
        if None not in (text, universal_newlines) and bool(text) != bool(universal_newlines):
            raise SubprocessError("Cannot disambiguate when both text and universal_newlines are supplied but different."
                                  " Pass one or the other.")
        self.args, self.returncode = args, None
        self.text_mode = bool(encoding or errors or text or universal_newlines)
        self.encoding, self.errors = encoding or "utf-8", errors or "strict"
        own_group = start_new_session or process_group is not None
        variables = dict(os.environ if env is None else env)
        self._process = _process.start(_words(args, shell, executable), cwd, variables, stdin, stdout, stderr, own_group)
        self.pid = self._process.pid
        self.stdin, self.stdout, self.stderr = [
            self._opened(pipe) for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)]

    def _opened(self, pipe):
        if pipe is None:
            return None
        return _TextPipe(pipe, self.encoding, self.errors) if self.text_mode else _BytePipe(pipe)

    def poll(self):
        if self.returncode is None:
            self.returncode = self._process.wait(0)
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None:
            self.returncode = self._process.wait(timeout)
            if self.returncode is None:
                raise TimeoutExpired(self.args, timeout)
        return self.returncode

    def communicate(self, input=None, timeout=None):
        """Writes all of the input, reads all of the output, and waits for the end."""
        if self.stdin is not None and self.stdin.closed and input is None:
            self.stdin = None
        if isinstance(input, str) and self.text_mode:
            input = input.encode(self.encoding, self.errors)
        elif input is not None and not isinstance(input, (bytes, bytearray)):
            raise TypeError(f"a bytes-like object is required, not '{type(input).__name__}'")
        read = self._process.communicate(None if input is None else bytes(input), timeout)
        if read is None:
            raise TimeoutExpired(self.args, timeout)
        self.wait()
        return tuple([self._given(data) for data in read])

    def _given(self, data):
        if data is None or not self.text_mode:
            return data
        return data.decode(self.encoding, self.errors).replace("\r\n", "\n").replace("\r", "\n")

    def send_signal(self, sig):
        if self.poll() is None:
            self._process.signal(int(sig))

    def terminate(self):
        self.send_signal(15)

    def kill(self):
        self.send_signal(9)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pipe in (self.stdout, self.stderr, self.stdin):
            if pipe is not None:
                pipe.close()
        self.wait()

    def __repr__(self):
        shown = repr(self.args)
        return f"<Popen: returncode: {self.returncode} args: {shown if len(shown) <= 80 else shown[:76] + '...'}>"


def run(*popenargs, input=None, capture_output=False, timeout=None, check=False, **kwargs):
    """Runs a program to its end."""
    if input is not None:
        if kwargs.get("stdin") is not None:
            raise ValueError("stdin and input arguments may not both be used.")
        kwargs["stdin"] = PIPE
    if capture_output:
        if kwargs.get("stdout") is not None or kwargs.get("stderr") is not None:
            raise ValueError("stdout and stderr arguments may not be used with capture_output.")
        kwargs["stdout"] = kwargs["stderr"] = PIPE
    process = Popen(*popenargs, **kwargs)
    try:
        stdout, stderr = process.communicate(input, timeout=timeout)
    except TimeoutExpired as error:
        process.kill()
        error.stdout, error.stderr = process.communicate()
        raise
    except BaseException:
        process.kill()
        raise
    if check and process.returncode:
        raise CalledProcessError(process.returncode, process.args, output=stdout, stderr=stderr)
    return CompletedProcess(process.args, process.returncode, stdout, stderr)


def call(*popenargs, timeout=None, **kwargs):
    process = Popen(*popenargs, **kwargs)
    try:
        return process.wait(timeout)
    except BaseException:
        process.kill()
        process.wait()
        raise


def check_call(*popenargs, **kwargs):
    returncode = call(*popenargs, **kwargs)
    if returncode:
        raise CalledProcessError(returncode, kwargs.get("args", popenargs[0] if popenargs else None))
    return 0


def check_output(*popenargs, timeout=None, **kwargs):
    for name in ("stdout", "check"):
        if name in kwargs:
            raise ValueError(f"{name} argument not allowed, it will be overridden.")
    if "input" in kwargs and kwargs["input"] is None:
        kwargs["input"] = "" if kwargs.get("text") or kwargs.get("encoding") or kwargs.get("universal_newlines") else b""
    return run(*popenargs, stdout=PIPE, timeout=timeout, check=True, **kwargs).stdout


def getstatusoutput(cmd, *, encoding=None, errors=None):
    """The status and the output of a line of the system's shell, errors included."""
    done = run(cmd, shell=True, stdout=PIPE, stderr=STDOUT, text=True, encoding=encoding, errors=errors)
    return done.returncode, done.stdout.removesuffix("\n")


def getoutput(cmd, *, encoding=None, errors=None):
    return getstatusoutput(cmd, encoding=encoding, errors=errors)[1]


def list2cmdline(seq):
    """Words as Windows reads them."""
    words = []
    for word in map(os.fsdecode, seq):
        quoted = '"' + word.replace('"', '\\"') + '"'
        words.append(quoted if not word or " " in word or "\t" in word else word.replace('"', '\\"'))
    return " ".join(words)
