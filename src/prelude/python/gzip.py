"""Files compressed by gzip."""
import builtins
import io
import zlib


class BadGzipFile(OSError):
    pass


def compress(data, compresslevel=9, *, mtime=None):
    return zlib.compress(data, compresslevel, 31)


def decompress(data):
    if data and not data.startswith(b"\x1f\x8b"):
        raise BadGzipFile(f"Not a gzipped file ({data[:2]!r})")
    return zlib.decompress(data, 31) if data else b""


class GzipFile(io.BytesIO):
    """A file in memory, unpacked when it is opened to read, packed when it is closed after writing."""

    def __init__(self, filename=None, mode="rb", compresslevel=9, fileobj=None, mtime=None):
        self.name, self.mode, self._level, self._file = filename, mode, compresslevel, fileobj
        self._writes = mode[:1] in "wax"
        super().__init__(b"" if self._writes else decompress(self._packed()))

    def _packed(self):
        if self._file is not None:
            return self._file.read()
        with builtins.open(self.name, "rb") as file:
            return file.read()

    def close(self):
        if self.closed:
            return
        if self._writes:
            packed = compress(self.getvalue(), self._level)
            if self._file is not None:
                self._file.write(packed)
            else:
                with builtins.open(self.name, self.mode[:1] + "b") as file:
                    file.write(packed)
        super().close()

    def __exit__(self, *_):
        self.close()


class _Text(io.StringIO):
    def __init__(self, file, encoding):
        self._packed_file, self._encoding = file, encoding
        super().__init__("" if file._writes else file.read().decode(encoding))

    def close(self):
        if self.closed:
            return
        if self._packed_file._writes:
            self._packed_file.write(self.getvalue().encode(self._encoding))
        self._packed_file.close()
        super().close()

    def __exit__(self, *_):
        self.close()


def open(filename, mode="rb", compresslevel=9, encoding=None, errors=None, newline=None):
    if "t" in mode and "b" in mode:
        raise ValueError(f"Invalid mode: {mode!r}")
    is_file = hasattr(filename, "read") or hasattr(filename, "write")
    given = (None, mode.replace("t", ""), compresslevel, filename) if is_file else (filename, mode.replace("t", ""), compresslevel)
    file = GzipFile(*given)
    return _Text(file, encoding or "utf-8") if "t" in mode else file
