"""What a verb does to a model's parameters it does to what the optimizer keeps for them: training goes on as it would have."""

import os
import subprocess

import torch
from registry import Told, case
from surgery import shell, unlike
from torch import nn


class Net(nn.Module):
    """A vocabulary, a fused projection, buffers, a head that may be tied."""

    def __init__(self, vocabulary=10, classes=4, fused=True, tied=False):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, 6)
        self.norm = nn.LayerNorm(6)
        if fused:
            self.qkv = nn.Linear(6, 18)
        else:
            self.q, self.k, self.v = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 6)
        self.bn = nn.BatchNorm1d(18)
        self.proj = nn.Linear(18, 6)
        self.head = nn.Linear(6, classes, bias=not tied)
        if tied:
            self.head.weight = self.embed.weight

    def forward(self, x):
        # Nothing whose gradient is zero but for rounding, as that of a bias before a batch norm.
        h = self.norm(self.embed(x).mean(1))
        h = self.qkv(h) if hasattr(self, "qkv") else torch.cat([self.q(h), self.k(h), self.v(h)], 1)
        return self.head(self.proj(self.bn(h.relu())))


def train(model, optimizer, start=0, steps=3, classes=4):
    for step in range(start, start + steps):
        generator = torch.Generator().manual_seed(step)
        x = torch.randint(0, 10, (8, 5), generator=generator)
        y = torch.randint(0, classes, (8,), generator=generator)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


def decayed(model):
    """Two groups, as most trainers make them."""
    matrices = [p for p in model.parameters() if p.ndim > 1 and p.requires_grad]
    others = [p for p in model.parameters() if p.ndim < 2 and p.requires_grad]
    return [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]


