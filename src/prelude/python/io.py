"""Text and bytes in memory that read and write as files."""

SEEK_SET, SEEK_CUR, SEEK_END = 0, 1, 2


class UnsupportedOperation(OSError, ValueError):
    pass


class IOBase:
    """What both have."""

    closed = False

    def close(self):
        self.closed = True

    def _check(self):
        if self.closed:
            raise ValueError("I/O operation on closed file" if isinstance(self, StringIO) else "I/O operation on closed file.")

    def flush(self):
        self._check()

    def readable(self):
        self._check()
        return True

    writable = seekable = readable

    def isatty(self):
        return False

    def fileno(self):
        raise UnsupportedOperation("fileno")

    def tell(self):
        self._check()
        return self._at

    def readlines(self, hint=-1):
        return list(self)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __iter__(self):
        self._check()
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __enter__(self):
        self._check()
        return self

    def __exit__(self, *rest):
        self.close()


class RawIOBase(IOBase):
    pass


class BufferedIOBase(IOBase):
    pass


class TextIOBase(IOBase):
    pass


def _others(file, *own):
    """The attributes that a program has set on a file."""
    return {name: value for name, value in file.__dict__.items() if name not in own} or None


def _checked(state, kind, parts):
    if not isinstance(state, tuple) or len(state) < parts or not isinstance(state[0], kind):
        raise TypeError(f"malformed state of a file in memory: {type(state).__name__}")
    at = state[parts - 2]
    if not isinstance(at, int) or at < 0:
        raise ValueError("position value cannot be negative")
    return state[:parts]


def _end(length, at, size):
    return length if size is None or size < 0 else min(at + size, length)


class StringIO(TextIOBase):
    """The text is in pieces while it is only written: joined when it is looked at."""

    encoding = errors = None

    def __init__(self, initial_value="", newline="\n"):
        if initial_value is not None and not isinstance(initial_value, str):
            raise TypeError(f"initial_value must be str or None, not {type(initial_value).__name__}")
        self._pieces = []
        self._text = initial_value or ""
        self._at = 0

    def _joined(self):
        if self._pieces:
            self._text += "".join(self._pieces)
            self._pieces = []
        return self._text

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"string argument expected, got {type(text).__name__!r}")
        self._check()
        if self._pieces or self._at == len(self._text):
            self._pieces.append(text)
        else:
            old = self._text
            if self._at > len(old):
                old += "\0" * (self._at - len(old))
            self._text = old[: self._at] + text + old[self._at + len(text) :]
        self._at += len(text)
        return len(text)

    def read(self, size=-1):
        self._check()
        text = self._joined()
        end = _end(len(text), self._at, size)
        piece = text[self._at : end]
        self._at += len(piece)
        return piece

    def readline(self, size=-1):
        self._check()
        text = self._joined()
        end = text.find("\n", self._at)
        end = len(text) if end < 0 else end + 1
        if size is not None and size >= 0:
            end = min(end, self._at + size)
        return self.read(max(end - self._at, 0))

    def getvalue(self):
        self._check()
        return self._joined()

    def __getstate__(self):
        return self.getvalue(), "\n", self._at, _others(self, "_pieces", "_text", "_at")

    def __setstate__(self, state):
        text, _newline, at, others = _checked(state, str, 4)
        self._pieces, self._text, self._at = [], text, at
        self.__dict__.update(others or {})

    def seek(self, offset, whence=0):
        self._check()
        text = self._joined()
        if whence == 0 and offset < 0:
            raise ValueError(f"Negative seek position {offset}")
        if whence != 0 and offset:
            raise OSError("Can't do nonzero cur-relative seeks")
        self._at = offset if whence == 0 else self._at if whence == 1 else len(text)
        return self._at

    def truncate(self, size=None):
        self._check()
        size = self._at if size is None else size
        self._text = self._joined()[:size]
        return size


class BytesIO(BufferedIOBase):
    def __init__(self, initial_bytes=b""):
        self._pieces = []
        self._bytes = bytes(initial_bytes) if initial_bytes else b""
        self._at = 0

    def _joined(self):
        if self._pieces:
            self._bytes += b"".join(self._pieces)
            self._pieces = []
        return self._bytes

    def write(self, data):
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        self._check()
        data = bytes(data)
        if self._pieces or self._at == len(self._bytes):
            self._pieces.append(data)
        else:
            old = self._bytes
            if self._at > len(old):
                old += b"\0" * (self._at - len(old))
            self._bytes = old[: self._at] + data + old[self._at + len(data) :]
        self._at += len(data)
        return len(data)

    def read(self, size=-1):
        self._check()
        data = self._joined()
        piece = data[self._at : _end(len(data), self._at, size)]
        self._at += len(piece)
        return piece

    read1 = read

    def readinto(self, buffer):
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def readline(self, size=-1):
        data = self._joined()
        end = data.find(b"\n", self._at)
        end = len(data) if end < 0 else end + 1
        if size is not None and size >= 0:
            end = min(end, self._at + size)
        return self.read(max(end - self._at, 0))

    def getvalue(self):
        self._check()
        return self._joined()

    def getbuffer(self):
        return _View(self.getvalue())

    def __getstate__(self):
        return self.getvalue(), self._at, _others(self, "_pieces", "_bytes", "_at")

    def __setstate__(self, state):
        data, at, others = _checked(state, bytes, 3)
        self._pieces, self._bytes, self._at = [], data, at
        self.__dict__.update(others or {})

    def seek(self, offset, whence=0):
        self._check()
        base = 0 if whence == 0 else self._at if whence == 1 else len(self._joined())
        if whence == 0 and offset < 0:
            raise ValueError(f"negative seek value {offset}")
        self._at = max(base + offset, 0)
        return self._at

    def truncate(self, size=None):
        size = self._at if size is None else size
        self._bytes = self._joined()[:size]
        return size


class _View(bytes):
    """`getbuffer()`: the bytes, with their number as a memoryview has it."""

    @property
    def nbytes(self):
        return len(self)

    def tobytes(self):
        return bytes(self)

    def release(self):
        pass


class TextIOWrapper(TextIOBase):
    """Text over a file of bytes."""

    def __init__(self, buffer, encoding="utf-8", errors="strict", newline=None, line_buffering=False, write_through=False):
        self.buffer = buffer
        self.encoding, self.errors = encoding or "utf-8", errors
        self._pending = None

    def write(self, text):
        self.buffer.write(text.encode(self.encoding, self.errors))
        return len(text)

    def _text(self):
        if self._pending is None:
            text = self.buffer.read().decode(self.encoding, self.errors)
            self._pending = StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
        return self._pending

    def read(self, size=-1):
        return self._text().read(size)

    def readline(self, size=-1):
        return self._text().readline(size)

    def flush(self):
        if hasattr(self.buffer, "flush"):
            self.buffer.flush()

    def seek(self, offset, whence=0):
        self._pending = None
        return self.buffer.seek(offset, whence)

    def tell(self):
        return self.buffer.tell()

    def detach(self):
        return self.buffer

    def close(self):
        self.closed = True
        self.buffer.close()


open = open
BufferedReader = BufferedWriter = BufferedRandom = BufferedIOBase
FileIO = RawIOBase
DEFAULT_BUFFER_SIZE = 8192
