"""Arrays of other shapes, joined, cut, repeated."""
import torch
from numpy import asarray, concatenate, stack
from numpy._tensors import pair, result, tensor


def reshape(a, shape):
    return result(tensor(a).reshape(shape))


def ravel(a):
    return result(tensor(a).reshape(-1))


def transpose(a, axes=None):
    a = tensor(a)
    return result(a.permute(*(reversed(range(a.dim())) if axes is None else axes)))


permute_dims = transpose


def swapaxes(a, axis1, axis2):
    return result(tensor(a).transpose(axis1, axis2))


def moveaxis(a, source, destination):
    return result(torch.movedim(tensor(a), source, destination))


def squeeze(a, axis=None):
    return result(tensor(a).squeeze() if axis is None else tensor(a).squeeze(axis))


def expand_dims(a, axis):
    a = tensor(a)
    for place in sorted([axis] if isinstance(axis, int) else axis):
        a = a.unsqueeze(place)
    return result(a)


def broadcast_to(array, shape):
    return result(tensor(array).expand(shape))


def atleast_1d(*arys):
    made = tuple([result(torch.atleast_1d(tensor(a))) for a in arys])
    return made[0] if len(made) == 1 else made


def atleast_2d(*arys):
    made = tuple([result(torch.atleast_2d(tensor(a))) for a in arys])
    return made[0] if len(made) == 1 else made


def atleast_3d(*arys):
    made = tuple([result(torch.atleast_3d(tensor(a))) for a in arys])
    return made[0] if len(made) == 1 else made


def take_along_axis(arr, indices, axis=-1):
    return result(torch.take_along_dim(tensor(arr), tensor(indices), dim=axis))


def vstack(tup):
    return result(torch.vstack([tensor(a) for a in tup]))


def hstack(tup):
    return result(torch.hstack([tensor(a) for a in tup]))


def dstack(tup):
    return result(torch.dstack([tensor(a) for a in tup]))


def column_stack(tup):
    return result(torch.column_stack([tensor(a) for a in tup]))


def append(arr, values, axis=None):
    arr, values = pair(arr, values)
    if axis is None:
        arr, values, axis = arr.flatten(), values.flatten(), 0
    return result(torch.cat([arr, values], axis))


def split(ary, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int) and tensor(ary).shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def array_split(ary, indices_or_sections, axis=0):
    parts = indices_or_sections if isinstance(indices_or_sections, int) else list(indices_or_sections)
    return [result(part) for part in torch.tensor_split(tensor(ary), parts, dim=axis)]


def tile(A, reps):
    return result(torch.tile(tensor(A), (reps,) if isinstance(reps, int) else tuple(reps)))


def repeat(a, repeats, axis=None):
    repeats = repeats if isinstance(repeats, int) else tensor(repeats)
    return result(torch.repeat_interleave(tensor(a), repeats, dim=axis))


def flip(m, axis=None):
    m = tensor(m)
    axes = range(m.dim()) if axis is None else [axis] if isinstance(axis, int) else axis
    return result(torch.flip(m, list(axes)))


def flipud(m):
    return flip(m, 0)


def fliplr(m):
    return flip(m, 1)


def roll(a, shift, axis=None):
    return result(torch.roll(tensor(a), shift, axis))


def rot90(m, k=1, axes=(0, 1)):
    return result(torch.rot90(tensor(m), k, axes))


def eye(N, M=None, k=0, dtype=None):
    found = torch.zeros(N, N if M is None else M, dtype=torch.float64)
    found.diagonal(k).fill_(1)
    array = result(found)
    return array if dtype is None else array.astype(dtype)


def identity(n, dtype=None):
    return eye(n, dtype=dtype)


def full_like(a, fill_value, dtype=None):
    array = result(torch.full_like(tensor(a), fill_value))
    return array if dtype is None else array.astype(dtype)


def empty_like(a, dtype=None):
    return full_like(a, 0, dtype)


def diag(v, k=0):
    return result(torch.diag(tensor(v), k))


def diagonal(a, offset=0):
    return result(torch.diagonal(tensor(a), offset))


def tril(m, k=0):
    return result(torch.tril(tensor(m), k))


def triu(m, k=0):
    return result(torch.triu(tensor(m), k))


def pad(array, pad_width, mode="constant", constant_values=0):
    if mode != "constant":
        raise NotImplementedError("numpy.pad: this shell supports only mode='constant'")
    array = tensor(array)
    widths = [pad_width] * array.dim() if isinstance(pad_width, int) else list(pad_width)
    widths = [(w, w) if isinstance(w, int) else tuple(w) for w in widths]
    if array.dim() == 1 and len(widths) == 2 and isinstance(pad_width[0], int):
        widths = [tuple(pad_width)]
    sizes = [end for before, after in reversed(widths) for end in (before, after)]
    return result(torch.nn.functional.pad(array, sizes, value=constant_values))


def meshgrid(*xi, indexing="xy"):
    return tuple(result(grid) for grid in torch.meshgrid(*[tensor(x) for x in xi], indexing=indexing))


def take(a, indices, axis=None):
    a, indices = tensor(a), tensor(indices)
    if axis is None:
        return result(a.flatten()[indices])
    parts = torch.index_select(a, axis, indices.flatten())
    return result(parts.reshape(a.shape[:axis] + indices.shape + a.shape[axis:][1:]))


def delete(arr, obj, axis=None):
    arr = tensor(arr)
    if axis is None:
        arr, axis = arr.flatten(), 0
    kept = torch.ones(arr.shape[axis], dtype=torch.bool)
    kept[obj if isinstance(obj, int) else tensor(obj)] = False
    return result(torch.index_select(arr, axis, torch.nonzero(kept).flatten()))


def copy(a):
    return asarray(a).copy()


__all__ = [name for name in globals() if not name.startswith("_") and name not in ("torch", "pair", "result", "tensor", "asarray", "concatenate", "stack")]
