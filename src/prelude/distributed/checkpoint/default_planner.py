"""torch.distributed.checkpoint.default_planner: what is saved and loaded."""
from torch.distributed.checkpoint import DefaultLoadPlanner, DefaultSavePlanner


class _EmptyStateDictLoadPlanner(DefaultLoadPlanner):
    """All that the checkpoint has."""

    def __init__(self, keys=None):
        super().__init__()
        self.keys = keys
