"""torch.distributed in a world of one process: what is gathered and reduced over all is what this one has."""

import os
from enum import Enum

from torch import Tensor


class ReduceOp:
    """How tensors of all processes become one."""

    class RedOpType(Enum):
        SUM = 0
        AVG = 1
        PRODUCT = 2
        MIN = 3
        MAX = 4
        BAND = 5
        BOR = 6
        BXOR = 7
        PREMUL_SUM = 8
        UNUSED = 9


for _op in ReduceOp.RedOpType:
    setattr(ReduceOp, _op.name, _op)


class Backend(str):
    GLOO, NCCL, MPI, UCC, UNDEFINED = "gloo", "nccl", "mpi", "ucc", "undefined"


class ProcessGroup:
    """The processes that work together: here, this one."""

    def __init__(self, ranks=(0,)):
        self._ranks = list(ranks)

    def rank(self):
        return 0

    def size(self):
        return 1


class Work:
    """What was begun, and is done."""

    def wait(self, timeout=None):
        return True

    def is_completed(self):
        return True

    def is_success(self):
        return True


class GroupMember:
    WORLD = None
    NON_GROUP_MEMBER = -100


group = GroupMember
DistError = DistBackendError = RuntimeError
_backend = None


def is_available():
    return True


def is_initialized():
    return GroupMember.WORLD is not None


def is_gloo_available():
    return True


def is_nccl_available():
    return False


def is_mpi_available():
    return False


def is_ucc_available():
    return False


def is_torchelastic_launched():
    return os.environ.get("TORCHELASTIC_RUN_ID") is not None


def is_backend_available(backend):
    return backend.lower() == "gloo"


def _from_environment(name, given):
    if given >= 0:
        return given
    text = os.environ.get(name)
    if text is None:
        raise ValueError(f"Error initializing torch.distributed using env:// rendezvous: environment variable {name} expected, but not set")
    return int(text)


def init_process_group(backend=None, init_method=None, timeout=None, world_size=-1, rank=-1, store=None, group_name="",
                       pg_options=None, device_id=None):
    """Begins the group. More than one process is refused: there is only this one."""
    global _backend
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    rank = _from_environment("RANK", rank)
    size = _from_environment("WORLD_SIZE", world_size)
    if size != 1 or rank != 0:
        raise NotImplementedError(f"rank {rank} of {size} processes: this shell is one process; use world_size=1, rank=0")
    _backend = (backend or "gloo").lower()
    GroupMember.WORLD = ProcessGroup()


def destroy_process_group(group=None):
    global _backend
    assert is_initialized() or group is not None, "Process group cannot be None"
    if group is None or group is GroupMember.WORLD:
        GroupMember.WORLD = _backend = None


def _check():
    if not is_initialized():
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")


def get_rank(group=None):
    _check()
    return 0


def get_world_size(group=None):
    _check()
    return 1


def get_backend(group=None):
    _check()
    return _backend


def get_process_group_ranks(group=None):
    return [0]


def get_global_rank(group, group_rank):
    return 0


def get_group_rank(group, global_rank):
    return 0


def new_group(ranks=None, timeout=None, backend=None, pg_options=None, **options):
    _check()
    return ProcessGroup(ranks or [0])


def _done(async_op):
    return Work() if async_op else None


def barrier(group=None, async_op=False, device_ids=None):
    _check()
    return _done(async_op)


def monitored_barrier(group=None, timeout=None, wait_all_ranks=False):
    _check()


def all_reduce(tensor, op=ReduceOp.SUM, group=None, async_op=False):
    """The tensor stays: there are no others."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"Invalid function argument. Expected parameter `tensor` of type torch.Tensor\n             but got {type(tensor)} instead.")
    _check()
    return _done(async_op)


def reduce(tensor, dst=None, op=ReduceOp.SUM, group=None, async_op=False, group_dst=None):
    return all_reduce(tensor, op, group, async_op)


def broadcast(tensor, src=None, group=None, async_op=False, group_src=None):
    return all_reduce(tensor, ReduceOp.SUM, group, async_op)


def all_gather(tensor_list, tensor, group=None, async_op=False):
    _check()
    tensor_list[0].copy_(tensor)
    return _done(async_op)


def all_gather_into_tensor(output_tensor, input_tensor, group=None, async_op=False):
    _check()
    output_tensor.copy_(input_tensor.reshape(output_tensor.shape))
    return _done(async_op)


reduce_scatter_tensor = all_gather_into_tensor
all_to_all_single = all_gather_into_tensor


def gather(tensor, gather_list=None, dst=None, group=None, async_op=False, group_dst=None):
    return all_gather(gather_list or [tensor], tensor, group, async_op)


def scatter(tensor, scatter_list=None, src=None, group=None, async_op=False, group_src=None):
    return all_gather([tensor], scatter_list[0] if scatter_list else tensor, group, async_op)


def reduce_scatter(output, input_list, op=ReduceOp.SUM, group=None, async_op=False):
    return all_gather([output], input_list[0], group, async_op)


def all_to_all(output_tensor_list, input_tensor_list, group=None, async_op=False):
    return all_gather(output_tensor_list, input_tensor_list[0], group, async_op)


def all_gather_object(object_list, obj, group=None):
    import copy

    _check()
    object_list[0] = copy.deepcopy(obj)


def gather_object(obj, object_gather_list=None, dst=None, group=None, group_dst=None):
    all_gather_object(object_gather_list if object_gather_list is not None else [None], obj)


def broadcast_object_list(object_list, src=None, group=None, device=None, group_src=None):
    _check()


def scatter_object_list(scatter_object_output_list, scatter_object_input_list=None, src=None, group=None, group_src=None):
    all_gather_object(scatter_object_output_list, scatter_object_input_list[0])


def _alone(*args, **kwargs):
    _check()
    raise NotImplementedError("there is no other process to send to or to hear from: this shell is one process")


send = recv = isend = irecv = _alone
