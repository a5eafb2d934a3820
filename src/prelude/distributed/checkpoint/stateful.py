"""torch.distributed.checkpoint.stateful: objects that say what is to be saved of them."""


class Stateful:
    """Has state_dict() and load_state_dict(state_dict)."""

    __instancehook__ = staticmethod(lambda value: hasattr(value, "state_dict") and hasattr(value, "load_state_dict"))

    def state_dict(self):
        raise NotImplementedError

    def load_state_dict(self, state_dict):
        raise NotImplementedError