OPTIMIZERS = {
    "adamw": lambda model: torch.optim.AdamW(decayed(model), lr=1e-2),
    "amsgrad": lambda model: torch.optim.Adam(decayed(model), lr=1e-2, amsgrad=True),
    "sgd": lambda model: torch.optim.SGD(model.named_parameters(), lr=0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda model: torch.optim.RMSprop(model.parameters(), lr=1e-3, momentum=0.9, centered=True),
    "adagrad": lambda model: torch.optim.Adagrad(model.parameters(), lr=1e-2),
    "nadam": lambda model: torch.optim.NAdam(model.parameters(), lr=1e-2),
    "adafactor": lambda model: torch.optim.Adafactor(model.parameters(), lr=1e-2),
}


def transferred(optimizer, model, made, new, change):
    """By hand: the new optimizer's state, each tensor of the old one's changed by its parameter's name."""
    names = {p: name for name, p in model.named_parameters()}
    states = {names[p]: state for p, state in optimizer.state.items()}
    for name, parameter in new.named_parameters():
        state = change(name, states)
        if state is not None:
            made.state[parameter] = {k: v.clone() if torch.is_tensor(v) else v for k, v in state.items()}


def each(state, function):
    return {k: function(v) if torch.is_tensor(v) and v.ndim else v for k, v in state.items()}


def goes_on(name, folder, new, make, place, classes=4):
    """Loads what the shell saved into a new model and its optimizer, and trains on."""
    whole = torch.load(os.path.join(folder, f"{name}.out"), weights_only=True)
    new.load_state_dict(whole["model"])
    optimizer = make(new)
    optimizer.load_state_dict(place(whole))
    train(new, optimizer, 3, 3, classes)
    return new.state_dict()


@case("optimizers/surgery")
def surgery(_):
    """strip, grow, split, join, transpose, slice, drop: the same as by hand, step for step."""

    def one(torchsh, folder, kind):
        make, found = OPTIMIZERS[kind], []
        torch.manual_seed(0)
        model = Net()
        optimizer = make(model)
        train(model, optimizer)
        weights = {k: v.clone() for k, v in model.state_dict().items()}
        saved = {"model": {f"module.{k}": v for k, v in weights.items()}, "optimizer": optimizer.state_dict(), "epoch": 3}
        torch.save(saved, os.path.join(folder, "a.pt"))
        factored = kind == "adafactor"
        grown = lambda v: v if factored and v.shape[0] == 1 else torch.cat([v, v.new_zeros(2, *v.shape[1:])])
        program = (
            "c = strip load('a.pt') 'module.' with optimizer\nassert c['epoch'] == 3\n"
            "save (grow c 'embed.*' to 12 with optimizer) 'grow.out'\n"
            "save (split c 'qkv.*' into q k v with optimizer) 'split.out'\n"
            "c | slice 'head.*' 0:3 with optimizer | save 'slice.out'\n"
            "save (drop c 'head.*' with optimizer) 'drop.out'\n"
        )
        if not factored:
            program += (
                "d = split c 'qkv.*' into q k v with optimizer\n"
                "save (join d 'q.*' 'k.*' 'v.*' into 'qkv.*' with optimizer) 'join.out'\n"
                "save (transpose (transpose c 'proj.weight' with optimizer) 'proj.weight' with optimizer) 'turn.out'\n"
            )
        found += shell(torchsh, folder, program)
        if found:
            return found

        def by_hand(new, changed, change, classes=4):
            new.load_state_dict(changed)
            made = make(new)
            transferred(optimizer, model, made, new, change)
            train(new, made, 3, 3, classes)
            return new.state_dict()

        def compare(name, new, again, changed, change, classes=4):
            ours = goes_on(name, folder, new, make, lambda whole: whole["optimizer"], classes)
            return unlike(f"{kind} {name}", ours, by_hand(again, changed, change, classes))

        more = dict(weights, **{"embed.weight": torch.cat([weights["embed.weight"], torch.zeros(2, 6)])})
        found += compare("grow", Net(12), Net(12), more, lambda n, s: each(s[n], grown) if n == "embed.weight" else s[n])
        parts, apart = {}, {k: v for k, v in weights.items() if "qkv" not in k}
        for place, letter in enumerate("qkv"):
            parts[letter] = place
            for field in ("weight", "bias"):
                apart[f"{letter}.{field}"] = weights[f"qkv.{field}"].chunk(3)[place]

        def split(name, states):
            letter, _, field = name.partition(".")
            if letter not in parts:
                return states[name]
            return each(states[f"qkv.{field}"], lambda v: v if factored and v.shape[0] == 1 else v.chunk(3)[parts[letter]])

        found += compare("split", Net(fused=False), Net(fused=False), apart, split)
        fewer = {k: v[:3] if "head" in k else v for k, v in weights.items()}
        cut = lambda n, s: each(s[n], lambda v: v[:3]) if "head" in n else s[n]
        if factored:
            cut = lambda n, s: each(s[n], lambda v: v if v.shape[0] == 1 else v[:3]) if "head" in n else s[n]
        found += compare("slice", Net(classes=3), Net(classes=3), fewer, cut, 3)
        if not factored:
            found += compare("join", Net(), Net(), weights, lambda n, s: s[n])
            found += compare("turn", Net(), Net(), weights, lambda n, s: s[n])
        whole = torch.load(os.path.join(folder, "drop.out"), weights_only=True)
        body = Net()
        body.head = nn.Identity()
        body.load_state_dict(whole["model"])
        make(body).load_state_dict(whole["optimizer"])
        return found

    def differences(torchsh, folder):
        return [line for kind in OPTIMIZERS for line in one(torchsh, folder, kind)]

    return Told(differences)


@case("optimizers/unusual")
def unusual(_):
    """Frozen and tied parameters, Lightning's lists, names in the place of numbers, a model's order, what is not sure."""

    def differences(torchsh, folder):
        torch.manual_seed(0)
        found = []
        # Frozen: the optimizer was given only what learns; which of two layers of one shape, it cannot say.
        model = Net(classes=10, tied=True)
        for parameter in model.qkv.parameters():
            parameter.requires_grad = False
        optimizer = torch.optim.AdamW(decayed(model), lr=1e-2)
        train(model, optimizer)
        weights = {f"model.{k}": v for k, v in model.state_dict().items()}
        torch.save({"state_dict": weights, "optimizer_states": [optimizer.state_dict()]}, os.path.join(folder, "light.ckpt"))
        program = (
            "c = load('light.ckpt')\nd = strip c 'model.' with optimizer\n"
            "e = grow d '*e*d.weight' to 12 with optimizer\nassert e['state_dict']['head.weight'] is e['state_dict']['embed.weight']\n"
            "save {'model': e['state_dict'], 'optimizer': e['optimizer_states'][0]} 'tied.out'\n"
        )
        found += shell(torchsh, folder, program)
        if found:
            return found

        def frozen():
            new = Net(12, 12, tied=True)
            for parameter in new.qkv.parameters():
                parameter.requires_grad = False
            return new

        def make(new):
            return torch.optim.AdamW(decayed(new), lr=1e-2)

        ours = goes_on("tied", folder, frozen(), make, lambda whole: whole["optimizer"], 10)
        hand = frozen()
        more = lambda v: torch.cat([v, v.new_zeros(2, 6)])
        hand.load_state_dict({k: more(v) if v.shape == (10, 6) else v for k, v in model.state_dict().items()})
        made = make(hand)
        transferred(optimizer, model, made, hand, lambda n, s: each(s[n], more) if n == "embed.weight" else s.get(n))
        train(hand, made, 3, 3, 10)
        found += unlike("tied", ours, hand.state_dict())

        # torch.distributed.checkpoint's way: names in the place of numbers.
        from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict, set_optimizer_state_dict

        model = Net()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        train(model, optimizer)
        named = get_optimizer_state_dict(model, optimizer)
        torch.save({"model": {f"net.{k}": v for k, v in model.state_dict().items()}, "optimizer": named}, os.path.join(folder, "named.pt"))
        program = (
            "c = strip load('named.pt') 'net.' with optimizer\nd = split c 'qkv.*' into q k v with optimizer\nsave d 'named.out'\n"
            "assert 'q.weight' in d['optimizer']['state'] and 'q.bias' in d['optimizer']['param_groups'][0]['params']\n"
        )
        found += shell(torchsh, folder, program)
        if not found:
            whole = torch.load(os.path.join(folder, "named.out"))
            new = Net(fused=False)
            new.load_state_dict(whole["model"])
            made = torch.optim.AdamW(new.parameters(), lr=1e-2)
            set_optimizer_state_dict(new, made, whole["optimizer"])
            found += unlike("named", {"a": made.state[new.k.weight]["exp_avg"]}, {"a": optimizer.state[model.qkv.weight]["exp_avg"][6:12]})

        # Another model's order: rename to it puts numbers into its order.
        class Turned(nn.Module):
            def __init__(self):
                super().__init__()
                self.second, self.first = nn.Linear(3, 2), nn.Linear(4, 3)

            def forward(self, x):
                return self.second(self.first(x))

        plain = nn.Sequential()
        plain.first, plain.second = nn.Linear(4, 3), nn.Linear(3, 2)
        turned = Turned()
        turned.load_state_dict(plain.state_dict())
        one, two = torch.optim.Adam(plain.parameters()), torch.optim.Adam(turned.parameters())
        x = torch.randn(5, 4)
        for model, optimizer in ((plain, one), (turned, two)):
            for _ in range(3):
                optimizer.zero_grad()
                model(x).square().sum().backward()
                optimizer.step()
        torch.save({"model": plain.state_dict(), "optimizer": one.state_dict()}, os.path.join(folder, "plain.pt"))
        torch.save(turned.state_dict(), os.path.join(folder, "turned.pt"))
        program = "m = load('turned.pt')\nsave (rename load('plain.pt') to m with optimizer) 'turned.out'\n"
        found += shell(torchsh, folder, program)
        whole = torch.load(os.path.join(folder, "turned.out"))["optimizer"]["state"] if not found else {}
        for number, state in two.state_dict()["state"].items() if not found else ():
            found += unlike("order", whole[number], state)

        # Two layers of one shape, one of them frozen: that is not sure, and said.
        model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 1))
        optimizer = torch.optim.SGD([*model[0].parameters(), *model[2].parameters()], lr=0.1, momentum=0.9)
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, os.path.join(folder, "unsure.pt"))
        program = (
            "c = load('unsure.pt')\nsave (drop c '2.*' with optimizer) 'sure.out'\nitems c 'optimizer.state*'\n"
            "try:\n    d = drop c '0.*' with optimizer\nexcept ValueError as error:\n    print(error)\n"
        )
        done = subprocess.run([torchsh, "-c", program], cwd=folder, capture_output=True, text=True)
        said = done.stdout + done.stderr
        for wanted in ("it is not certain which state belongs to 0.weight", "shown by number", "optimizer.state.2.weight.momentum_buffer", "optimizer.state.0.momentum_buffer"):
            if wanted not in said:
                found.append(f"not said: {wanted}: {said[-600:]}")
        return found

    return Told(differences)


