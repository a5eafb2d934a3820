"""torch.nn.DataParallel: the module under the name `module`; it runs on one device here."""
from contextlib import contextmanager

from torch.nn.modules.module import Module


class DataParallel(Module):
    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module
        self.device_ids = []

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(DataParallel):
    def __init__(self, module, device_ids=None, output_device=None, dim=0, **options):
        from torch import distributed

        distributed.get_rank()
        if not any([parameter.requires_grad for parameter in module.parameters()]):
            raise RuntimeError("DistributedDataParallel is not needed when a module doesn't have any parameters that require a gradient.")
        super().__init__(module)
        self.device_ids = device_ids
        self.require_backward_grad_sync = True

    @contextmanager
    def no_sync(self):
        kept = self.require_backward_grad_sync
        self.require_backward_grad_sync = False
        try:
            yield
        finally:
            self.require_backward_grad_sync = kept
