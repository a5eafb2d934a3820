"""Notes that PyTorch puts into the text of its functions, about GPUs and sparse tensors: here they are left out."""

tf32_notes = dict.fromkeys(["tf32_note"], "")
rocm_fp16_notes = dict.fromkeys(["rocm_fp16_note"], "")
sparse_support_notes = dict.fromkeys(["sparse_beta_warning"], "")
reproducibility_notes = dict.fromkeys(
    ["forward_reproducibility_note", "backward_reproducibility_note", "cudnn_reproducibility_note"], ""
)
