"""What multiprocessing has, and what starts the processes of a training."""

from _in_order import tell
from multiprocessing import *
from multiprocessing import __getattr__


def spawn(fn, args=(), nprocs=1, join=True, daemon=False, start_method="spawn"):
    """Calls the function with each number of a process, one after the other."""
    if nprocs > 1:
        tell("torch.multiprocessing.spawn")
    for rank in range(nprocs):
        fn(rank, *args)


def set_sharing_strategy(new_strategy):
    """Nothing is shared between processes."""


def get_sharing_strategy():
    return "file_descriptor"


def get_all_sharing_strategies():
    return {"file_descriptor", "file_system"}
