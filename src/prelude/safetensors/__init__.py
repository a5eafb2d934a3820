"""safetensors: files of tensors, read one tensor at a time."""
import json
import os
import struct


class SafetensorError(Exception):
    pass


class _Slice:
    """A tensor of a file, of which only a part may be wanted."""

    def __init__(self, entry, read):
        self._entry = entry
        self._read = read

    def get_shape(self):
        return self._entry["shape"]

    def get_dtype(self):
        return self._entry["dtype"]

    def __getitem__(self, index):
        return self._read()[index]


class safe_open:
    """An open file: keys(), metadata(), get_tensor(name), get_slice(name)."""

    def __init__(self, filename, framework, device="cpu"):
        filename = str(filename)
        if framework not in ("pt", "torch", "pytorch", "np", "numpy"):
            raise SafetensorError(f"framework {framework} is invalid")
        if not os.path.isfile(filename):
            raise FileNotFoundError(f"No such file or directory: {filename}")
        self._filename, self._device = filename, device
        self._numpy = framework in ("np", "numpy")
        self._tensors = None
        with open(filename, "rb") as file:
            length, = struct.unpack("<Q", file.read(8))
            self._header = json.loads(file.read(length).decode("utf-8"))
        self._metadata = self._header.pop("__metadata__", None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tensors = None

    def metadata(self):
        return self._metadata

    def keys(self):
        return sorted(self._header)

    def offset_keys(self):
        return sorted(self._header, key=lambda name: self._header[name]["data_offsets"])

    def _entry(self, name):
        if name not in self._header:
            raise SafetensorError(f"File does not contain tensor {name}")
        return self._header[name]

    def get_tensor(self, name):
        from safetensors._files import load_file

        self._entry(name)
        if self._tensors is None:
            self._tensors = load_file(self._filename, self._device)
        tensor = self._tensors[name]
        return tensor.numpy() if self._numpy else tensor

    def get_slice(self, name):
        return _Slice(self._entry(name), lambda: self.get_tensor(name))
