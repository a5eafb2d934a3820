"""Steps of torchvision over tensors: what each makes of a picture of bytes and of one of floats."""
import random

import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F

torch.manual_seed(0)
random.seed(0)
BYTES = (torch.rand(3, 37, 53) * 255).to(torch.uint8)
FLOATS = torch.rand(3, 37, 53)


def say(name, make):
    try:
        made = make()
    except Exception as error:
        print(name, type(error).__name__, str(error).split("\n")[0][:100])
        return
    numbers = made.double()
    print(name, tuple(made.shape), made.dtype, f"{numbers.mean():.2f} {numbers.std():.2f}")


STEPS = {
    "resize": lambda i: F.resize(i, [20, 30]),
    "resize shorter": lambda i: F.resize(i, 20, max_size=25),
    "resize nearest": lambda i: F.resize(i, [20, 30], interpolation=T.InterpolationMode.NEAREST),
    "resize bicubic": lambda i: F.resize(i, [50, 90], interpolation=T.InterpolationMode.BICUBIC, antialias=True),
    "crop beyond": lambda i: F.crop(i, -3, 40, 30, 31),
    "center": lambda i: F.center_crop(i, [60, 20]),
    "flips": lambda i: F.hflip(F.vflip(i)),
    "symmetric": lambda i: F.pad(i, [1, 2, 3, 4], 0, "symmetric"),
    "rotate": lambda i: F.rotate(i, 33.0, expand=True, fill=[1.0]),
    "affine": lambda i: F.affine(i, 10.0, [2, 3], 1.2, [5.0, 3.0]),
    "perspective": lambda i: F.perspective(i, [[0, 0], [50, 0], [50, 30], [0, 30]], [[2, 1], [49, 3], [45, 29], [3, 28]]),
    "brightness": lambda i: F.adjust_brightness(i, 1.3),
    "contrast": lambda i: F.adjust_contrast(i, 0.7),
    "saturation": lambda i: F.adjust_saturation(i, 1.7),
    "hue": lambda i: F.adjust_hue(i, 0.2),
    "gamma": lambda i: F.adjust_gamma(i, 0.8),
    "sharpness": lambda i: F.adjust_sharpness(i, 1.4),
    "gray": lambda i: F.rgb_to_grayscale(i, 3),
    "blur": lambda i: F.gaussian_blur(i, [5, 5]),
    "invert": F.invert,
    "posterize": lambda i: F.posterize(i, 3),
    "solarize": lambda i: F.solarize(i, 100 if i.dtype == torch.uint8 else 0.5),
    "autocontrast": F.autocontrast,
    "equalize": F.equalize,
    "five": lambda i: torch.stack(F.five_crop(i, [10, 10])),
    "elastic": lambda i: F.elastic_transform(i, torch.zeros(1, 37, 53, 2)),
    "convert": lambda i: F.convert_image_dtype(i, torch.float32 if i.dtype == torch.uint8 else torch.uint8),
    "normalize": lambda i: F.normalize(i, [0.5, 0.4, 0.3], [0.1, 0.2, 0.3]),
}
for name, step in STEPS.items():
    say(name + " bytes", lambda: step(BYTES))
    say(name + " floats", lambda: step(FLOATS))

torch.manual_seed(1)
for step in (
    T.RandomResizedCrop(16), T.RandomCrop(10, padding=3), T.RandomHorizontalFlip(), T.ColorJitter(0.2, 0.3, 0.4, 0.1),
    T.RandomRotation(30), T.RandomAffine(20, (0.1, 0.1), (0.8, 1.2), 5), T.RandomPerspective(), T.RandomErasing(p=1.0),
    T.GaussianBlur(3), T.RandomGrayscale(0.5), T.RandomPosterize(3), T.RandomEqualize(), T.AutoAugment(), T.RandAugment(),
    T.TrivialAugmentWide(), T.AugMix(), T.RandomApply([T.Pad(1)]), T.RandomChoice([T.Pad(1), T.Pad(2)]),
    T.RandomOrder([T.Pad(1), T.CenterCrop(8)]), T.ElasticTransform(),
):
    print(step)
    say("  ->", lambda: step(BYTES))
print(T.Compose([T.Resize(10), T.ToTensor(), T.Normalize([0.5], [0.5])]))
for wrong in (lambda: T.Resize([1, 2, 3]), lambda: F.pad(BYTES, [1, 2, 3]), lambda: F.rotate("x", 3), lambda: T.ColorJitter(-1)):
    say("wrong", wrong)
