"""torch.nn.functional: multi-head attention, and the masks that it is given."""
import math
import warnings

import torch

# what is defined here is known as a part of that module
__name__ = "torch.nn.functional"


def _canonical_mask(mask, mask_name, other_type, other_name, target_type, check_other=True):
    """A mask as numbers to add: minus infinity where a boolean mask is true."""
    if mask is None:
        return None
    is_float = mask.is_floating_point()
    if mask.dtype != torch.bool and not is_float:
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for"
            " both instead.",
            stacklevel=2,
        )
    if is_float:
        return mask
    return torch.zeros_like(mask, dtype=target_type).masked_fill_(mask, float("-inf"))


def _none_or_dtype(input):
    return None if input is None else input.dtype


def _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads):
    """Whether the input has a batch dimension."""
    rank = query.dim()
    if rank not in (2, 3):
        raise AssertionError(
            "query should be unbatched 2D or batched 3D tensor but received"
            f" {rank}-D query tensor"
        )
    kind = "batched" if rank == 3 else "unbatched"
    if key.dim() != rank or value.dim() != rank:
        raise AssertionError(
            f"For {kind} ({rank}-D) `query`, expected `key` and `value` to be {rank}-D"
            f" but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != rank - 1:
        raise AssertionError(
            f"For {kind} ({rank}-D) `query`, expected `key_padding_mask` to be `None` or"
            f" {rank - 1}-D but found {key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"For {kind} ({rank}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D"
                f" but found {attn_mask.dim()}-D tensor instead"
            )
        expected = (num_heads, query.shape[0], key.shape[0])
        if rank == 2 and attn_mask.dim() == 3 and attn_mask.shape != expected:
            raise AssertionError(
                f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}"
            )
    return rank == 3


def _project_packed(q, k, v, weight, bias):
    """Queries, keys and values through one stacked weight, in as few products as they share."""
    linear = torch._C._nn.linear
    size = q.size(-1)

    def split(product, count):
        parts = product.unflatten(-1, (count, size)).unsqueeze(0).transpose(0, -2)
        return parts.squeeze(-2).contiguous()

    if k is v and q is k:
        parts = split(linear(q, weight, bias), 3)
        return parts[0], parts[1], parts[2]
    if k is v:
        w_q, w_kv = weight.split([size, size * 2])
        b_q, b_kv = (None, None) if bias is None else bias.split([size, size * 2])
        query = linear(q, w_q, b_q)
        parts = split(linear(k, w_kv, b_kv), 2)
        return query, parts[0], parts[1]
    weights = weight.chunk(3)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(linear(x, w, b) for x, w, b in zip((q, k, v), weights, biases))


def _project(q, k, v, weights, bias):
    size = q.size(-1)
    for name, x, weight in zip(("query", "key", "value"), (q, k, v), weights):
        expected = (size, x.size(-1))
        if weight.shape != expected:
            raise AssertionError(
                f"expecting {name} weights shape of {expected}, but got {weight.shape}"
            )
    biases = (None, None, None) if bias is None else bias.chunk(3)
    linear = torch._C._nn.linear
    return tuple(linear(x, w, b) for x, w, b in zip((q, k, v), weights, biases))


def _check_sizes(query, key, value, embed_dim_to_check, num_heads, separate):
    embed_dim = query.shape[-1]
    if embed_dim != embed_dim_to_check:
        raise AssertionError(
            f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}"
        )
    if embed_dim % num_heads != 0:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    if separate:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's"
                f" {value.shape[:2]}"
            )
    elif key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _with_head_dimension(attn_mask, batch_heads, target_length, source_length):
    if attn_mask is None:
        return None
    rank = attn_mask.dim()
    if rank not in (2, 3):
        raise RuntimeError(f"attn_mask's dimension {rank} is not supported")
    expected = (target_length, source_length)
    if rank == 3:
        expected = (batch_heads, target_length, source_length)
    if attn_mask.shape != expected:
        raise RuntimeError(
            f"The shape of the {rank}D attn_mask is {attn_mask.shape}, but should be {expected}."
        )
    return attn_mask.unsqueeze(0) if rank == 2 else attn_mask


def _heads(x, static, batch_heads, head_dim, name):
    """A projection by head; or what was given in its place."""
    if static is None:
        return x.view(x.shape[0], batch_heads, head_dim).transpose(0, 1)
    if static.size(0) != batch_heads:
        raise AssertionError(
            f"expecting {name}.size(0) of {batch_heads}, but got {static.size(0)}"
        )
    if static.size(2) != head_dim:
        raise AssertionError(f"expecting {name}.size(2) of {head_dim}, but got {static.size(2)}")
    return static


