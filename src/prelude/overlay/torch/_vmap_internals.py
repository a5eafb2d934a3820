"""The older home of vmap."""
from torch.func import vmap

_vmap = vmap
