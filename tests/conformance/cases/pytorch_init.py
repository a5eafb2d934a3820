"""Initial values, as PyTorch's own tests of them go."""
import math
import warnings

import torch
from torch import nn
from torch.nn import init

warnings.simplefilter("ignore")


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:160])


for name in ["linear", "conv1d", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu"]:
    print(name, init.calculate_gain(name))
for slope in [None, 0, 0.1, 1.5]:
    print(init.calculate_gain("leaky_relu", slope))
for slope in ["foo", True, {}]:
    attempt(f"slope {slope}", lambda: init.calculate_gain("leaky_relu", slope))
attempt("unknown", lambda: init.calculate_gain("none"))


def shown(t):
    return [round(v, 5) for v in t.flatten().tolist()[:4]], round(float(t.double().std()), 5) if t.numel() > 1 else 0


def fresh(*shape):
    torch.manual_seed(7)
    return torch.empty(*shape)


for name, function in {
    "uniform": lambda: init.uniform_(fresh(3, 4), -2, 3),
    "normal": lambda: init.normal_(fresh(3, 4), 1, 2),
    "trunc normal": lambda: init.trunc_normal_(fresh(30, 4), 0.5, 2, -1, 1),
    "constant": lambda: init.constant_(fresh(2, 2), 0.3),
    "ones": lambda: init.ones_(fresh(2)),
    "zeros": lambda: init.zeros_(fresh(2)),
    "eye": lambda: init.eye_(fresh(2, 3)),
    "dirac": lambda: init.dirac_(fresh(4, 2, 3)),
    "dirac groups": lambda: init.dirac_(fresh(4, 2, 3, 3), 2),
    "xavier uniform": lambda: init.xavier_uniform_(fresh(3, 4), gain=2),
    "xavier normal": lambda: init.xavier_normal_(fresh(3, 4, 2)),
    "kaiming uniform": lambda: init.kaiming_uniform_(fresh(3, 4), a=math.sqrt(5)),
    "kaiming normal": lambda: init.kaiming_normal_(fresh(3, 4, 2), mode="fan_out", nonlinearity="relu"),
    "orthogonal": lambda: init.orthogonal_(fresh(3, 5), gain=2),
    "orthogonal tall": lambda: init.orthogonal_(fresh(5, 2, 1)),
    "sparse": lambda: init.sparse_(fresh(10, 4), 0.3),
    "old name": lambda: init.xavier_uniform(fresh(3, 4)),
    "generator": lambda: init.normal_(fresh(3), generator=torch.Generator().manual_seed(3)),
    "a parameter": lambda: init.uniform_(nn.Parameter(fresh(3))).detach(),
}.items():
    out = function()
    print(name, shown(out), out.requires_grad)
for name, function in {
    "eye of a vector": lambda: init.eye_(torch.empty(3)),
    "dirac of a matrix": lambda: init.dirac_(torch.empty(3, 3)),
    "dirac's groups": lambda: init.dirac_(torch.empty(3, 2, 1), 2),
    "xavier of a vector": lambda: init.xavier_normal_(torch.empty(3)),
    "kaiming of a vector": lambda: init.kaiming_uniform_(torch.empty(3)),
    "mode": lambda: init.kaiming_uniform_(torch.empty(3, 3), mode="fan"),
    "orthogonal of a vector": lambda: init.orthogonal_(torch.empty(3)),
    "sparse of a cube": lambda: init.sparse_(torch.empty(3, 3, 3), 0.1),
    "no elements": lambda: init.kaiming_normal_(torch.empty(0, 1)),
}.items():
    attempt(name, function)
for make in [lambda: nn.Linear(4, 3), lambda: nn.Conv2d(2, 3, 3), lambda: nn.ConvTranspose1d(2, 3, 2), lambda: nn.Embedding(3, 4, padding_idx=1),
             lambda: nn.EmbeddingBag(3, 4), lambda: nn.LSTM(2, 3), lambda: nn.GRUCell(2, 3), lambda: nn.Bilinear(2, 3, 4), lambda: nn.MultiheadAttention(4, 2),
             lambda: nn.PReLU(2, 0.1), lambda: nn.LayerNorm((2, 3)), lambda: nn.BatchNorm2d(3), lambda: nn.Transformer(4, 2, 1, 1, 8)]:
    torch.manual_seed(9)
    layer = make()
    print(type(layer).__name__, [(n, shown(p)) for n, p in layer.named_parameters()][:5])
print(nn.utils.skip_init(nn.Linear, 2, 3).weight.shape, nn.utils.skip_init(nn.Linear, 2, 3, device="meta").weight.device)
attempt("skip_init of a function", lambda: nn.utils.skip_init(lambda: 1))
print(init._calculate_fan_in_and_fan_out(torch.empty(3, 4, 5)), init._calculate_correct_fan(torch.empty(3, 4), "fan_out"))
