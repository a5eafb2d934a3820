import torch
import torchvision.models as models
from torchvision.models import resnet18


def h(t):
    return (tuple(t.shape), str(t.dtype), round(t.double().mean().item(), 5) + 0.0)


x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(5))
for name in "resnet18 squeezenet1_1 mobilenet_v3_small".split():
    torch.manual_seed(1)
    m = getattr(models, name)(num_classes=10)
    print(m)
    sd = m.state_dict()
    for k, v in sd.items():
        print(k, h(v))
    print(sd._metadata)
    m.eval()
    with torch.no_grad():
        y = m(x)
    print(y.shape, [round(v, 3) + 0.0 for v in y[0].tolist()])
    print(m.load_state_dict(sd))
print(models.get_model("resnet18", num_classes=3).fc, len(resnet18(weights=None).state_dict()))
