"""huggingface.gpt2: GPT-2 and its heads (modeling_gpt2.py of transformers)."""
import torch
from huggingface._layers import (
    Conv1D, Embedding, LayerNorm, Linear, Output, PreTrainedModel, activation, attend, last_token, seen_before,
    split_heads,
)
from torch import nn


class GPT2Attention(nn.Module):
    def __init__(self, c, place):
        super().__init__()
        self.heads, self.dropout_p = c.n_head, c.attn_pdrop
        self.scale = (c.n_embd // c.n_head) ** -0.5 if c.scale_attn_weights else 1.0
        if c.scale_attn_by_inverse_layer_idx:
            self.scale /= place + 1
        self.c_attn = Conv1D(3 * c.n_embd, c.n_embd)
        self.c_proj = Conv1D(c.n_embd, c.n_embd)
        self.resid_dropout = nn.Dropout(c.resid_pdrop)

    def forward(self, x, mask):
        query, key, value = (split_heads(part, self.heads) for part in self.c_attn(x).chunk(3, dim=-1))
        return self.resid_dropout(self.c_proj(attend(self, query, key, value, mask, self.scale)))


class GPT2MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        width = c.n_inner or 4 * c.n_embd
        self.c_fc = Conv1D(width, c.n_embd)
        self.c_proj = Conv1D(c.n_embd, width)
        self.act = activation(c, c.activation_function)
        self.dropout = nn.Dropout(c.resid_pdrop)

    def forward(self, x):
        return self.dropout(self.c_proj(self.act(self.c_fc(x))))


class GPT2Block(nn.Module):
    def __init__(self, c, place):
        super().__init__()
        self.ln_1 = LayerNorm(c.n_embd, c.layer_norm_epsilon)
        self.attn = GPT2Attention(c, place)
        self.ln_2 = LayerNorm(c.n_embd, c.layer_norm_epsilon)
        self.mlp = GPT2MLP(c)

    def forward(self, x, mask):
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))


class GPT2PreTrainedModel(PreTrainedModel):
    ignored = (".attn.bias", ".attn.masked_bias")


class GPT2Model(GPT2PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.wte = Embedding(config.vocab_size, config.n_embd)
        self.wpe = Embedding(config.n_positions, config.n_embd)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList([GPT2Block(config, place) for place in range(config.n_layer)])
        self.ln_f = LayerNorm(config.n_embd, config.layer_norm_epsilon)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        if position_ids is None:
            position_ids = torch.arange(input_ids.shape[1], device=input_ids.device)[None]
        x = self.wte(input_ids) + self.wpe(position_ids)
        if token_type_ids is not None:
            x = x + self.wte(token_type_ids)
        x, mask = self.drop(x), seen_before(input_ids, attention_mask)
        for block in self.h:
            x = block(x, mask)
        return Output(last_hidden_state=self.ln_f(x))


class GPT2LMHeadModel(GPT2PreTrainedModel):
    tied = (("lm_head.weight", "transformer.wte.weight"),)

    def __init__(self, config):
        super().__init__(config)
        self.transformer = GPT2Model(config)
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.tie_weights()

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x = self.transformer(input_ids, attention_mask, token_type_ids, position_ids)[0]
        return Output(logits=self.lm_head(x))


class GPT2ForSequenceClassification(GPT2PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.transformer = GPT2Model(config)
        self.score = Linear(config.n_embd, config.num_labels, bias=False)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x = self.transformer(input_ids, attention_mask, token_type_ids, position_ids)[0]
        return Output(logits=last_token(self.config, self.score(x), input_ids))


class GPT2ForTokenClassification(GPT2PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.transformer = GPT2Model(config)
        self.dropout = nn.Dropout(config.classifier_dropout)
        self.classifier = Linear(config.n_embd, config.num_labels)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x = self.transformer(input_ids, attention_mask, token_type_ids, position_ids)[0]
        return Output(logits=self.classifier(self.dropout(x)))


ARCHITECTURES = {
    model.__name__: model
    for model in (GPT2Model, GPT2LMHeadModel, GPT2ForSequenceClassification, GPT2ForTokenClassification)
}
