"""torch.nn.functional: every function by name, its file read when the name is first used."""
from importlib import import_module

import torch

_HOMES = {
    "activation": (
        "threshold relu glu hardtanh relu6 elu selu celu leaky_relu rrelu tanhshrink softsign"
        " softmin softmax gumbel_softmax log_softmax tanh sigmoid hardsigmoid silu mish hardswish"
    ),
    "dropout": "dropout alpha_dropout dropout1d dropout2d dropout3d feature_alpha_dropout",
    "norm": (
        "batch_norm instance_norm layer_norm rms_norm group_norm local_response_norm normalize"
    ),
    "embedding": "embedding embedding_bag",
    "pooling": (
        "max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices"
        " max_pool3d_with_indices lp_pool1d lp_pool2d lp_pool3d adaptive_max_pool1d"
        " adaptive_max_pool2d adaptive_max_pool3d adaptive_max_pool1d_with_indices"
        " adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices adaptive_avg_pool2d"
        " adaptive_avg_pool3d max_unpool1d max_unpool2d max_unpool3d fractional_max_pool2d"
        " fractional_max_pool3d fractional_max_pool2d_with_indices"
        " fractional_max_pool3d_with_indices"
    ),
    "loss": (
        "ctc_loss nll_loss poisson_nll_loss gaussian_nll_loss kl_div cross_entropy"
        " binary_cross_entropy binary_cross_entropy_with_logits smooth_l1_loss huber_loss l1_loss"
        " mse_loss margin_ranking_loss hinge_embedding_loss multilabel_margin_loss"
        " soft_margin_loss multilabel_soft_margin_loss cosine_embedding_loss multi_margin_loss"
        " triplet_margin_loss triplet_margin_with_distance_loss"
    ),
    "vision": (
        "pad interpolate upsample upsample_nearest upsample_bilinear grid_sample affine_grid"
        " unfold fold"
    ),
    "attention": "multi_head_attention_forward _canonical_mask _none_or_dtype",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

# PyTorch's own operators under the names that they have here
_IN_TORCH = (
    "adaptive_avg_pool1d avg_pool1d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_tbc"
    " conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity hardshrink"
    " native_channel_shuffle pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu relu_"
    " rrelu_ selu_ threshold_"
).split()
_IN_NN = (
    "avg_pool2d avg_pool3d elu_ gelu hardtanh_ leaky_relu_ linear one_hot"
    " scaled_dot_product_attention softplus softshrink"
).split()

__all__ = list(_HOME_OF) + _IN_TORCH + _IN_NN + ["logsigmoid"]


def __getattr__(name):
    home = _HOME_OF.get(name)
    if home is not None:
        value = getattr(import_module("torch.nn._functional." + home), name)
    elif name in _IN_TORCH:
        value = getattr(torch, name)
    elif name in _IN_NN:
        value = getattr(torch._C._nn, name)
    elif name == "logsigmoid":
        value = torch._C._nn.log_sigmoid
    else:
        raise AttributeError(f"module 'torch.nn.functional' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
