"""Arrays as plain bytes and as text in files."""
import os
import torch
from numpy import array, asarray, frombuffer, dtype as _dtype, float64
from numpy._tensors import result, tensor


def fromfile(file, dtype=float, count=-1, sep="", offset=0, *, like=None):
    if sep:
        return _from_text(_read(file, "r"), dtype, count, sep)
    itemsize = _dtype(dtype).itemsize
    if hasattr(file, "read"):
        file.seek(offset, 1)
        data = file.read() if count < 0 else file.read(count * itemsize)
    else:
        with open(file, "rb") as opened:
            opened.seek(offset)
            data = opened.read() if count < 0 else opened.read(count * itemsize)
    # what is left of an element is not an element
    data = data[: len(data) // itemsize * itemsize]
    return frombuffer(data, dtype).copy() if data else frombuffer(b"", dtype)


def _read(file, mode):
    if hasattr(file, "read"):
        data = file.read()
        return data.decode() if isinstance(data, bytes) else data
    with open(file, mode) as opened:
        return opened.read()


def fromstring(string, dtype=float, count=-1, *, sep, like=None):
    if not sep:
        raise ValueError("The binary mode of fromstring is removed, use frombuffer instead")
    return _from_text(string, dtype, count, sep)


def _from_text(text, dtype, count, sep):
    words = text.split() if not sep.strip() else [word for word in text.split(sep.strip()) if word.strip()]
    numbers = [_number(word) for word in (words if count < 0 else words[:count])]
    return array(numbers, dtype=dtype)


def _number(word):
    word = word.strip()
    for kind in (int, float, complex):
        try:
            return kind(word)
        except ValueError:
            pass
    raise ValueError(f"could not convert string {word!r} to float64")


class memmap:
    """An array on a file's own bytes. It is an ndarray: what is written to it with mode 'r+' or 'w+' is in the file."""

    def __new__(cls, filename, dtype="uint8", mode="r+", offset=0, shape=None, order="C"):
        modes = {"readonly": "r", "copyonwrite": "c", "readwrite": "r+", "write": "w+"}
        mode = modes.get(mode, mode)
        if mode not in ("r", "c", "r+", "w+"):
            raise ValueError("mode must be one of ['r', 'c', 'r+', 'w+', 'readonly', 'copyonwrite', 'readwrite', 'write']")
        path, dtype = os.fspath(getattr(filename, "name", filename)), _dtype(dtype)
        if mode == "w+" and shape is None:
            raise ValueError("shape must be given if mode == 'w+'")
        shape = (shape,) if isinstance(shape, int) else shape
        if mode == "w+":
            with open(path, "wb") as made:
                made.seek(max(offset + _count(shape) * dtype.itemsize - 1, 0))
                made.write(b"\0")
        length = os.path.getsize(path)
        if shape is None:
            if (length - offset) % dtype.itemsize:
                raise ValueError("Size of available data is not a multiple of the data-type size.")
            shape = ((length - offset) // dtype.itemsize,)
        used = offset + _count(shape) * dtype.itemsize
        if used > length:
            raise ValueError(f"mmap length is greater than file size: {used} bytes are wanted of {path!r}, which has {length}")
        if used == offset:
            raise ValueError("cannot mmap an empty file")
        found = torch.from_file(path, shared=mode in ("r+", "w+"), size=used, dtype=torch.uint8)[offset:].numpy().view(dtype)
        return found.reshape(tuple(shape)) if order == "C" else found.reshape(tuple(shape)[::-1]).T


def _count(shape):
    count = 1
    for size in shape:
        count *= int(size)
    return count


def loadtxt(fname, dtype=float, comments="#", delimiter=None, converters=None, skiprows=0, usecols=None, unpack=False, ndmin=0,
            encoding=None, max_rows=None, *, quotechar=None, like=None):
    """Numbers in lines of text."""
    rows = []
    usecols = [usecols] if isinstance(usecols, int) else usecols
    for line in _lines(fname)[skiprows:]:
        for mark in [comments] if isinstance(comments, str) else comments or []:
            line = line.split(mark, 1)[0]
        words = line.split(delimiter)
        if not line.strip():
            continue
        if max_rows is not None and len(rows) >= max_rows:
            break
        if usecols is not None:
            words = [words[at] for at in usecols]
        rows.append([_converted(word.strip(), at, converters) for at, word in enumerate(words)])
        if len(rows[-1]) != len(rows[0]):
            raise ValueError(
                f"the number of columns changed from {len(rows[0])} to {len(rows[-1])} at row {len(rows)}; use `usecols` to "
                "select a subset and avoid this error"
            )
    found = array(rows, dtype=dtype) if rows else array([], dtype=dtype)
    if ndmin < 2 and found.ndim == 2 and 1 in found.shape:
        found = found.reshape(-1) if found.size != 1 or ndmin == 1 else found.reshape(())
    found = found.reshape(1, -1) if ndmin == 2 and found.ndim < 2 else found
    return found.T if unpack else found


def _converted(word, at, converters):
    if callable(converters):
        return converters(word)
    return converters[at](word) if converters and at in converters else _number(word)


def _lines(fname):
    if isinstance(fname, (str, os.PathLike)):
        if str(fname).endswith(".gz"):
            import gzip

            with gzip.open(fname, "rt") as opened:
                return opened.read().splitlines()
        with open(fname) as opened:
            return opened.read().splitlines()
    if hasattr(fname, "read"):
        return _read(fname, "r").splitlines()
    return [line.decode() if isinstance(line, bytes) else line for line in fname]


def genfromtxt(fname, dtype=float, comments="#", delimiter=None, skip_header=0, filling_values=float("nan"), usecols=None, **options):
    """As loadtxt; what is missing or no number is a filling value."""
    if options:
        raise NotImplementedError(f"numpy.genfromtxt: this shell does not support {', '.join(options)}")

    def number(word):
        try:
            return _number(word)
        except ValueError:
            return filling_values

    return loadtxt(fname, dtype, comments, delimiter, number, skip_header, usecols)


def savetxt(fname, X, fmt="%.18e", delimiter=" ", newline="\n", header="", footer="", comments="# ", encoding=None):
    """Writes an array as lines of text."""
    X = asarray(X)
    if X.ndim > 2:
        raise ValueError(f"Expected 1D or 2D array, got {X.ndim}D array instead")
    rows = X.reshape(-1, 1) if X.ndim < 2 else X
    fmts = [fmt] * rows.shape[1] if isinstance(fmt, str) else list(fmt)
    if isinstance(fmt, str) and fmt.count("%") > 1:
        line = lambda row: fmt % tuple(row)
    elif len(fmts) != rows.shape[1]:
        raise AttributeError(f"fmt has wrong shape.  {fmt}")
    else:
        line = lambda row: delimiter.join([one % value for one, value in zip(fmts, row)])
    parts = [comments + header.replace("\n", "\n" + comments)] if header else []
    parts += [line(row) for row in rows.tolist()]
    parts += [comments + footer.replace("\n", "\n" + comments)] if footer else []
    text = "".join([part + newline for part in parts])
    if hasattr(fname, "write"):
        try:
            fname.write(text)
        except TypeError:
            fname.write(text.encode())
        return
    if str(fname).endswith(".gz"):
        import gzip

        with gzip.open(fname, "wt") as opened:
            opened.write(text)
        return
    with open(fname, "w") as opened:
        opened.write(text)


__all__ = ["fromfile", "fromstring", "memmap", "loadtxt", "genfromtxt", "savetxt"]
