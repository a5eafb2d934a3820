"""huggingface.vit: ViT and its head (modeling_vit.py of transformers, with the keys that its files have)."""
import torch
from huggingface._layers import Conv2d, Intermediate, LayerNorm, Linear, Output, PreTrainedModel, SelfAttention, activation, parameter
from torch import nn


def pair(size):
    return tuple(size) if isinstance(size, (list, tuple)) else (size, size)


class ViTPatchEmbeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.projection = Conv2d(c.num_channels, c.hidden_size, pair(c.patch_size))

    def forward(self, images):
        return self.projection(images).flatten(2).transpose(1, 2)


class ViTEmbeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.image_size, size = pair(c.image_size), pair(c.patch_size)
        patches = (self.image_size[0] // size[0]) * (self.image_size[1] // size[1])
        self.cls_token = parameter(1, 1, c.hidden_size)
        self.position_embeddings = parameter(1, patches + 1, c.hidden_size)
        self.patch_embeddings = ViTPatchEmbeddings(c)
        self.dropout = nn.Dropout(c.hidden_dropout_prob)

    def forward(self, images):
        if tuple(images.shape[-2:]) != self.image_size:
            size = "x".join(map(str, images.shape[-2:]))
            raise ValueError(f"images of {size}, not of {self.image_size[0]}x{self.image_size[1]}: resample the position_embeddings")
        x = self.patch_embeddings(images)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        return self.dropout(x + self.position_embeddings)


class ViTSelfAttention(SelfAttention):
    def __init__(self, c):
        super().__init__(c, c.qkv_bias)


class ViTOutput(nn.Module):
    def __init__(self, c, inputs):
        super().__init__()
        self.dense = Linear(inputs, c.hidden_size)
        self.dropout = nn.Dropout(c.hidden_dropout_prob)

    def forward(self, x):
        return self.dropout(self.dense(x))


class ViTAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention = ViTSelfAttention(c)
        self.output = ViTOutput(c, c.hidden_size)

    def forward(self, x):
        return self.output(self.attention(x))


class ViTIntermediate(Intermediate):
    pass


class ViTLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention = ViTAttention(c)
        self.intermediate = ViTIntermediate(c)
        self.output = ViTOutput(c, c.intermediate_size)
        self.layernorm_before = LayerNorm(c.hidden_size, c.layer_norm_eps)
        self.layernorm_after = LayerNorm(c.hidden_size, c.layer_norm_eps)

    def forward(self, x):
        x = x + self.attention(self.layernorm_before(x))
        return x + self.output(self.intermediate(self.layernorm_after(x)))


class ViTEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layer = nn.ModuleList([ViTLayer(c) for _ in range(c.num_hidden_layers)])

    def forward(self, x):
        for layer in self.layer:
            x = layer(x)
        return x


class ViTPooler(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dense = Linear(c.hidden_size, c.pooler_output_size or c.hidden_size)
        self.activation = activation(c, c.pooler_act)

    def forward(self, x):
        return self.activation(self.dense(x[:, 0]))


class ViTModel(PreTrainedModel):
    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = ViTEmbeddings(config)
        self.encoder = ViTEncoder(config)
        self.layernorm = LayerNorm(config.hidden_size, config.layer_norm_eps)
        self.pooler = ViTPooler(config) if add_pooling_layer else None

    def forward(self, pixel_values):
        x = self.layernorm(self.encoder(self.embeddings(pixel_values)))
        if self.pooler is None:
            return Output(last_hidden_state=x)
        return Output(last_hidden_state=x, pooler_output=self.pooler(x))


class ViTForImageClassification(PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.vit = ViTModel(config, add_pooling_layer=False)
        self.classifier = Linear(config.hidden_size, config.num_labels) if config.num_labels > 0 else nn.Identity()

    def forward(self, pixel_values):
        return Output(logits=self.classifier(self.vit(pixel_values)[0][:, 0]))


ARCHITECTURES = {model.__name__: model for model in (ViTModel, ViTForImageClassification)}
