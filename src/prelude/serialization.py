"""torch.serialization: load and save by their other home, what weights_only=True lets through, where storages go."""
import copyreg
import os
from enum import Enum

import torch
from torch import load, save
from torch._shell import need_cuda as _need_cuda
from torch.utils.serialization import config

DEFAULT_PROTOCOL = 2
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
STORAGE_KEY_SEPARATOR = ","

_allowed = []
_packages = []


def add_safe_globals(safe_globals):
    _allowed.extend(safe_globals)


def get_safe_globals():
    return list(_allowed)


def clear_safe_globals():
    _allowed.clear()


class safe_globals:
    def __init__(self, safe_globals):
        self.safe_globals = safe_globals

    def __enter__(self):
        self.before = list(_allowed)
        _allowed.extend(self.safe_globals)

    def __exit__(self, *_):
        _allowed[:] = self.before


class SourceChangeWarning(Warning):
    pass


class LoadEndianness(Enum):
    NATIVE = 1
    LITTLE = 2
    BIG = 3


_settings = {"skip_data": False}


def get_default_load_endianness():
    """The order of bytes of files that do not say theirs."""
    return config.load.endianness


def set_default_load_endianness(endianness):
    if endianness is not None and not isinstance(endianness, LoadEndianness):
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    config.load.endianness = endianness


def get_crc32_options():
    """Whether torch.save writes checksums."""
    return config.save.compute_crc32


def set_crc32_options(compute_crc32):
    config.save.compute_crc32 = compute_crc32


def get_default_mmap_options():
    return config.load.mmap_flags


class set_default_mmap_options:
    """Whether what is written into a mapped tensor stays in the program (MAP_PRIVATE, 2), as it always does here."""

    def __init__(self, flags):
        if flags not in (1, 2):
            raise ValueError(f"Invalid argument in function set_default_mmap_options, expected mmap.MAP_PRIVATE or mmap.MAP_SHARED, but got {flags}")
        if flags == 1:
            raise NotImplementedError("MAP_SHARED: this shell never writes into a file that is loaded; copy the tensor and save it")
        self.prev = config.load.mmap_flags
        config.load.mmap_flags = flags

    def __enter__(self):
        pass

    def __exit__(self, *_):
        config.load.mmap_flags = self.prev


class skip_data:
    """torch.save within it writes zeros for the bytes of every tensor: a file of the right shape to be filled later."""

    def __init__(self, materialize_fake_tensors=False):
        if materialize_fake_tensors:
            raise NotImplementedError("skip_data(materialize_fake_tensors=True): there are no fake tensors in this shell")

    def __enter__(self):
        self._before, _settings["skip_data"] = _settings["skip_data"], True

    def __exit__(self, *_):
        _settings["skip_data"] = self._before


def _is_zipfile(f):
    """Whether a file begins as a zip archive; it stays where it is."""
    start = f.tell()
    magic = f.read(4)
    f.seek(start)
    return magic == b"PK\x03\x04"


def _is_path(name_or_buffer):
    return isinstance(name_or_buffer, (str, os.PathLike))


class _opener:
    def __init__(self, file_like):
        self.file_like = file_like

    def __enter__(self):
        return self.file_like

    def __exit__(self, *args):
        pass


class _open_file(_opener):
    def __init__(self, name, mode):
        super().__init__(open(name, mode))

    def __exit__(self, *args):
        self.file_like.close()


class _open_buffer_reader(_opener):
    def __init__(self, buffer):
        super().__init__(buffer)
        _check_seekable(buffer)


class _open_buffer_writer(_opener):
    def __exit__(self, *args):
        self.file_like.flush()


class _open_zipfile_reader(_opener):
    """The records of an archive, by PyTorch's own reader's names."""

    def __init__(self, name_or_buffer):
        super().__init__(torch._C.PyTorchFileReader(name_or_buffer))


class _open_zipfile_writer(_opener):
    """An archive of records, which is whole when the `with` ends."""

    def __init__(self, name_or_buffer):
        super().__init__(torch._C.PyTorchFileWriter(name_or_buffer))

    def __exit__(self, *args):
        self.file_like.write_end_of_file()


def _open_file_like(name_or_buffer, mode):
    """A context for a path, which is opened and closed, or for a file, which is left open."""
    if _is_path(name_or_buffer):
        return _open_file(name_or_buffer, mode)
    if "w" in mode:
        return _open_buffer_writer(name_or_buffer)
    if "r" in mode:
        return _open_buffer_reader(name_or_buffer)
    raise RuntimeError(f"Expected 'r' or 'w' in mode but got {mode}")


def _check_seekable(f):
    for name in ("seek", "tell"):
        if not hasattr(f, name):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute '{name}'. You can only torch.load from a file that is seekable."
                " Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
            )
    return True


def _get_layout(name):
    return getattr(torch, name.removeprefix("torch."))


def normalize_storage_type(storage_type):
    """The class of storages that torch has under the name of this one."""
    return getattr(torch, storage_type.__name__)


def storage_to_tensor_type(storage):
    return getattr(torch, type(storage).__name__.replace("Storage", "Tensor"))


def location_tag(storage):
    """Where a storage lies, as files say it."""
    for _, tagger, _ in _packages:
        location = tagger(storage)
        if location:
            return location
    return str(storage.device)


def validate_cuda_device(location):
    """The number of a GPU that is here."""
    _need_cuda()
    index = torch.device(location).index or 0
    if index >= torch.cuda.device_count():
        raise RuntimeError(
            f"Attempting to deserialize object on CUDA device {index} but torch.cuda.device_count() is"
            f" {torch.cuda.device_count()}. Please use torch.load with map_location to map your storages to an existing device."
        )
    return index


def default_restore_location(storage, location):
    """A storage where its file says that it belongs; `map_location` functions end with it."""
    for _, _, deserializer in _packages:
        placed = deserializer(storage, location)
        if placed is not None:
            return placed
    kind = str(location).split(":")[0]
    if kind == "cpu":
        return storage
    if kind == "cuda":
        return storage.to(device=torch.device("cuda", validate_cuda_device(location)))
    if kind == "meta":
        return storage.to(device="meta")
    raise RuntimeError(f"don't know how to restore data location of {type(storage).__module__}.{type(storage).__qualname__} (tagged with {location})")


def register_package(priority, tagger, deserializer):
    """Another kind of place: what names it and what puts a storage there. The lowest priority is asked first."""
    _packages.append((priority, tagger, deserializer))
    _packages.sort(key=lambda package: package[0])


def check_module_version_greater_or_equal(module, req_version_tuple, error_if_malformed=True):
    numbers = tuple([int(part) for part in module.__version__.split(".")[: len(req_version_tuple)] if part.isdigit()])
    return numbers >= tuple(req_version_tuple)
