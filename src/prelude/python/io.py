"""Text and bytes in memory that read and write as files."""


class StringIO:
    def __init__(self, initial_value="", newline="\n"):
        self._text = initial_value
        self._at = 0

    def write(self, text):
        self._text = self._text[: self._at] + text + self._text[self._at + len(text) :]
        self._at += len(text)
        return len(text)

    def read(self, size=-1):
        end = len(self._text) if size is None or size < 0 else self._at + size
        piece = self._text[self._at : end]
        self._at += len(piece)
        return piece

    def readline(self):
        end = self._text.find("\n", self._at)
        return self.read(-1 if end < 0 else end + 1 - self._at)

    def readlines(self):
        return list(self)

    def __iter__(self):
        while line := self.readline():
            yield line

    def getvalue(self):
        return self._text

    def seek(self, offset, whence=0):
        self._at = offset if whence == 0 else len(self._text) + offset
        return self._at

    def tell(self):
        return self._at

    def truncate(self, size=None):
        self._text = self._text[: self._at if size is None else size]

    def flush(self):
        pass

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.close()


class BytesIO:
    def __init__(self, initial_bytes=b""):
        self._bytes = initial_bytes
        self._at = 0

    def write(self, data):
        self._bytes = self._bytes[: self._at] + data + self._bytes[self._at + len(data) :]
        self._at += len(data)
        return len(data)

    def read(self, size=-1):
        end = len(self._bytes) if size is None or size < 0 else self._at + size
        piece = self._bytes[self._at : end]
        self._at += len(piece)
        return piece

    def getvalue(self):
        return self._bytes

    def getbuffer(self):
        return self._bytes

    def seek(self, offset, whence=0):
        self._at = offset if whence == 0 else self._at + offset if whence == 1 else len(self._bytes) + offset
        return self._at

    def tell(self):
        return self._at

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.close()
