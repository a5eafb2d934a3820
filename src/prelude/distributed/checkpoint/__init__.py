"""torch.distributed.checkpoint: checkpoints as folders, read and written by one process."""
import warnings

import torch
from torch.distributed import is_initialized
from torch.distributed.checkpoint._nested import flatten_state_dict, set_element
from torch.distributed.checkpoint.filesystem import FileSystemReader, FileSystemWriter
from torch.distributed.checkpoint.metadata import (
    BytesStorageMetadata, ChunkStorageMetadata, Metadata, MetadataIndex, TensorStorageMetadata,
)


class CheckpointException(BaseException):
    """What went wrong, by the number of the process."""

    def __init__(self, msg, failures):
        super().__init__(msg, failures)
        self._failures = failures

    @property
    def failures(self):
        return self._failures

    def __str__(self):
        lines = [f"CheckpointException ranks:{self._failures.keys()}"]
        for rank, error in self._failures.items():
            lines.append(f"Traceback (most recent call last): (RANK {rank})\n{type(error).__name__}: {error}")
        return "\n".join(lines) + "\n"


class DefaultSavePlanner:
    """What is saved: everything, once."""

    def __init__(self, flatten_state_dict=True, flatten_sharded_tensors=True, dedup_replicated_tensors=None,
                 dedup_save_to_lowest_rank=False, enable_plan_caching=False):
        self.flatten_state_dict = flatten_state_dict


class DefaultLoadPlanner:
    """What is loaded: every entry of the dictionary, or those that the checkpoint has (allow_partial_load)."""

    def __init__(self, flatten_state_dict=True, flatten_sharded_tensors=True, allow_partial_load=False):
        self.flatten_state_dict, self.allow_partial_load = flatten_state_dict, allow_partial_load


def _alone(what):
    if not is_initialized():
        warnings.warn(
            "torch.distributed is disabled, unavailable or uninitialized, assuming the intent is to"
            f" {what} in a single process.", stacklevel=3)


def _storage(given, checkpoint_id, kind):
    if given is None:
        if not checkpoint_id:
            raise RuntimeError("`checkpoint_id` must be specified if storage_reader/storage_writer is None.")
        return kind(checkpoint_id)
    given.reset(checkpoint_id)
    return given


def _is_stateful(value):
    return hasattr(value, "state_dict") and hasattr(value, "load_state_dict")


def save(state_dict, *, checkpoint_id=None, storage_writer=None, planner=None, process_group=None, no_dist=False,
         use_collectives=True):
    """Writes a nested dictionary of tensors and values as a folder."""
    _alone("save")
    writer = _storage(storage_writer, checkpoint_id, FileSystemWriter)
    plain = {key: value.state_dict() if _is_stateful(value) else value for key, value in state_dict.items()}
    try:
        if planner is None or planner.flatten_state_dict:
            return writer._write(*flatten_state_dict(plain))
        return writer._write(plain, None)
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointException("save", {0: error}) from error


def save_state_dict(state_dict, storage_writer, process_group=None, coordinator_rank=0, no_dist=False, planner=None):
    return save(state_dict, storage_writer=storage_writer, planner=planner)


class _Done:
    """What async_save gives: it has been saved."""

    def __init__(self, value):
        self._value = value

    def result(self, timeout=None):
        return self._value

    def done(self):
        return True

    def add_done_callback(self, fn):
        fn(self)


def async_save(state_dict, *, checkpoint_id=None, storage_writer=None, planner=None, process_group=None, **options):
    """As save, at once; a future of what it gives."""
    return _Done(save(state_dict, checkpoint_id=checkpoint_id, storage_writer=storage_writer, planner=planner))


def _fill(state_dict, reader, partial):
    """Puts what the checkpoint has into the tensors and the places of a nested dictionary."""
    saved, _ = flatten_state_dict(reader._read())
    own, places = flatten_state_dict(state_dict)
    found = []
    for name, value in own.items():
        if name not in saved:
            if partial:
                continue
            raise RuntimeError(f"Missing key in checkpoint state_dict: {name}.")
        new = saved[name]
        if isinstance(value, torch.Tensor) and isinstance(new, torch.Tensor) and value.size() != new.size():
            raise ValueError(f"Size mismatch between saved {new.size()} and current: {value.size()} for {name}")
        found.append((name, value, new))
    for name, value, new in found:
        if isinstance(value, torch.Tensor) and isinstance(new, torch.Tensor):
            value.detach().copy_(new)
        else:
            set_element(state_dict, places[name], new)


def load(state_dict, *, checkpoint_id=None, storage_reader=None, planner=None, process_group=None, no_dist=False):
    """Fills a nested dictionary from such a folder: tensors keep their place, other values are replaced."""
    _alone("load")
    reader = _storage(storage_reader, checkpoint_id, FileSystemReader)
    plain = {key: value.state_dict() if _is_stateful(value) else value for key, value in state_dict.items()}
    try:
        _fill(plain, reader, planner is not None and planner.allow_partial_load)
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointException("load", {0: error}) from error
    for key, value in list(state_dict.items()):
        if _is_stateful(value):
            value.load_state_dict(plain[key])
        else:
            state_dict[key] = plain[key]


def load_state_dict(state_dict, storage_reader, process_group=None, coordinator_rank=0, no_dist=False, planner=None):
    return load(state_dict, storage_reader=storage_reader, planner=planner)
