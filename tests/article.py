# The article "Pytorch加载模型权重理解 (state_dict load_state_dict update load)", worked through from top to bottom.
# Every line the article prints stands here as it is printed there; run it with: scripts/torchsh tests/article.py
import os

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

print("一、state_dict")


class Generator(nn.Module):
    """A small DCGAN generator: transposed convolutions with batch norm between them."""

    def __init__(self, latent=8, channels=3):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(latent, 16, 4, 1, 0, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(True),
            nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(True),
            nn.ConvTranspose2d(8, channels, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.main(z)


torch.manual_seed(0)
G_model = Generator()
print(G_model)
# A state_dict holds what is learnt and, where there is a batch norm, its running_mean and the like.
for name, tensor in G_model.state_dict().items():
    print(name, tensor.shape, tensor.dtype)

# An optimizer has one too, with state and param_groups.
optimizer = optim.SGD(G_model.parameters(), lr=0.01, momentum=0.9)
print(list(optimizer.state_dict().keys()))
group = optimizer.state_dict()["param_groups"][0]
print(group["lr"], group["momentum"], group["params"])

print("二、torch.load")
torch.save(G_model.state_dict(), "generator.pth")
print(os.path.exists("generator.pth"))
loaded = torch.load("generator.pth", map_location="cpu")
print(type(loaded).__name__, len(loaded))

print("三、update")
d1 = {"浙江":"杭州","江苏":"nanjing"}
print(d1)
d1.update(江苏="南京")
print(d1)
d2 = {"山东":"济南","河北":"石家庄"}
print(d1)
d1.update(d2)
print(d1)
d3 = {"浙江":"杭州市*****"}
print(d1)
d1.update(d3)
print(d1)

print("四、items")
print(d1.items())
for key, value in d1.items():
    print(key, value)

print("五、load_state_dict")
other = Generator()
print(torch.equal(other.main[0].weight, G_model.main[0].weight))
print(other.load_state_dict(G_model.state_dict()))
print(torch.equal(other.main[0].weight, G_model.main[0].weight))

print("六、综合")


def load_into(G_model, G_model_path):
    if G_model_path != '':
            device = torch.device('cuda' if torch.device.is_available() else 'cpu')
            model_dict = G_model.state_dict()
            pretrained_dict = torch.load(G_model_path, map_location=device)
            found = len(pretrained_dict)
            pretrained_dict = {k : v for k, v in pretrained_dict.items() if np.shape(model_dict[k]) == np.shape(v)}
            print("kept", len(pretrained_dict), "of", found)
            model_dict.update(pretrained_dict)
            print(G_model.load_state_dict(model_dict))


def same(model, state):
    return [key for key, value in model.state_dict().items() if torch.equal(value, state[key])]


# A trained one: its running statistics differ from those of a new model.
trained = Generator()
trained.train()
for _ in range(3):
    trained(torch.randn(4, 8, 1, 1))
torch.save(trained.state_dict(), "trained.pth")

# All shapes match: everything is taken, the batch norm's statistics included.
fresh = Generator()
load_into(fresh, "trained.pth")
print(len(same(fresh, trained.state_dict())), "of", len(fresh.state_dict()), "tensors are the trained ones")
print(fresh.main[1].num_batches_tracked)

# One shape differs (grey pictures instead of coloured ones): that one stays as the model has it.
grey = Generator(channels=1)
load_into(grey, "trained.pth")
state = trained.state_dict()
print([key for key, value in grey.state_dict().items() if value.shape != state[key].shape])
print(grey.main[4].num_batches_tracked, grey(torch.randn(1, 8, 1, 1)).shape)

# Without the filter, load_state_dict says what does not fit.
try:
    Generator(channels=1).load_state_dict(torch.load("trained.pth"))
except RuntimeError as e:
    print(e)

# A key that the model lacks stops the filter; asking for it first does not.
extra = dict(trained.state_dict())
extra["head.weight"] = torch.zeros(2)
torch.save(extra, "extra.pth")
try:
    load_into(Generator(), "extra.pth")
except KeyError as e:
    print("KeyError:", e)
model_dict = fresh.state_dict()
kept = {k: v for k, v in torch.load("extra.pth").items() if k in model_dict and v.shape == model_dict[k].shape}
print(len(extra), len(kept))

# An empty path leaves the model alone.
load_into(fresh, '')