def multi_head_attention_forward(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
):
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        # the same tensor stays the same one: it is projected once
        shared_qk, shared_kv = query is key, key is value
        query = query.unsqueeze(1)
        key = query if shared_qk else key.unsqueeze(1)
        value = key if shared_kv else value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    target_length, batch, embed_dim = query.shape
    key_padding_mask = _canonical_mask(
        key_padding_mask,
        "key_padding_mask",
        _none_or_dtype(attn_mask),
        "attn_mask",
        query.dtype,
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. "
            "You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        if key_padding_mask is not None:
            is_causal = False
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    head_dim = embed_dim // num_heads
    batch_heads = batch * num_heads
    attn_mask_lengths = (target_length, key.shape[0])
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _project(query, key, value, weights, in_proj_bias)
    else:
        q, k, v = _project_packed(query, key, value, in_proj_weight, in_proj_bias)
    attn_mask = _with_head_dimension(attn_mask, batch_heads, *attn_mask_lengths)
    masks = [attn_mask, key_padding_mask]
    if bias_k is not None and bias_v is not None:
        k = torch.cat([k, bias_k.repeat(1, batch, 1)])
        v = torch.cat([v, bias_v.repeat(1, batch, 1)])
        masks = [_one_more(mask) for mask in masks]
    q = q.view(target_length, batch_heads, head_dim).transpose(0, 1)
    k = _heads(k, static_k, batch_heads, head_dim, "static_k")
    v = _heads(v, static_v, batch_heads, head_dim, "static_v")
    if add_zero_attn:
        zero = torch.zeros((batch_heads, 1, head_dim), dtype=k.dtype, device=k.device)
        k = torch.cat([k, zero], dim=1)
        v = torch.cat([v, zero], dim=1)
        masks = [_one_more(mask) for mask in masks]
    attn_mask = _joined(masks, batch, num_heads, k.size(1))
    dropout_p = dropout_p if training else 0.0
    out_proj = (out_proj_weight, out_proj_bias)
    if need_weights:
        output, weights = _with_weights(q, k, v, attn_mask, dropout_p, batch, out_proj)
        weights = weights.mean(dim=1) if average_attn_weights else weights
    else:
        output = _without_weights(q, k, v, attn_mask, dropout_p, batch, out_proj, is_causal)
        weights = None
    if not batched:
        output = output.squeeze(1)
        weights = None if weights is None else weights.squeeze(0)
    return output, weights


def _one_more(mask):
    return None if mask is None else torch._C._nn.pad(mask, (0, 1), "constant", None)


def _joined(masks, batch, num_heads, source_length):
    """The mask of pairs and the mask of keys as one to add to the scores."""
    attn_mask, key_padding_mask = masks
    if key_padding_mask is None:
        return attn_mask
    if key_padding_mask.shape[0] != batch or key_padding_mask.shape[1] != source_length:
        raise AssertionError(
            f"expecting key_padding_mask shape of {(batch, source_length)}, but got"
            f" {key_padding_mask.shape}"
        )
    spread = key_padding_mask.view(batch, 1, 1, source_length).expand(-1, num_heads, -1, -1)
    spread = spread.reshape(batch * num_heads, 1, source_length)
    return spread if attn_mask is None else attn_mask + spread


def _with_weights(q, k, v, attn_mask, dropout_p, batch, out_proj):
    batch_heads, target_length, head_dim = q.shape
    num_heads = batch_heads // batch
    scaled = q * math.sqrt(1.0 / float(head_dim))
    if attn_mask is not None:
        weights = torch.baddbmm(attn_mask, scaled, k.transpose(-2, -1))
    else:
        weights = torch.bmm(scaled, k.transpose(-2, -1))
    weights = weights.softmax(-1)
    if dropout_p > 0.0:
        weights = torch.dropout(weights, dropout_p, True)
    output = torch.bmm(weights, v)
    output = output.transpose(0, 1).contiguous()
    output = output.view(target_length * batch, num_heads * head_dim)
    output = torch._C._nn.linear(output, *out_proj)
    output = output.view(target_length, batch, output.size(1))
    return output, weights.view(batch, num_heads, target_length, k.size(1))


def _without_weights(q, k, v, attn_mask, dropout_p, batch, out_proj, is_causal):
    batch_heads, target_length, head_dim = q.shape
    num_heads = batch_heads // batch
    source_length = k.size(1)
    if attn_mask is not None:
        if attn_mask.size(0) == 1 and attn_mask.dim() == 3:
            attn_mask = attn_mask.unsqueeze(0)
        else:
            attn_mask = attn_mask.view(batch, num_heads, -1, source_length)
    output = torch._C._nn.scaled_dot_product_attention(
        q.view(batch, num_heads, target_length, head_dim),
        k.view(batch, num_heads, source_length, head_dim),
        v.view(batch, num_heads, source_length, head_dim),
        attn_mask,
        dropout_p,
        is_causal,
    )
    output = output.permute(2, 0, 1, 3).contiguous()
    output = output.view(batch * target_length, num_heads * head_dim)
    output = torch._C._nn.linear(output, *out_proj)
    return output.view(target_length, batch, output.size(1))
