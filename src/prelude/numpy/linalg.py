"""Linear algebra of arrays."""
import torch
from numpy._tensors import real, result

LinAlgError = torch.linalg.LinAlgError


def norm(x, ord=None, axis=None, keepdims=False):
    return result(torch.linalg.norm(real(x), ord=ord, dim=axis, keepdim=keepdims))


def _of_one(operator):
    return lambda a: result(operator(real(a)))


inv, det, pinv, cholesky = (_of_one(f) for f in (torch.linalg.inv, torch.linalg.det, torch.linalg.pinv, torch.linalg.cholesky))
eigvals, eigvalsh, matrix_rank, cond = (
    _of_one(f) for f in (torch.linalg.eigvals, torch.linalg.eigvalsh, torch.linalg.matrix_rank, torch.linalg.cond)
)


def _of_several(operator):
    return lambda a: tuple(result(part) for part in operator(real(a)))


eig, eigh, qr, slogdet = (_of_several(f) for f in (torch.linalg.eig, torch.linalg.eigh, torch.linalg.qr, torch.linalg.slogdet))


def svd(a, full_matrices=True, compute_uv=True):
    if not compute_uv:
        return result(torch.linalg.svdvals(real(a)))
    return tuple(result(part) for part in torch.linalg.svd(real(a), full_matrices=full_matrices))


def solve(a, b):
    return result(torch.linalg.solve(real(a), real(b)))


def matrix_power(a, n):
    return result(torch.linalg.matrix_power(real(a), n))
