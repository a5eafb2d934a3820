"""Masks of sequences."""
import torch


def _generate_square_subsequent_mask(sz, device=None, dtype=None):
    full = torch.full((sz, sz), float("-inf"), dtype=dtype, device=device)
    return torch.triu(full, diagonal=1)


def _detect_is_causal_mask(mask, is_causal=None, size=None):
    """Whether a mask is known to hide the future: as told, or by looking."""
    if is_causal is not None or mask is None:
        return is_causal is True
    size = mask.size(-2) if size is None else size
    causal = _generate_square_subsequent_mask(size, device=mask.device, dtype=mask.dtype)
    return mask.size() == causal.size() and bool((mask == causal).all())


def _sequence_length(src, batch_first):
    size = src.size()
    return size[1 if batch_first and len(size) != 2 else 0]
