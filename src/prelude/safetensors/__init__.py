"""safetensors: files of tensors, read one tensor at a time."""
import json
import os
import struct

__version__ = "0.8.0"

# the names of kinds of numbers: in a file, in torch
_KINDS = {
    "BOOL": "bool", "I8": "int8", "U8": "uint8", "I16": "int16", "U16": "uint16", "I32": "int32", "U32": "uint32",
    "I64": "int64", "U64": "uint64", "F16": "float16", "F32": "float32", "F64": "float64", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2": "float8_e5m2",
    "F8_E5M2FNUZ": "float8_e5m2fnuz", "F8_E8M0": "float8_e8m0fnu", "F4": "float4_e2m1fn_x2", "C64": "complex64",
}
_CODES = {name: code for code, name in _KINDS.items()}
_FRAMEWORKS = ("pt", "torch", "pytorch", "np", "numpy")


class SafetensorError(Exception):
    pass


class TensorSpec:
    """Where the bytes of one tensor lie, and what they mean: for serialize and serialize_file."""

    def __init__(self, *, dtype, shape, data_ptr, data_len):
        if dtype not in _CODES:
            raise SafetensorError(f'Unknown dtype "{dtype}". Supported dtypes: {", ".join(_CODES)}')
        self.dtype, self.shape = _CODES[dtype], [int(size) for size in shape]
        if self.dtype == "F4" and self.shape:
            self.shape[-1] *= 2
        self.data_ptr, self.data_len = data_ptr, data_len

    def _bytes(self):
        if not self.data_len:
            return b""
        # by way of the system, which refuses an address that is not this program's
        with open("/proc/self/mem", "rb") as memory:
            memory.seek(self.data_ptr)
            return memory.read(self.data_len)


def _bits(code):
    digits = "".join([c for c in code.split("_")[0] if c.isdigit()])
    return int(digits) if digits else 8


def serialize(tensor_dict, metadata=None):
    """The bytes of a file of what the specs describe, the widest numbers first, then by name."""
    for spec in tensor_dict.values():
        if not isinstance(spec, TensorSpec):
            raise TypeError(f"argument 'tensor_dict': '{type(spec).__name__}' object is not an instance of 'TensorSpec'")
    parts = [(-_bits(spec.dtype), name, spec) for name, spec in tensor_dict.items()]
    parts.sort(key=lambda part: part[:2])
    header, data, at = {}, [], 0
    if metadata is not None:
        header["__metadata__"] = metadata
    for _, name, spec in parts:
        needed = _bits(spec.dtype)
        for size in spec.shape:
            needed *= size
        if needed != spec.data_len * 8:
            raise SafetensorError(
                "Error while serializing: invalid shape, data type, or offset for tensor")
        header[name] = {"dtype": spec.dtype, "shape": spec.shape, "data_offsets": [at, at + spec.data_len]}
        data.append(spec._bytes())
        at += spec.data_len
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data)


def serialize_file(tensor_dict, filename, metadata=None):
    """Write what serialize gives, whole or not at all."""
    filename = os.fspath(filename)
    beside = f"{filename}.{os.getpid()}.tmp"
    try:
        with open(beside, "wb") as file:
            file.write(serialize(tensor_dict, metadata))
        os.replace(beside, filename)
    finally:
        if os.path.exists(beside):
            os.remove(beside)


def _header_of(file, of=" header"):
    """The header of a file, its metadata, and where its tensors begin."""

    def wrong(what):
        return SafetensorError(f"Error while deserializing{of}: {what}")

    start = file.read(8)
    if len(start) < 8:
        raise wrong("header too small")
    length, = struct.unpack("<Q", start)
    if length > 100_000_000:
        raise wrong("header too large")
    text = file.read(length)
    if len(text) < length:
        raise wrong("invalid header length")
    try:
        text = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong(f"invalid UTF-8 in header: {error}") from None
    try:
        header = json.loads(text)
    except ValueError as error:
        raise wrong(f"invalid JSON in header: {error}") from None
    if not isinstance(header, dict):
        raise wrong("invalid JSON in header: not a dictionary")
    return header, header.pop("__metadata__", None), 8 + length


def _read_whole(source, device="cpu"):
    """Every tensor of a file; each of its places is looked at."""
    from safetensors._files import load_file

    try:
        return load_file(source, device)
    except ValueError as error:
        raise SafetensorError(f"Error while deserializing header: {error}") from None


