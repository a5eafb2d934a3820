"""torch.distributed.fsdp: names only; a model of one process needs no shards."""
import _absent

__getattr__, __dir__ = _absent.names(
    "torch.distributed.fsdp",
    "BackwardPrefetch CPUOffload FullOptimStateDictConfig FullStateDictConfig FullyShardedDataParallel LocalOptimStateDictConfig"
    " LocalStateDictConfig MixedPrecision OptimStateDictConfig OptimStateKeyType ShardedOptimStateDictConfig"
    " ShardedStateDictConfig ShardingStrategy StateDictConfig StateDictSettings StateDictType CPUOffloadPolicy FSDPModule"
    " fully_shard MixedPrecisionPolicy OffloadPolicy register_fsdp_forward_method UnshardHandle",
    "this shell is one process",
)
