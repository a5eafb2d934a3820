"""torch.utils.serialization: how torch.save and torch.load do what they do."""
from torch.utils.serialization import config
