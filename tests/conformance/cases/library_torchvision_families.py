"""A model of each family: its names, its start, its text and what it answers."""
import torch
import torchvision.models as models
from torchvision.ops import MLP, Permute, StochasticDepth

image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(5))
for name in "efficientnet_b0 efficientnet_v2_s convnext_tiny shufflenet_v2_x0_5 mnasnet0_5 regnet_y_400mf swin_t".split():
    torch.manual_seed(1)
    model = models.get_model(name, num_classes=10)
    state = model.state_dict()
    print(name, type(model).__name__, len(state), sum(v.numel() for v in state.values()))
    print(str(model)[:600], len(str(model)))
    for key in list(state)[::29]:
        print(key, tuple(state[key].shape), round(state[key].double().mean().item(), 5) + 0.0)
    print(len(state._metadata), sorted({str(v) for v in state._metadata.values()}))
    model.eval()
    with torch.no_grad():
        print([round(v, 3) + 0.0 for v in model(image)[0].tolist()])
    print(model.load_state_dict(state))

torch.manual_seed(2)
print(MLP(3, [4, 2], dropout=0.1), Permute([1, 0])(torch.ones(2, 3)).shape)
drop = StochasticDepth(0.5, "row")
print(drop, drop(torch.ones(6, 1)).flatten().tolist(), drop.eval()(torch.ones(2, 1)).tolist())
