"""torch.distributed.checkpoint.api: its exception by its other home."""
from torch.distributed.checkpoint import CheckpointException
