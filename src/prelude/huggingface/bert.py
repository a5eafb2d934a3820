"""huggingface.bert: BERT and its heads (modeling_bert.py of transformers)."""
import torch
from huggingface._layers import (
    Embedding, Intermediate, LayerNorm, Linear, Output, PreTrainedModel, SelfAttention, activation, parameter, seen,
)
from torch import nn


class BertEmbeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.word_embeddings = Embedding(c.vocab_size, c.hidden_size, c.pad_token_id)
        self.position_embeddings = Embedding(c.max_position_embeddings, c.hidden_size)
        self.token_type_embeddings = Embedding(c.type_vocab_size, c.hidden_size)
        self.LayerNorm = LayerNorm(c.hidden_size, c.layer_norm_eps)
        self.dropout = nn.Dropout(c.hidden_dropout_prob)

    def forward(self, ids, types, positions):
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)[None]
        if types is None:
            types = torch.zeros_like(ids)
        x = self.word_embeddings(ids) + self.token_type_embeddings(types) + self.position_embeddings(positions)
        return self.dropout(self.LayerNorm(x))


class BertSelfAttention(SelfAttention):
    pass


class BertOutput(nn.Module):
    def __init__(self, c, inputs):
        super().__init__()
        self.dense = Linear(inputs, c.hidden_size)
        self.LayerNorm = LayerNorm(c.hidden_size, c.layer_norm_eps)
        self.dropout = nn.Dropout(c.hidden_dropout_prob)

    def forward(self, x, before):
        return self.LayerNorm(self.dropout(self.dense(x)) + before)


class BertAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self = BertSelfAttention(c)
        self.output = BertOutput(c, c.hidden_size)

    def forward(self, x, mask):
        return self.output(self.self(x, mask), x)


class BertIntermediate(Intermediate):
    pass


class BertLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention = BertAttention(c)
        self.intermediate = BertIntermediate(c)
        self.output = BertOutput(c, c.intermediate_size)

    def forward(self, x, mask):
        x = self.attention(x, mask)
        return self.output(self.intermediate(x), x)


class BertEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layer = nn.ModuleList([BertLayer(c) for _ in range(c.num_hidden_layers)])

    def forward(self, x, mask):
        for layer in self.layer:
            x = layer(x, mask)
        return x


class BertPooler(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dense = Linear(c.hidden_size, c.hidden_size)
        self.activation = nn.Tanh()

    def forward(self, x):
        return self.activation(self.dense(x[:, 0]))


class BertPreTrainedModel(PreTrainedModel):
    ignored = ("embeddings.position_ids", "embeddings.token_type_ids")


class BertModel(BertPreTrainedModel):
    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = BertEmbeddings(config)
        self.encoder = BertEncoder(config)
        self.pooler = BertPooler(config) if add_pooling_layer else None

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x = self.encoder(self.embeddings(input_ids, token_type_ids, position_ids), seen(attention_mask))
        if self.pooler is None:
            return Output(last_hidden_state=x)
        return Output(last_hidden_state=x, pooler_output=self.pooler(x))


class BertPredictionHeadTransform(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dense = Linear(c.hidden_size, c.hidden_size)
        self.transform_act_fn = activation(c, c.hidden_act)
        self.LayerNorm = LayerNorm(c.hidden_size, c.layer_norm_eps)

    def forward(self, x):
        return self.LayerNorm(self.transform_act_fn(self.dense(x)))


class BertLMPredictionHead(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.transform = BertPredictionHeadTransform(c)
        self.decoder = Linear(c.hidden_size, c.vocab_size)
        self.bias = parameter(c.vocab_size)

    def forward(self, x):
        return self.decoder(self.transform(x))


class BertHeads(nn.Module):
    def __init__(self, c, predictions, relationship):
        super().__init__()
        if predictions:
            self.predictions = BertLMPredictionHead(c)
        if relationship:
            self.seq_relationship = Linear(c.hidden_size, 2)


class BertForMaskedLM(BertPreTrainedModel):
    tied = (
        ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
        ("cls.predictions.decoder.bias", "cls.predictions.bias"),
    )

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.cls = BertHeads(config, True, False)
        self.tie_weights()

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x = self.bert(input_ids, attention_mask, token_type_ids, position_ids)[0]
        return Output(logits=self.cls.predictions(x))


class BertForPreTraining(BertPreTrainedModel):
    tied = BertForMaskedLM.tied

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)
        self.cls = BertHeads(config, True, True)
        self.tie_weights()

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x, pooled = self.bert(input_ids, attention_mask, token_type_ids, position_ids)[:2]
        return Output(
            prediction_logits=self.cls.predictions(x), seq_relationship_logits=self.cls.seq_relationship(pooled)
        )


class BertForNextSentencePrediction(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)
        self.cls = BertHeads(config, False, True)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        pooled = self.bert(input_ids, attention_mask, token_type_ids, position_ids)[1]
        return Output(logits=self.cls.seq_relationship(pooled))


class BertClassifier(BertPreTrainedModel):
    """One score a label: of the sequence (the pooled token), or of each token."""

    pools = True

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=self.pools)
        dropout = config.classifier_dropout
        self.dropout = nn.Dropout(config.hidden_dropout_prob if dropout is None else dropout)
        self.classifier = Linear(config.hidden_size, config.num_labels)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x = self.bert(input_ids, attention_mask, token_type_ids, position_ids)[1 if self.pools else 0]
        return Output(logits=self.classifier(self.dropout(x)))


class BertForSequenceClassification(BertClassifier):
    pass


class BertForTokenClassification(BertClassifier):
    pools = False


class BertForQuestionAnswering(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.qa_outputs = Linear(config.hidden_size, config.num_labels)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, position_ids=None):
        x = self.qa_outputs(self.bert(input_ids, attention_mask, token_type_ids, position_ids)[0])
        start, end = x.split(1, dim=-1)
        return Output(start_logits=start.squeeze(-1), end_logits=end.squeeze(-1))


ARCHITECTURES = {
    model.__name__: model
    for model in (
        BertModel, BertForMaskedLM, BertForPreTraining, BertForNextSentencePrediction, BertForSequenceClassification,
        BertForTokenClassification, BertForQuestionAnswering,
    )
}
