"""Notes that PyTorch puts into the text of its functions, about GPUs and sparse tensors: here they are left out."""

tf32_notes = dict.fromkeys(["tf32_note"], "")
rocm_fp16_notes = dict.fromkeys(["rocm_fp16_note"], "")
sparse_support_notes = dict.fromkeys(["sparse_beta_warning"], "")
reproducibility_notes = dict.fromkeys(
    ["forward_reproducibility_note", "backward_reproducibility_note", "cudnn_reproducibility_note"], ""
)


def parse_kwargs(desc):
    """The paragraphs of a description by the name of the argument that each is about; a paragraph is four spaces deep."""
    import re

    sections = [section.strip() for section in re.split(r"\n {4}(?!\s)", desc)]
    return {section.split(" ")[0]: section for section in sections if section}


def merge_dicts(*dicts):
    return {key: value for one in dicts for key, value in one.items()}


factory_common_args = parse_kwargs(
    """
    dtype (torch.dtype, optional): of the result. Default: torch.get_default_dtype().
    layout (torch.layout, optional): of the result. Default: torch.strided.
    device (torch.device, optional): of the result. Default: torch.get_default_device().
    requires_grad (bool, optional): whether gradients are recorded. Default: False.
"""
)
