"""huggingface._config: what a config.json says, with the defaults of transformers for what it leaves out."""
import torch
from huggingface import _layers

_DEFAULTS = {
    "bert": dict(
        vocab_size=30522, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072,
        hidden_act="gelu", hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, max_position_embeddings=512,
        type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0, classifier_dropout=None, tie_word_embeddings=True,
    ),
    "gpt2": dict(
        vocab_size=50257, n_positions=1024, n_embd=768, n_layer=12, n_head=12, n_inner=None,
        activation_function="gelu_new", resid_pdrop=0.1, embd_pdrop=0.1, attn_pdrop=0.1, layer_norm_epsilon=1e-5,
        scale_attn_weights=True, scale_attn_by_inverse_layer_idx=False, pad_token_id=None, classifier_dropout=0.1,
        tie_word_embeddings=True,
    ),
    "llama": dict(
        vocab_size=32000, hidden_size=4096, intermediate_size=11008, num_hidden_layers=32, num_attention_heads=32,
        num_key_value_heads=None, hidden_act="silu", max_position_embeddings=2048, rms_norm_eps=1e-6,
        attention_bias=False, mlp_bias=False, head_dim=None, pad_token_id=None, classifier_dropout=0.0,
        hidden_dropout=None, tie_word_embeddings=False,
    ),
    "qwen2": dict(
        vocab_size=151936, hidden_size=4096, intermediate_size=22016, num_hidden_layers=32, num_attention_heads=32,
        num_key_value_heads=32, hidden_act="silu", max_position_embeddings=32768, rms_norm_eps=1e-6,
        attention_bias=True, mlp_bias=False, head_dim=None, pad_token_id=None, classifier_dropout=0.0,
        hidden_dropout=None, tie_word_embeddings=False,
    ),
    "vit": dict(
        hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072, hidden_act="gelu",
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, layer_norm_eps=1e-12, image_size=224, patch_size=16,
        num_channels=3, qkv_bias=True, pooler_output_size=None, pooler_act="tanh",
    ),
}

# Settings of another computation than the one that is here, and the values that change nothing.
_ONLY = {
    "position_embedding_type": (None, "absolute"),
    "is_decoder": (None, False),
    "add_cross_attention": (None, False),
    "use_sliding_window": (None, False),
    "partial_rotary_factor": (None, 1, 1.0),
    "quantization_config": (None,),
}

# Numbers that a file may name: more is a mistake, or meant to do harm.
_MOST = {"num_hidden_layers": 2048, "n_layer": 2048}
_COUNTS = (
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "n_positions",
    "max_position_embeddings", "n_embd", "n_layer", "n_head", "num_channels", "type_vocab_size",
)


class Config:
    def __init__(self, kind, given, where):
        self._where = where
        for name, plain in _ONLY.items():
            if given.get(name) not in plain:
                raise NotImplementedError(f"{where}: this shell does not have {name}={given[name]!r}")
        for name, default in _DEFAULTS[kind].items():
            value = given.get(name, default)
            setattr(self, name, default if value is None else value)
        if kind == "qwen2":
            self.attention_bias = True
        labels = given.get("id2label")
        self.num_labels = len(labels) if isinstance(labels, dict) and labels else given.get("num_labels", 2)
        self.model_type = kind
        self.rope_theta = self._rope(given)
        self.dtype = self._dtype(given.get("dtype") or given.get("torch_dtype") or "float32")
        for name in (*_COUNTS, "num_labels"):
            value = getattr(self, name, 1)
            most = _MOST.get(name, 2**31)
            if isinstance(value, bool) or not isinstance(value, int) or not (name == "num_labels" or 1 <= value) or value > most:
                raise ValueError(f"{where}: {name} is {value!r}, not a whole number from 1 to {most}")
        heads = self.n_head if kind == "gpt2" else self.num_attention_heads
        width = self.n_embd if kind == "gpt2" else self.hidden_size
        if width % heads and not getattr(self, "head_dim", None):
            raise ValueError(f"{where}: a width of {width} cannot be divided among {heads} heads")

    def _rope(self, given):
        """The base of the rotary embedding; scaled ones are refused by name."""
        rope = dict(given.get("rope_scaling") or {}, **(given.get("rope_parameters") or {}))
        kind = rope.get("rope_type", rope.get("type", "default"))
        if kind != "default" or rope.get("partial_rotary_factor", 1) != 1:
            raise NotImplementedError(f"{self._where}: this shell does not have rope_scaling of type {kind!r}, only the default")
        return rope.get("rope_theta", given.get("rope_theta", 10000.0))

    def _dtype(self, name):
        dtype = getattr(torch, str(name).removeprefix("torch."), None)
        if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
            raise ValueError(f"{self._where}: dtype is {name!r}, which is not a floating-point dtype")
        return dtype

    def tensors(self):
        return _layers.Dtype(self.dtype)

    def __repr__(self):
        return f"Config({', '.join(f'{k}={v!r}' for k, v in vars(self).items() if k[0] != '_')})"
