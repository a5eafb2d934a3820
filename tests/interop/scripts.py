"""torch.jit.load: modules that run the code of their file, as PyTorch runs it."""

import os
import subprocess
import zipfile

import torch
from registry import Told, case
from surgery import shell, unlike
from torch import nn


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.bn = nn.BatchNorm1d(3)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.bn(self.fc(x)).relu())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("mean", torch.randn(3))

    def forward(self, x, times: int = 1, shift: float = 0.0):
        out = self.inner(x)
        for _ in range(times):
            out = out * self.scale - self.mean + shift
        return {"out": out, "sum": out.sum()}

    @torch.jit.export
    def pair(self, x: tuple[torch.Tensor, int], names: list[str]) -> tuple[torch.Tensor, list[str]]:
        return x[0] * x[1], names


@case("scripts/jit")
def scripted(_):
    def differences(torchsh, folder):
        torch.manual_seed(0)
        model = Net().eval()
        script = torch.jit.script(model)
        script.save(os.path.join(folder, "net.pt"))
        torch.jit.trace(model.inner, torch.randn(2, 4)).save(os.path.join(folder, "traced.pt"))
        x = torch.randn(5, 4)
        torch.save(x, os.path.join(folder, "x.pt"))
        program = (
            "m = torch.jit.load('net.pt')\nx = torch.load('x.pt')\nr = m(x, shift=0.5)\nassert isinstance(r, dict) and list(r) == ['out', 'sum']\n"
            "save r 'r.out'\nsave m(x, 2) 'r2.out'\nassert m.pair((x, 3), ['a'])[1] == ['a']\n"
            "save state_dict(m) 'state.out'\nassert [k for k, _ in m.named_parameters()] == ['scale', 'inner.fc.weight', 'inner.fc.bias', 'inner.bn.weight', 'inner.bn.bias']\n"
            "assert not m.training and m.train().inner.dropout.training\nm.eval()\n"
            "m(x)['sum'].backward()\nsave {k: p.grad for k, p in m.named_parameters()} 'grads.out'\n"
            "q = {k: v * 2 if v.is_floating_point() else v for k, v in m.state_dict().items()}\nload_state_dict q into m\nsave m(x) 'twice.out'\n"
            "assert repr(m).splitlines()[1] == '  original_name=Net', repr(m)\n"
            "t = torch.jit.load('traced.pt')\nsave {'y': t(x)} 'traced.out'\n"
        )
        found = shell(torchsh, folder, program)
        if found:
            return found
        read = lambda name: torch.load(os.path.join(folder, name))
        plain = lambda made: {k: v.detach() for k, v in made.items()}
        found += unlike("forward", read("r.out"), plain(script(x, shift=0.5)), "close")
        found += unlike("forward 2", read("r2.out"), plain(script(x, 2)), "close")
        found += unlike("state", dict(sorted(read("state.out").items())), dict(sorted(script.state_dict().items())))
        found += unlike("traced", read("traced.out"), plain({"y": model.inner(x)}), "close")
        script(x)["sum"].backward()
        found += unlike("grads", read("grads.out"), {k: p.grad for k, p in script.named_parameters()}, "close")
        script.load_state_dict({k: v * 2 if v.is_floating_point() else v for k, v in script.state_dict().items()})
        found += unlike("twice", read("twice.out"), plain(script(x)), "close")

        torch.save(model.state_dict(), os.path.join(folder, "plain.pt"))
        with open(os.path.join(folder, "text.pt"), "w") as file:
            file.write("no archive")
        whole = open(os.path.join(folder, "net.pt"), "rb").read()
        with open(os.path.join(folder, "cut.pt"), "wb") as file:
            file.write(whole[: len(whole) // 2])
        with zipfile.ZipFile(os.path.join(folder, "net.pt")) as one, zipfile.ZipFile(os.path.join(folder, "damaged.pt"), "w") as two:
            for entry in one.namelist():
                content = one.read(entry)
                two.writestr(entry, content.replace(b"def forward", b"d@f forward") if entry.endswith(".py") else content)
        program = (
            "for name in ['plain.pt', 'text.pt', 'cut.pt', 'damaged.pt', 'nothing.pt', '.']:\n"
            "    try:\n        m = torch.jit.load(name)\n        raise SystemExit(name)\n    except (RuntimeError, ValueError) as error:\n        print(name, str(error).splitlines()[0])\n"
            "m = torch.jit.load('net.pt')\n"
            "for call in [lambda: m(), lambda: m('x'), lambda: m(torch.ones(2, 9)), lambda: m(1, 2, 3, 4), lambda: m(torch.ones(2, 4), banana=1)]:\n"
            "    try:\n        call()\n        raise SystemExit('taken')\n    except (RuntimeError, TypeError) as error:\n        print(str(error).splitlines()[0])\n"
        )
        done = subprocess.run([torchsh, "-c", program], cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode:
            found.append(f"wrong files: {done.returncode}: {(done.stdout + done.stderr)[-500:]}")
        return found

    return Told(differences)
