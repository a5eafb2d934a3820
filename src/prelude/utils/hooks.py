"""torch.utils.hooks: handles that take a hook away again."""


class RemovableHandle:
    """What a register_*_hook method returns; remove() or leaving a with block ends the hook."""

    next_id = 0

    def __init__(self, hooks_dict, *, extra_dict=None):
        self.hooks_dict = hooks_dict
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        self.extra_dict = extra_dict or []

    def remove(self):
        self.hooks_dict.pop(self.id, None)
        for marks in self.extra_dict:
            marks.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, type, value, traceback):
        self.remove()
