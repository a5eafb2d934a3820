"""torch.distributed.checkpoint.filesystem: the folders that distributed checkpoints are."""
import io
import os
import pickle
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.distributed.checkpoint.metadata import (
    BytesStorageMetadata, ChunkStorageMetadata, Metadata, MetadataIndex, StorageMeta, TensorProperties, TensorStorageMetadata,
)


@dataclass
class _StorageInfo:
    """In which file an entry lies, from which byte on."""

    relative_path: str
    offset: int
    length: int
    transform_descriptors: Any = None

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if value is not None}


class _Files:
    """The files of a checkpoint being written, each under another name until all are whole."""

    def __init__(self, folder, single_file):
        self._folder, self._single, self._names, self._file = folder, single_file, [], None

    def put(self, data):
        """Writes the bytes of one entry; where they lie is returned."""
        if self._file is None or not self._single:
            self.close()
            self._names.append(f"__0_{len(self._names)}.distcp")
            self._file = open(self._hidden(self._names[-1]), "wb")
        start = self._file.tell()
        self._file.write(data)
        return _StorageInfo(self._names[-1], start, len(data))

    def close(self):
        if self._file is not None:
            self._file.close()
            self._file = None

    def _hidden(self, name):
        return self._folder / f".{name}.tmp"

    def finish(self, metadata):
        """The old metadata goes first and the new comes last: never one with the files of the other."""
        self.close()
        with open(self._hidden("metadata"), "wb") as file:
            pickle.dump(metadata, file)
        (self._folder / ".metadata").unlink(missing_ok=True)
        for name in self._names:
            os.replace(self._hidden(name), self._folder / name)
        os.replace(self._hidden("metadata"), self._folder / ".metadata")

    def give_up(self):
        self.close()
        for name in self._names + ["metadata"]:
            self._hidden(name).unlink(missing_ok=True)


def _saved(value):
    buffer = io.BytesIO()
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.clone() if value.untyped_storage().nbytes() != value.nbytes else value
    torch.save(value, buffer)
    return buffer.getvalue()


def _described(tensor):
    zeros = torch.Size([0] * tensor.dim())
    chunk = ChunkStorageMetadata(offsets=zeros, sizes=tensor.size())
    return TensorStorageMetadata(TensorProperties.create_from_tensor(tensor), tensor.size(), [chunk])


class _Folder:
    """The folder of a checkpoint."""

    @property
    def checkpoint_id(self):
        return self.path

    def reset(self, checkpoint_id=None):
        if checkpoint_id:
            self.path = Path(checkpoint_id)


class FileSystemWriter(_Folder):
    """Writes a checkpoint into a folder."""

    def __init__(self, path, single_file_per_rank=True, sync_files=True, thread_count=1, per_thread_copy_ahead=10_000_000,
                 cache_staged_state_dict=False, overwrite=True, _extensions=None, serialization_format=None):
        self.path, self.single_file_per_rank, self.overwrite = Path(path), single_file_per_rank, overwrite

    def _write(self, flat, places):
        """The entries of a flat dictionary; `places` says where each was before it was flat."""
        self.path.mkdir(parents=True, exist_ok=True)
        if (self.path / ".metadata").exists():
            if not self.overwrite:
                raise RuntimeError("Checkpoint already exists and self.overwrite=False.")
            warnings.warn(
                f"Detected an existing checkpoint in {self.path}, overwriting since self.overwrite=True. Past version 2.5 of"
                " PyTorch, `overwrite` will default to False. Set this variable to True to maintain this functionality or"
                " False to raise when an existing checkpoint is found.",
                stacklevel=2,
            )
        described, stored = {}, {}
        for name, value in flat.items():
            is_tensor = isinstance(value, torch.Tensor)
            described[name] = _described(value) if is_tensor else BytesStorageMetadata()
        files = _Files(self.path, self.single_file_per_rank)
        try:
            # what is not a tensor comes first, as PyTorch writes it
            for name in sorted(flat, key=lambda name: isinstance(flat[name], torch.Tensor)):
                value = flat[name]
                is_tensor = isinstance(value, torch.Tensor)
                index = MetadataIndex(name, [0] * value.dim(), 0) if is_tensor else MetadataIndex(name)
                stored[index] = files.put(_saved(value))
            meta = StorageMeta(checkpoint_id=self.path, save_id=str(uuid.uuid4()))
            metadata = Metadata(described, places, stored, meta, "1.0.0")
            files.finish(metadata)
        finally:
            files.give_up()
        return metadata


class FileSystemReader(_Folder):
    """Reads a checkpoint out of a folder."""

    def __init__(self, path, _extension_registry=None):
        self.path = Path(path)

    def read_metadata(self):
        with open(self.path / ".metadata", "rb") as file:
            return pickle.load(file)

    def _read(self):
        return torch.load(self.path, weights_only=False)
