"""What conversion scripts take from `torch._utils`."""
import numpy as np
import torch
from torch import _utils

print(_utils._import_dotted_name("torch.nn.functional").__name__)
print(_utils._handle_complex(torch.ones(2, dtype=torch.complex64)).shape, _utils._handle_complex(torch.ones(2)).shape)
print(_utils._rebuild_device_tensor_from_numpy(np.arange(3.0), torch.float32, "cpu", True))


class Named:
    @_utils.classproperty
    def title(cls):
        return cls.__name__ + "!"


print(Named.title, Named().title)
