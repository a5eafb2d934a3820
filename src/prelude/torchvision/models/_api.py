"""torchvision.models._api: weights by name only, since nothing is downloaded."""


class NamedWeights:
    """ResNet50_Weights and its like: names to pass around; loading them is refused."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(f"'NamedWeights' object has no attribute '{name}'")
        return NamedWeights(f"{self._name}.{name}")

    def __repr__(self):
        return self._name


def untrained(weights, kwargs):
    """Refuse trained weights, however they are asked for; the old keyword is taken off."""
    asked = kwargs.pop("pretrained", False) or weights
    if asked:
        shown = "the default" if asked is True else asked
        raise RuntimeError(
            f"weights={shown}: trained weights are not here, and this shell downloads nothing."
            " Build the model with weights=None, fetch the file yourself and load it:"
            ' model.load_state_dict(torch.load("weights.pth"))'
        )


def make_divisible(value, divisor=8):
    """The multiple of divisor next to value, at most a tenth below it."""
    nearest = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * value else nearest
