"""torch.nn.functional: dropout."""
import warnings

import torch

# what is defined here is known as a part of that module
__name__ = "torch.nn.functional"


def _check(p):
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input, p=0.5, training=True, inplace=False):
    _check(p)
    return torch.dropout_(input, p, training) if inplace else torch.dropout(input, p, training)


def alpha_dropout(input, p=0.5, training=False, inplace=False):
    _check(p)
    operator = torch.alpha_dropout_ if inplace else torch.alpha_dropout
    return operator(input, p, training)


def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    _check(p)
    operator = torch.feature_alpha_dropout_ if inplace else torch.feature_alpha_dropout
    return operator(input, p, training)


def _drop_channels(input, p, training, inplace, add_batch):
    operator = torch.feature_dropout_ if inplace else torch.feature_dropout
    if not add_batch:
        return operator(input, p, training)
    input = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    result = operator(input, p, training)
    return result.squeeze_(0) if inplace else result.squeeze(0)


def dropout1d(input, p=0.5, training=True, inplace=False):
    _check(p)
    rank = input.dim()
    if rank not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {rank}D input. Note that"
            " dropout1d exists to provide channel-wise dropout on inputs with 1 spatial"
            " dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D"
            " inputs)."
        )
    return _drop_channels(input, p, training, inplace, rank == 2)


def _warn_rank(name, rank, spatial, low, high):
    warnings.warn(
        f"{name}: Received a {rank}-D input to {name}, which is deprecated and will result in an"
        " error in a future release. To retain the behavior and silence this warning, please use"
        f" dropout instead. Note that {name} exists to provide channel-wise dropout on inputs"
        f" with {spatial} spatial dimensions, a channel dimension, and an optional batch"
        f" dimension (i.e. {low}D or {high}D inputs).",
        stacklevel=3,
    )


def dropout2d(input, p=0.5, training=True, inplace=False):
    _check(p)
    rank = input.dim()
    if rank not in (3, 4):
        _warn_rank("dropout2d", rank, 2, 3, 4)
    if rank == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D"
            " dropout behavior is desired - input is interpreted as shape (N, C, L), where C is"
            " the channel dim. This behavior will change in a future release to interpret the"
            " input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D"
            " channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _drop_channels(input, p, training, inplace, False)


def dropout3d(input, p=0.5, training=True, inplace=False):
    _check(p)
    rank = input.dim()
    if rank not in (4, 5):
        _warn_rank("dropout3d", rank, 3, 4, 5)
    return _drop_channels(input, p, training, inplace, rank != 5)
