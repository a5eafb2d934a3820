"""huggingface._layers: torch.nn's layers without weights, and what the models share."""
from collections import OrderedDict

import torch
from torch import nn
from torch._shell import meta_tensor
from torch.nn import functional as F

_dtype = [torch.float32]


class Dtype:
    """Parameters that are made within are of this dtype."""

    def __init__(self, dtype):
        self.dtype = dtype

    def __enter__(self):
        _dtype.append(self.dtype)

    def __exit__(self, *_):
        _dtype.pop()


def parameter(*shape):
    """A parameter without numbers."""
    return nn.Parameter(meta_tensor(shape, _dtype[-1]))


class Linear(nn.Linear):
    def __init__(self, inputs, outputs, bias=True):
        nn.Module.__init__(self)
        self.in_features, self.out_features = inputs, outputs
        self.weight = parameter(outputs, inputs)
        if bias:
            self.bias = parameter(outputs)
        else:
            self.register_parameter("bias", None)


class Conv1D(nn.Module):
    """GPT-2's linear layer: its weight stands the other way round."""

    def __init__(self, outputs, inputs):
        super().__init__()
        self.nf, self.nx = outputs, inputs
        self.weight, self.bias = parameter(inputs, outputs), parameter(outputs)

    def extra_repr(self):
        return f"nf={self.nf}, nx={self.nx}"

    def forward(self, x):
        return F.linear(x, self.weight.t(), self.bias)


class Conv2d(nn.Module):
    def __init__(self, inputs, outputs, size):
        super().__init__()
        self.in_channels, self.out_channels, self.kernel_size = inputs, outputs, size
        self.weight, self.bias = parameter(outputs, inputs, *size), parameter(outputs)

    def extra_repr(self):
        size = self.kernel_size
        return f"{self.in_channels}, {self.out_channels}, kernel_size={size}, stride={size}"

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, stride=self.kernel_size)


class Embedding(nn.Embedding):
    def __init__(self, count, width, padding_idx=None):
        nn.Module.__init__(self)
        self.num_embeddings, self.embedding_dim, self.padding_idx = count, width, padding_idx
        self.max_norm, self.norm_type = None, 2.0
        self.scale_grad_by_freq = self.sparse = False
        self.weight = parameter(count, width)


class LayerNorm(nn.LayerNorm):
    def __init__(self, width, eps):
        nn.Module.__init__(self)
        self.normalized_shape, self.eps, self.elementwise_affine = (width,), eps, True
        self.weight, self.bias = parameter(width), parameter(width)


def activation(config, name):
    """The function of a name in transformers."""
    functions = {
        "gelu": nn.GELU,
        "gelu_python": nn.GELU,
        "gelu_new": lambda: nn.GELU(approximate="tanh"),
        "gelu_pytorch_tanh": lambda: nn.GELU(approximate="tanh"),
        "gelu_python_tanh": lambda: nn.GELU(approximate="tanh"),
        "gelu_fast": lambda: nn.GELU(approximate="tanh"),
        "quick_gelu": QuickGELU,
        "relu": nn.ReLU,
        "silu": nn.SiLU,
        "swish": nn.SiLU,
        "tanh": nn.Tanh,
        "mish": nn.Mish,
        "sigmoid": nn.Sigmoid,
    }
    if name not in functions:
        raise NotImplementedError(f"{config._where}: this shell does not have the activation {name!r}")
    return functions[name]()


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Output(OrderedDict):
    """What a model gives: by name, by attribute, by place."""

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)

    def __getitem__(self, key):
        if isinstance(key, str):
            return super().__getitem__(key)
        return tuple(self.values())[key]


def split_heads(x, heads):
    return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def attend(module, query, key, value, mask, scale=None):
    """Scaled dot products; the heads side by side again."""
    dropout = module.dropout_p if module.training else 0.0
    x = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout, scale=scale)
    return x.transpose(1, 2).flatten(2)


def seen(attention_mask):
    """Which keys each query sees: those that are not padding."""
    return None if attention_mask is None else attention_mask[:, None, None, :].bool()


def seen_before(ids, attention_mask):
    """As seen, and nothing behind itself. Padding sees itself, so that nothing is divided by zero."""
    length = ids.shape[1]
    before = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()[None, None]
    if attention_mask is None:
        return before
    itself = torch.eye(length, dtype=torch.bool, device=ids.device)
    return before & seen(attention_mask) | itself


def last_token(config, logits, ids):
    """The scores at each sequence's last token that is not padding."""
    if config.pad_token_id is None:
        if logits.shape[0] != 1:
            raise ValueError("several sequences need a pad_token_id in the config, to find their ends")
        return logits[:, -1]
    places = torch.arange(ids.shape[1], device=ids.device)
    last = (places * (ids != config.pad_token_id)).argmax(-1)
    return logits[torch.arange(logits.shape[0], device=ids.device), last]


class SelfAttention(nn.Module):
    """The attention that BERT and ViT share."""

    def __init__(self, c, bias=True):
        super().__init__()
        self.heads, self.dropout_p = c.num_attention_heads, c.attention_probs_dropout_prob
        self.query = Linear(c.hidden_size, c.hidden_size, bias)
        self.key = Linear(c.hidden_size, c.hidden_size, bias)
        self.value = Linear(c.hidden_size, c.hidden_size, bias)

    def forward(self, x, mask=None):
        query, key, value = (split_heads(layer(x), self.heads) for layer in (self.query, self.key, self.value))
        return attend(self, query, key, value, mask)


class Intermediate(nn.Module):
    """The wide half of a layer of BERT and ViT."""

    def __init__(self, c):
        super().__init__()
        self.dense = Linear(c.hidden_size, c.intermediate_size)
        self.intermediate_act_fn = activation(c, c.hidden_act)

    def forward(self, x):
        return self.intermediate_act_fn(self.dense(x))


class PreTrainedModel(nn.Module):
    # Pairs of a module's attribute that is tied, and what it is tied to.
    tied = ()
    # Ends of keys that old files hold and no model needs.
    ignored = ()

    def __init__(self, config):
        super().__init__()
        self.config = config

    def tie_weights(self):
        if getattr(self.config, "tie_word_embeddings", False):
            for key, other in self.tied:
                module, _, name = key.rpartition(".")
                setattr(self.get_submodule(module), name, self.get_parameter(other))

    def complete_state_dict(self, state_dict):
        """The entries that the model has: tied ones, which files leave out, and none that only old files hold."""
        given = OrderedDict((k, v) for k, v in state_dict.items() if not k.endswith(self.ignored or ("\0",)))
        if hasattr(state_dict, "_metadata"):
            given._metadata = state_dict._metadata
        for key, other in self.tied if getattr(self.config, "tie_word_embeddings", False) else ():
            if key not in given and other in given:
                given[key] = given[other]
        return given

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """As torch.nn.Module has it; tensors without numbers are replaced by the given ones."""
        assign = assign or any(parameter.is_meta for parameter in self.parameters())
        result = super().load_state_dict(self.complete_state_dict(state_dict), strict=strict, assign=assign)
        self.tie_weights()
        return result
