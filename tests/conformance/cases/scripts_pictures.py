# torchvision's steps and data sets, as far as checkpoints' scripts go through them with tensors.
import random

import numpy as np
import torch
import torchvision
import torchvision.transforms as T
import torchvision.transforms.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import make_grid

data = datasets.FakeData(4, (3, 8, 8), 10, transforms.ToTensor())
image, label = data[0]
print(len(data), image.shape, image.dtype, label, image.flatten()[:4], image.mean())
print(torch.equal(data[1][0], data[1][0]), [data[i][1] for i in range(4)])
print(data)
steps = transforms.Compose([
    transforms.CenterCrop(6), transforms.ToTensor(), transforms.Normalize((0.5, 0.4, 0.3), (0.2, 0.2, 0.2)),
    transforms.Lambda(lambda x: x * 2),
])
print(steps)
print(datasets.FakeData(2, (3, 8, 8), transform=steps)[1][0].sum(dim=(1, 2)))
for images, labels in DataLoader(data, batch_size=3):
    print(images.shape, labels)
picture, _ = datasets.FakeData(1, (3, 4, 5))[0]
print(picture.size, picture.mode, T.PILToTensor()(picture)[0, 0], T.ToTensor()(T.functional.hflip(picture))[0, 0, :2])
print(F.to_tensor(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)), F.to_tensor(np.ones((2, 2))).shape)

torch.manual_seed(0)
random.seed(0)
x = torch.rand(3, 10, 12)
for step in (
    T.Resize(5), T.Resize((4, 6)), T.Resize(8, interpolation=T.InterpolationMode.BICUBIC), T.Resize(6, antialias=False),
    T.Resize(20, max_size=22), T.Resize([7], interpolation=T.InterpolationMode.NEAREST), T.CenterCrop((4, 20)), T.CenterCrop(3),
    T.Pad(2), T.Pad((1, 2), fill=1), T.Pad([1, 2, 3, 4], padding_mode="reflect"), T.RandomCrop(5), T.RandomCrop(8, padding=1),
    T.RandomHorizontalFlip(), T.RandomHorizontalFlip(1.0), T.RandomVerticalFlip(0.9), T.RandomResizedCrop(4), T.Grayscale(),
    T.Grayscale(3), T.ConvertImageDtype(torch.uint8), T.RandomApply([T.CenterCrop(2)], p=0.3),
    T.RandomChoice([T.CenterCrop(2), T.CenterCrop(3)]), T.RandomOrder([T.CenterCrop(4), T.CenterCrop(3)]),
    T.Normalize([0.5], [0.5]),
):
    made = step(x)
    print(step, tuple(made.shape), made.dtype, f"{made.double().mean().item():.5f}")
small = (x * 255).to(torch.uint8)
for step in (T.Resize(5), T.Resize(4, interpolation=T.InterpolationMode.BICUBIC), T.ConvertImageDtype(torch.float32), T.Pad(1, padding_mode="edge")):
    made = step(small)
    print(tuple(made.shape), made.dtype, f"{made.double().mean().item():.5f}")
print(F.convert_image_dtype(torch.tensor([[[0, 255]]], dtype=torch.uint8), torch.int32), F.invert(small)[0, 0, :2])
print(F.get_dimensions(x), F.get_image_size(x), F.crop(x, -1, -1, 3, 3)[0], make_grid(torch.ones(3, 1, 2, 2), nrow=2).shape)


def tried(make):
    try:
        print("->", make())
    except Exception as error:
        print(type(error).__name__, error)


tried(lambda: T.ToTensor()(x))
tried(lambda: T.Normalize([0.5], [0.5])(small))
tried(lambda: T.Normalize([0.5], [0.0])(x))
tried(lambda: T.RandomCrop(50)(x))
tried(lambda: T.Resize("5"))
tried(lambda: T.Lambda(3))
pipeline = T.Compose([T.RandomRotation(10), T.ColorJitter(0.1), T.ToTensor()])
print(len(pipeline.transforms), torchvision.__version__.split("+")[0])


class Mine(datasets.VisionDataset):
    def __init__(self):
        super().__init__("root", transform=T.CenterCrop(2))

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.transform(x), 0


print(Mine(), Mine()[0][0].shape)
