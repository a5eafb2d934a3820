# Ours, behind PyTorch's own file: C++ there.
def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """The places of the boxes that no better one overlaps by more than the threshold, the best first."""
    order = scores.argsort(descending=True, stable=True)
    kept = []
    while order.numel() > 0:
        best = order[0]
        kept.append(best)
        overlap = box_iou(boxes[best].unsqueeze(0), boxes[order[1:]])[0]
        order = order[1:][overlap <= iou_threshold]
    return torch.stack(kept) if kept else torch.zeros(0, dtype=torch.int64, device=boxes.device)
