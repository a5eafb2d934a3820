# Ours, behind PyTorch's own file: a model is registered when its file is read, and a file is read when one of its names is
# first used. What asks for all models reads all files.
import functools

_PACKAGES = ("", ".detection", ".optical_flow", ".segmentation", ".video")


def _packages():
    packages = [importlib.import_module("torchvision.models" + package) for package in _PACKAGES]
    for package in packages:
        for name in dir(package):
            getattr(package, name, None)
    return packages


def _reading_all(function):
    def reading(*args, **kwargs):
        _packages()
        return function(*args, **kwargs)

    return functools.update_wrapper(reading, function)


def get_weight(name: str) -> WeightsEnum:
    """The weights of that name: `ResNet50_Weights.DEFAULT`."""
    enum_name, dot, value_name = name.partition(".")
    if not dot or "." in value_name:
        raise ValueError(f"Invalid weight name provided: '{name}'.")
    for package in _packages():
        found = getattr(package, enum_name, None)
        if found is not None:
            return found[value_name]
    raise ValueError(f"The weight enum '{enum_name}' for the specific method couldn't be retrieved.")


list_models, get_model_builder = _reading_all(list_models), _reading_all(get_model_builder)
