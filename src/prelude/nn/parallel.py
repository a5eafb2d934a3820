"""torch.nn.parallel: wrappers that put "module." before every key. Here they run on one device."""
from torch.nn.modules.module import Module


class DataParallel(Module):
    """Calls its module; spreading over several GPUs is not done here."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.dim = dim
        self.module = module
        self.device_ids = []

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """Calls its module; there is no process group here."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0, **options):
        super().__init__()
        self.dim = dim
        self.module = module

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)