def deserialize(data):
    """`[(name, {"shape": …, "dtype": …, "data": …})]` of the bytes of a file."""
    import io

    header, _, start = _header_of(io.BytesIO(data), "")
    _read_whole(io.BytesIO(data))
    found = []
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        part = bytearray(data[start + begin:start + end])
        found.append((name, {"shape": entry["shape"], "dtype": entry["dtype"], "data": part}))
    return found


def _text_of(index):
    if not isinstance(index, slice):
        return str(index)
    return ":".join(["" if part is None else str(part) for part in (index.start, index.stop)])


def _checked(index, shape):
    """An index of an array's slice, which must lie within it, beyond what numpy asks for."""
    if isinstance(index, list):
        if index:
            raise SafetensorError("Non empty lists are not implemented")
        index = slice(0, 0)
    parts = index if isinstance(index, tuple) else (index,)
    for dimension, (part, size) in enumerate(zip(parts, shape)):
        last = part
        if isinstance(part, slice):
            last = part.stop - 1 if isinstance(part.stop, int) else 0
        if not isinstance(last, int) or isinstance(part, slice) and last < size:
            continue
        if last < -size:
            raise SafetensorError(f"Invalid index {part} for dimension {dimension} of size {size}")
        if last >= size:
            asked = ", ".join([_text_of(one) for one in parts])
            raise SafetensorError(
                f"Error during slicing [{asked}] with shape {shape}: index {last} out of bounds for tensor dimension"
                f" #{dimension} of size {size}"
            )
    return index


class _Slice:
    """A tensor of a file, of which only a part may be wanted."""

    def __init__(self, entry, read, check=None):
        self._entry, self._read, self._check = entry, read, check

    def get_shape(self):
        return self._entry["shape"]

    def get_dtype(self):
        return self._entry["dtype"]

    def __getitem__(self, index):
        return self._read()[self._check(index, self._entry["shape"]) if self._check else index]


class safe_open:
    """An open file: keys(), metadata(), get_tensor(name), get_tensors(), get_slice(name)."""

    def __init__(self, filename, framework, device="cpu", *, backend="mmap"):
        filename = os.fspath(filename)
        if framework not in _FRAMEWORKS:
            raise SafetensorError(f"framework {framework} is invalid")
        if backend not in ("mmap", "pread"):
            raise SafetensorError(f'backend "{backend}" is invalid (expected one of: "mmap", "pread")')
        if not os.path.isfile(filename):
            raise FileNotFoundError(f"No such file or directory: {filename}")
        with open(filename, "rb") as file:
            self._header, self._metadata, _ = _header_of(file)
        self._take(filename, framework, device)

    def _take(self, source, framework, device):
        self._numpy = framework in ("np", "numpy")
        self._open, self._tensors = True, _read_whole(source, device)

    def __enter__(self):
        self._check()
        return self

    def __exit__(self, *_):
        self._open, self._tensors = False, None

    def _check(self):
        if not self._open:
            raise SafetensorError("File is closed")

    def metadata(self):
        self._check()
        return self._metadata

    def keys(self):
        self._check()
        return sorted(self._header)

    def offset_keys(self):
        self._check()
        return sorted(self._header, key=lambda name: self._header[name]["data_offsets"])

    def _entry(self, name):
        self._check()
        if name not in self._header:
            raise SafetensorError(f"File does not contain tensor {name}")
        return self._header[name]

    def get_tensor(self, name):
        self._entry(name)
        tensor = self._tensors[name]
        return tensor.numpy() if self._numpy else tensor

    def get_tensors(self):
        return {name: self.get_tensor(name) for name in self.keys()}

    def get_slice(self, name):
        return _Slice(self._entry(name), lambda: self.get_tensor(name), _checked if self._numpy else None)


class _safe_open_handle(safe_open):
    """The same of a file that is open already."""

    def __init__(self, f, framework, device="cpu", *, backend="mmap"):
        import io

        if framework not in _FRAMEWORKS:
            raise SafetensorError(f"framework {framework} is invalid")
        if "b" in getattr(f, "mode", "rb"):
            data = f.read()
        else:
            # what is opened as text is bytes all the same
            with open(f.name, "rb") as file:
                data = file.read()
        self._header, self._metadata, _ = _header_of(io.BytesIO(data))
        self._take(io.BytesIO(data), framework, device)
