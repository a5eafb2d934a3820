"""torchvision.datasets: FakeData, and the names of the others: no picture is decoded here and nothing is downloaded."""
import _absent
import torch
from torch.utils.data import Dataset


class VisionDataset(Dataset):
    """Pictures below a folder, with what is done to each and to its label."""

    def __init__(self, root=None, transforms=None, transform=None, target_transform=None):
        if transforms is not None and (transform is not None or target_transform is not None):
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.root = root
        self.transform, self.target_transform, self.transforms = transform, target_transform, transforms

    def __getitem__(self, index):
        raise NotImplementedError

    def __len__(self):
        raise NotImplementedError

    def extra_repr(self):
        return ""

    def __repr__(self):
        lines = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"Root location: {self.root}")
        lines += self.extra_repr().splitlines()
        if self.transform is not None or self.target_transform is not None:
            steps = "StandardTransform"
            for name, step in (("Transform: ", self.transform), ("Target transform: ", self.target_transform)):
                if step is not None:
                    steps += "\n" + name + repr(step).replace("\n", "\n" + " " * len(name))
            lines.append(steps)
        return "\n".join(["Dataset " + type(self).__name__] + ["    " + line for line in lines])


class FakeData(VisionDataset):
    """Random pictures, each the same whenever it is asked for."""

    def __init__(self, size=1000, image_size=(3, 224, 224), num_classes=10, transform=None, target_transform=None, random_offset=0):
        super().__init__(transform=transform, target_transform=target_transform)
        self.size, self.num_classes, self.image_size, self.random_offset = size, num_classes, image_size, random_offset

    def __getitem__(self, index):
        from torchvision.transforms.functional import to_pil_image

        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        state = torch.get_rng_state()
        torch.manual_seed(index + self.random_offset)
        img = torch.randn(*self.image_size)
        target = torch.randint(0, self.num_classes, size=(1,), dtype=torch.long)[0]
        torch.set_rng_state(state)
        img = to_pil_image(img)
        if self.transform is not None:
            img = self.transform(img)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return img, target.item() if isinstance(target, torch.Tensor) else target

    def __len__(self):
        return self.size


__getattr__, __dir__ = _absent.names(
    "torchvision.datasets",
    "LSUN LSUNClass ImageFolder DatasetFolder CocoCaptions CocoDetection CIFAR10 CIFAR100 EMNIST FashionMNIST QMNIST MNIST KMNIST"
    " MovingMNIST StanfordCars STL10 SUN397 SVHN PhotoTour SEMEION Omniglot SBU Flickr8k Flickr30k Flowers102 VOCSegmentation"
    " VOCDetection Cityscapes ImageNet Caltech101 Caltech256 CelebA WIDERFace SBDataset USPS Kinetics HMDB51 UCF101 Places365"
    " Kitti INaturalist LFWPeople LFWPairs KittiFlow Sintel FlyingChairs FlyingThings3D HD1K Food101 DTD FER2013 GTSRB"
    " CLEVRClassification OxfordIIITPet PCAM Country211 FGVCAircraft EuroSAT RenderedSST2 Kitti2012Stereo Kitti2015Stereo"
    " CarlaStereo Middlebury2014Stereo CREStereo FallingThingsStereo SceneFlowStereo SintelStereo InStereo2k ETH3DStereo"
    " wrap_dataset_for_transforms_v2 Imagenette",
    "no picture is decoded here, and nothing is downloaded",
)
