"""torch.nn: every layer by name, its file read when the name is first used."""
from importlib import import_module

_HOMES = {
    "modules.module": "Module",
    "modules.container": "Container Sequential ModuleList ModuleDict ParameterList ParameterDict",
    "modules.linear": "Identity Linear Bilinear NonDynamicallyQuantizableLinear",
    "modules.conv": "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    "modules.batchnorm": "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm",
    "modules.instancenorm": "InstanceNorm1d InstanceNorm2d InstanceNorm3d",
    "modules.normalization": "LayerNorm GroupNorm RMSNorm LocalResponseNorm CrossMapLRN2d",
    "modules.activation": (
        "Threshold ReLU RReLU Hardtanh ReLU6 Sigmoid Hardsigmoid Tanh SiLU Mish Hardswish ELU CELU"
        " SELU GLU GELU Hardshrink LeakyReLU LogSigmoid Softplus Softshrink PReLU"
        " Softsign Tanhshrink Softmin Softmax Softmax2d LogSoftmax"
    ),
    "modules.attention": "MultiheadAttention",
    "modules.pooling": (
        "MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d AvgPool1d AvgPool2d"
        " AvgPool3d FractionalMaxPool2d FractionalMaxPool3d LPPool1d LPPool2d LPPool3d"
        " AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d"
        " AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d"
    ),
    "modules.dropout": "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout",
    "modules.flatten": "Flatten Unflatten",
    "modules.fold": "Fold Unfold",
    "modules.sparse": "Embedding EmbeddingBag",
    "modules.padding": (
        "CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d"
        " ReflectionPad1d ReflectionPad2d ReflectionPad3d"
        " ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d"
    ),
    "modules.upsampling": "Upsample UpsamplingNearest2d UpsamplingBilinear2d",
    "modules.pixelshuffle": "PixelShuffle PixelUnshuffle",
    "modules.channelshuffle": "ChannelShuffle",
    "modules.rnn": "RNNBase RNN LSTM GRU RNNCellBase RNNCell LSTMCell GRUCell",
    "modules.transformer": (
        "Transformer TransformerEncoder TransformerDecoder"
        " TransformerEncoderLayer TransformerDecoderLayer"
    ),
    "modules.lazy": (
        "LazyLinear LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d"
        " LazyConvTranspose3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyInstanceNorm1d"
        " LazyInstanceNorm2d LazyInstanceNorm3d"
    ),
    "modules.adaptive": "AdaptiveLogSoftmaxWithLoss",
    "modules.loss": (
        "L1Loss NLLLoss NLLLoss2d PoissonNLLLoss GaussianNLLLoss KLDivLoss MSELoss BCELoss"
        " BCEWithLogitsLoss HingeEmbeddingLoss MultiLabelMarginLoss SmoothL1Loss HuberLoss"
        " SoftMarginLoss CrossEntropyLoss MultiLabelSoftMarginLoss CosineEmbeddingLoss"
        " MarginRankingLoss MultiMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss CTCLoss"
    ),
    "modules.distance": "PairwiseDistance CosineSimilarity",
    "parallel.data_parallel": "DataParallel",
    "parameter": "Parameter Buffer UninitializedParameter UninitializedBuffer",
}
_PARTS = ("_reduction", "functional", "init", "modules", "parallel", "parameter", "utils")
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = list(_HOME_OF)


def __getattr__(name):
    home = _HOME_OF.get(name)
    if home is not None:
        value = getattr(import_module("torch.nn." + home), name)
    elif name in _PARTS:
        value = import_module("torch.nn." + name)
    else:
        raise AttributeError(f"module 'torch.nn' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__():
    return sorted(list(_HOME_OF) + list(_PARTS))
