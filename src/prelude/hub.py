"""torch.hub: known by name; this shell reaches no network."""
import os


def get_dir():
    home = os.environ.get("TORCH_HOME") or os.path.join(os.path.expanduser("~"), ".cache", "torch")
    return os.path.join(home, "hub")


def load_state_dict_from_url(url, model_dir=None, map_location=None, progress=True, check_hash=False, file_name=None, weights_only=True):
    """The file if it was downloaded before; nothing is downloaded."""
    import torch

    folder = model_dir or os.path.join(get_dir(), "checkpoints")
    path = os.path.join(folder, file_name or url.split("?")[0].rstrip("/").split("/")[-1])
    if not os.path.exists(path):
        name = os.path.basename(path)
        raise RuntimeError(
            f"{name}: trained weights are not here, and this shell downloads nothing. Build the model with weights=None, fetch"
            f' {url} yourself and load it: model.load_state_dict(torch.load("{name}"))'
        )
    return torch.load(path, map_location=map_location, weights_only=weights_only)


def load(repo_or_dir, model, *args, **kwargs):
    raise NotImplementedError("torch.hub.load runs code from the network; this shell does not")


def _get_torch_home():
    import os

    return os.path.expanduser(os.getenv("TORCH_HOME", os.path.join(os.getenv("XDG_CACHE_HOME", "~/.cache"), "torch")))
