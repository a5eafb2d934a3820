# A tensor on a storage shares its memory: bytes are whatever is asked for, numbers are of their own dtype only.
import warnings

import torch

warnings.simplefilter("ignore")


def tried(what):
    try:
        print(what())
    except Exception as error:
        print(type(error).__name__, error)


a = torch.arange(6.0)
typed, untyped = a.double().storage(), a.untyped_storage()
tried(lambda: torch.tensor(typed))
tried(lambda: torch.tensor(typed, dtype=torch.float64))
tried(lambda: torch.tensor(typed, dtype=torch.float16))
tried(lambda: torch.tensor(untyped))
tried(lambda: torch.tensor(untyped, dtype=torch.float32))
tried(lambda: torch.tensor(untyped, dtype=torch.int32))
tried(lambda: torch.as_tensor(a.storage()))
tried(lambda: torch.Tensor(typed))
tried(lambda: torch.DoubleTensor(a.storage()))
tried(lambda: torch.DoubleTensor(typed))
tried(lambda: a.new_tensor(typed))

tried(lambda: torch.tensor([]).set_(typed))
tried(lambda: torch.tensor([]).set_(source=typed))
tried(lambda: torch.tensor([]).set_(typed, 1, (2,), (1,)))
tried(lambda: torch.tensor([], dtype=torch.bool).set_(typed))
tried(lambda: torch.tensor([], dtype=torch.int64).set_(typed))
tried(lambda: torch.tensor([], dtype=torch.float64).set_(typed, 1, (2,), (1,)))
tried(lambda: torch.tensor([]).set_(typed.untyped()))
tried(lambda: torch.tensor([]).set_(a[2:4]))
tried(lambda: torch.ones(2).set_())

for place, made in enumerate([torch.tensor(a.storage()), torch.Tensor(a.storage()), torch.FloatTensor(untyped)]):
    made[place] = 9
print(a)
