"""Operators of sparse tensors."""
import torch
from torch._C import _sparse

mm = _sparse._sparse_mm
sampled_addmm = _sparse.sparse_sampled_addmm
spdiags = _sparse._spdiags


def addmm(mat, mat1, mat2, *, beta=1, alpha=1):
    return torch._sparse_addmm(mat, mat1, mat2, beta=beta, alpha=alpha)


def sum(input, dim=None, dtype=None):
    options = {} if dtype is None else {"dtype": dtype}
    return torch._sparse_sum(input, **options) if dim is None else torch._sparse_sum(input, dim, **options)


def softmax(input, dim, *, dtype=None):
    return _sparse._sparse_softmax(input, dim, dtype=dtype)


def log_softmax(input, dim, *, dtype=None):
    return _sparse._sparse_log_softmax(input, dim, dtype=dtype)
