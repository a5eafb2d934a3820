"""torchvision.datasets.folder: names only."""
import _absent

__getattr__, __dir__ = _absent.names(
    "torchvision.datasets.folder",
    "DatasetFolder ImageFolder accimage_loader default_loader find_classes has_file_allowed_extension is_image_file make_dataset"
    " pil_loader",
    "no picture is decoded here",
)
