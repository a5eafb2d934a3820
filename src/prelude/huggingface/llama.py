"""huggingface.llama: Llama and Qwen2 and their heads (modeling_llama.py, modeling_qwen2.py of transformers)."""
import torch
from huggingface._layers import (
    Embedding, Linear, Output, PreTrainedModel, activation, attend, last_token, parameter, seen_before, split_heads,
)
from torch import nn


class LlamaRMSNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.variance_epsilon = parameter(width), eps

    def extra_repr(self):
        return f"{tuple(self.weight.shape)}, eps={self.variance_epsilon}"

    def forward(self, x):
        wide = x.float()
        wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.variance_epsilon)
        return self.weight * wide.to(x.dtype)


class LlamaMLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = Linear(c.hidden_size, c.intermediate_size, c.mlp_bias)
        self.up_proj = Linear(c.hidden_size, c.intermediate_size, c.mlp_bias)
        self.down_proj = Linear(c.intermediate_size, c.hidden_size, c.mlp_bias)
        self.act_fn = activation(c, c.hidden_act)

    def forward(self, x):
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


def rotary(c, positions, dtype):
    """The cosines and sines of each position."""
    width = c.head_dim or c.hidden_size // c.num_attention_heads
    steps = torch.arange(0, width, 2, device=positions.device).float() / width
    angles = positions[..., None].float() * (1.0 / c.rope_theta**steps)
    angles = torch.cat((angles, angles), dim=-1)[:, None]
    return angles.cos().to(dtype), angles.sin().to(dtype)


def turned(x, cos, sin):
    one, two = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-two, one), dim=-1) * sin


class LlamaAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.dropout_p = c.num_attention_heads, 0.0
        self.kv_heads = c.num_key_value_heads or c.num_attention_heads
        if self.heads % self.kv_heads:
            raise ValueError(f"{c._where}: {self.heads} attention heads cannot be divided among {self.kv_heads} heads of keys and values")
        width = c.head_dim or c.hidden_size // c.num_attention_heads
        self.q_proj = Linear(c.hidden_size, self.heads * width, c.attention_bias)
        self.k_proj = Linear(c.hidden_size, self.kv_heads * width, c.attention_bias)
        self.v_proj = Linear(c.hidden_size, self.kv_heads * width, c.attention_bias)
        # Qwen2 has biases before, and none behind.
        self.o_proj = Linear(self.heads * width, c.hidden_size, c.attention_bias and c.model_type == "llama")

    def forward(self, x, mask, cos, sin):
        query = turned(split_heads(self.q_proj(x), self.heads), cos, sin)
        key = turned(split_heads(self.k_proj(x), self.kv_heads), cos, sin)
        value = split_heads(self.v_proj(x), self.kv_heads)
        times = self.heads // self.kv_heads
        key, value = key.repeat_interleave(times, 1), value.repeat_interleave(times, 1)
        return self.o_proj(attend(self, query, key, value, mask))


class LlamaDecoderLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn = LlamaAttention(c)
        self.mlp = LlamaMLP(c)
        self.input_layernorm = LlamaRMSNorm(c.hidden_size, c.rms_norm_eps)
        self.post_attention_layernorm = LlamaRMSNorm(c.hidden_size, c.rms_norm_eps)

    def forward(self, x, mask, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), mask, cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class LlamaPreTrainedModel(PreTrainedModel):
    ignored = (".rotary_emb.inv_freq",)


class LlamaModel(LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.embed_tokens = Embedding(config.vocab_size, config.hidden_size, config.pad_token_id)
        self.layers = nn.ModuleList([LlamaDecoderLayer(config) for _ in range(config.num_hidden_layers)])
        self.norm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, input_ids, attention_mask=None, position_ids=None):
        if position_ids is None:
            position_ids = torch.arange(input_ids.shape[1], device=input_ids.device)[None]
        x, mask = self.embed_tokens(input_ids), seen_before(input_ids, attention_mask)
        cos, sin = rotary(self.config, position_ids, x.dtype)
        for layer in self.layers:
            x = layer(x, mask, cos, sin)
        return Output(last_hidden_state=self.norm(x))


class LlamaForCausalLM(LlamaPreTrainedModel):
    tied = (("lm_head.weight", "model.embed_tokens.weight"),)

    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.lm_head = Linear(config.hidden_size, config.vocab_size, bias=False)
        self.tie_weights()

    def forward(self, input_ids, attention_mask=None, position_ids=None):
        return Output(logits=self.lm_head(self.model(input_ids, attention_mask, position_ids)[0]))


class LlamaForSequenceClassification(LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.score = Linear(config.hidden_size, config.num_labels, bias=False)

    def forward(self, input_ids, attention_mask=None, position_ids=None):
        x = self.score(self.model(input_ids, attention_mask, position_ids)[0])
        return Output(logits=last_token(self.config, x, input_ids))


class LlamaForTokenClassification(LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.dropout = nn.Dropout(config.classifier_dropout)
        self.score = Linear(config.hidden_size, config.num_labels)

    def forward(self, input_ids, attention_mask=None, position_ids=None):
        x = self.model(input_ids, attention_mask, position_ids)[0]
        return Output(logits=self.score(self.dropout(x)))


def _named(model, before):
    """The same model under another family's name."""
    return type(model.__name__.replace("Llama", before), (model,), {})


_MODELS = (LlamaModel, LlamaForCausalLM, LlamaForSequenceClassification, LlamaForTokenClassification)
LLAMA = {model.__name__: model for model in _MODELS}
QWEN2 = {model.__name__: model for model in (_named(model, "Qwen2") for model in _MODELS)}
