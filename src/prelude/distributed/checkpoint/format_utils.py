"""torch.distributed.checkpoint.format_utils: a folder as one file, one file as a folder."""
import torch
from torch.distributed.checkpoint._nested import flatten_state_dict
from torch.distributed.checkpoint.filesystem import FileSystemReader, FileSystemWriter


def dcp_to_torch_save(dcp_checkpoint_dir, torch_save_path):
    """Writes what a folder of a distributed checkpoint holds as torch.save does."""
    torch.save(FileSystemReader(dcp_checkpoint_dir)._read(), torch_save_path)


def torch_save_to_dcp(torch_save_path, dcp_checkpoint_dir):
    """Writes what a file of torch.save holds as such a folder."""
    state_dict = torch.load(torch_save_path, weights_only=False)
    FileSystemWriter(dcp_checkpoint_dir)._write(*flatten_state_dict(state_dict))