@case("optimizers/transformers")
def trainer(_):
    """transformers' Adafactor and Trainer's groups."""

    def differences(torchsh, folder):
        from transformers import GPT2Config, GPT2LMHeadModel
        from transformers.optimization import Adafactor

        torch.manual_seed(0)
        sizes = dict(n_layer=2, n_head=2, n_embd=8, vocab_size=20, n_positions=8)
        model = GPT2LMHeadModel(GPT2Config(**sizes))
        optimizer = Adafactor(model.parameters(), lr=1e-3, relative_step=False, scale_parameter=False, beta1=0.9)
        x = torch.arange(8)[None]

        def steps(model, optimizer):
            model.eval()
            for _ in range(3):
                optimizer.zero_grad()
                model(x, labels=x).loss.backward()
                optimizer.step()

        steps(model, optimizer)
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, os.path.join(folder, "a.pt"))
        program = "c = load('a.pt')\nc | drop 'lm_head.weight' with optimizer | cut '*wte.weight' to 16 with optimizer | save 'b.out'\n"
        found = shell(torchsh, folder, program)
        if found:
            return found
        whole = torch.load(os.path.join(folder, "b.out"))
        new = GPT2LMHeadModel(GPT2Config(**dict(sizes, vocab_size=16)))
        new.load_state_dict(whole["model"], strict=False)
        made = Adafactor(new.parameters(), lr=1e-3, relative_step=False, scale_parameter=False, beta1=0.9)
        made.load_state_dict(whole["optimizer"])
        states = {name: optimizer.state[p] for name, p in model.named_parameters()}
        for name, parameter in new.named_parameters():
            cut = lambda v: v[:16] if name == "transformer.wte.weight" and v.shape[0] == 20 else v
            wanted = {k: cut(v) if torch.is_tensor(v) and v.ndim else v for k, v in states[name].items()}
            found += unlike(name, {k: torch.as_tensor(v) for k, v in made.state[parameter].items()}, {k: torch.as_tensor(v) for k, v in wanted.items()})
        steps(new, made)
        return found

    return Told(differences)
