"""torch.nn.parallel: what training on several devices wraps around a model."""
from torch.nn.parallel.data_parallel import DataParallel, DistributedDataParallel
