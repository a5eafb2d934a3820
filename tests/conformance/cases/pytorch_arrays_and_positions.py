# What makes no array and says why; positions written into a tensor; a sparse tensor of the values' own dtype.
import warnings

import torch

warnings.simplefilter("ignore")


def tried(what):
    try:
        print(what())
    except Exception as error:
        print(type(error).__name__, error)


conjugate = torch.tensor([1 + 2j]).conj()
graded = torch.tensor([1.0], requires_grad=True)
meta = torch.ones(2, device="meta")
rows = torch.eye(2).to_sparse_csr()
for tensor in (conjugate, conjugate.imag, graded, torch.ones(2).to_sparse(), rows, meta):
    tried(lambda: tensor.numpy())
for tensor in (conjugate, conjugate.imag, graded, rows, torch._efficientzerotensor(2)):
    tried(lambda: tensor.numpy(force=True))

out = torch.empty(0, dtype=torch.long)
print(torch.nonzero(torch.eye(2), out=out) is out, out.tolist())
tried(lambda: torch.nonzero(torch.ones(2), as_tuple=True, out=out))
tried(lambda: torch.nonzero(torch.ones(2), out=torch.empty(0)))

made = torch.sparse_csr_tensor((0, 1, 2), (1, 0), (1, 2), size=(2, 2))
print(made.dtype, made.to_dense().tolist())
print(torch.sparse_csc_tensor([0, 1, 2], [1, 0], [1.0, 2]).dtype)
print(torch.sparse_csr_tensor([0, 1, 2], [1, 0], [True, False]).dtype)
print(torch.sparse_csr_tensor([0, 1, 2], [1, 0], [1, 2], dtype=torch.float16).dtype)
print(torch.Storage([1.0, 2.0]).tolist())
