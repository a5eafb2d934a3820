"""Verbs on checkpoints as people keep them: whole ones, sharded ones, folders of torch.distributed.checkpoint.

Each verb is given each container as a command with files, as a line, in a chain, as a function and by the Python of `explain`,
and must make of it what it makes of the state_dict alone. Then each is given what is wrong.
"""

import fnmatch
import json
import os
import re
import shlex
import subprocess
from collections import OrderedDict

import torch
from registry import Told, case
from surgery import state_dict, unlike
from timm.layers import resample_abs_pos_embed
from timm.models._manipulate import adapt_input_conv


def flat(seed):
    made = state_dict(seed)
    made["module.0.w x.weight"] = torch.randn(6, 64, generator=torch.Generator().manual_seed(seed)).bfloat16()
    made["module.half"] = made["module.big"][:5, :7].half()
    return made


def sharded(path, value, safetensors):
    from safetensors.torch import save_file

    os.makedirs(path)
    where, keys = {}, list(value)
    for number in range(3):
        part = {key: value[key].clone().contiguous() for key in keys[number::3]}
        name = f"model-{number + 1:05}-of-00003.safetensors" if safetensors else f"pytorch_model-{number + 1:05}-of-00003.bin"
        (save_file if safetensors else torch.save)(part, os.path.join(path, name))
        where |= dict.fromkeys(part, name)
    index = "model.safetensors.index.json" if safetensors else "pytorch_model.bin.index.json"
    with open(os.path.join(path, index), "w") as file:
        json.dump({"metadata": {}, "weight_map": where}, file)


def distributed(path, value):
    import torch.distributed.checkpoint

    torch.distributed.checkpoint.save({"model": dict(value), "epoch": 3}, checkpoint_id=path, no_dist=True)


def lightning(path, value):
    torch.save({"epoch": 1, "pytorch-lightning_version": "2.6.6", "state_dict": OrderedDict(value), "optimizer_states": [], "loops": {}}, path)


CONTAINERS = {
    "flat.pt": lambda path, value: torch.save(value, path),
    "epoch=1.ckpt": lightning,
    "deep.pt": lambda path, value: torch.save({"net": {"model": value}, "args": {"lr": 0.1}}, path),
    "list.pt": lambda path, value: torch.save([{"w": value}, 5], path),
    "safetensors": lambda path, value: sharded(path, value, True),
    "bin": lambda path, value: sharded(path, value, False),
    "folder.dcp": distributed,
}


def lines(a, b, c):
    """Of each verb a line, its function where it has another form, and what comes of it."""

    def keys(name):
        return {name(key): value for key, value in a.items()}

    def those(test):
        return {key: value for key, value in a.items() if test(key, value)}

    def changed(pattern, change):
        return {key: change(value) if fnmatch.fnmatch(key, pattern) else value for key, value in a.items()}

    def floats(change):
        return {key: change(key, value) if value.is_floating_point() else value for key, value in a.items()}

    def merged(change):
        return floats(lambda key, value: change(*(each[key].float() for each in (a, b, c))).to(value.dtype))

    bare = keys(lambda key: key.removeprefix("module."))
    joined = OrderedDict()
    for key, value in a.items():
        parts = zip((key.replace("qkv", name) for name in "qkv"), value.chunk(3)) if "qkv" in key else [(key, value)]
        joined.update(parts)
    return [
        (r'rename P "^module\." ""', r'rename(P, r"^module\.", "")', bare),
        ('rename P "module.*" "net.*"', None, keys(lambda key: "net." + key.removeprefix("module."))),
        ('rename P preset "module."', 'rename(P, preset="module.")', bare),
        ('drop P "*.head.*" "*bias"', 'drop(P, "*.head.*", "*bias")', those(lambda key, _: ".head." not in key and not key.endswith("bias"))),
        ('keep P "*.head.*" "*0*"', 'keep(P, "*.head.*", "*0*")', those(lambda key, _: ".head." in key or "0" in key)),
        ('prefix P "net. x."', 'prefix(P, "net. x.")', keys(lambda key: "net. x." + key)),
        ('strip P "module."', 'strip(P, "module.")', bare),
        ("filter P dtype== float32", 'filter(P, dtype="float32")', those(lambda _, value: value.dtype == torch.float32)),
        ("filter P shape== [16]", "filter(P, shape=[16])", those(lambda _, value: value.shape == (16,))),
        ("filter P numel> 100", None, those(lambda _, value: value.numel() > 100)),
        ('filter P key~ "head|qkv"', None, those(lambda key, _: re.search("head|qkv", key))),
        ("filter P shape== Q", "filter(P, shape=Q)", a),
        ('filter P where v.ndim == 4 and "conv" in k', None, those(lambda _, value: value.ndim == 4)),
        ("cast P bfloat16", 'cast(P, "bfloat16")', floats(lambda _, value: value.bfloat16())),
        ('cast P float16 keep "*norm*"', 'cast(P, "float16", keep=["*norm*"])', floats(lambda key, value: value if "norm" in key else value.half())),
        ('split P "*.qkv.*" into q k v', 'split(P, "*.qkv.*", into=["q", "k", "v"])', joined),
        ('transpose P "*.big"', 'transpose(P, "*.big")', changed("*.big", lambda value: value.t().contiguous())),
        ('slice P "*.big" -3: dim=1', 'slice(P, "*.big", "-3:", dim=1)', changed("*.big", lambda value: value[:, -3:])),
        ('grow P "*.big" to 712', 'grow(P, "*.big", to=712)', changed("*.big", lambda value: torch.cat([value, value.new_zeros(12, 1000)]))),
        ('cut P "*.big" to 4', 'cut(P, "*.big", to=4)', changed("*.big", lambda value: value[:4])),
        ('resample P "*pos_embed" to 6x6', 'resample(P, "*pos_embed", to="6x6")', changed("*pos_embed", lambda value: resample_abs_pos_embed(value, [6, 6], num_prefix_tokens=1))),
        ('inflate P "*conv1.weight" to 1', 'inflate(P, "*conv1.weight", to=1)', changed("*conv1.weight", lambda value: adapt_input_conv(1, value))),
        ('move P "module.big" to "module.x"', 'move(P, "module.big", to="module.x")', keys(lambda key: "module.x" if key == "module.big" else key)),
        ('tie P "module.head.weight" to "module.embed.weight"', 'tie(P, "module.head.weight", to="module.embed.weight")', a),
        ("untie P", "untie(P)", a),
        ("average P Q R", "average(P, Q, R)", merged(lambda a, b, c: (a + b + c) / 3)),
        ("average P Q weights 0.7 0.3", "average(P, Q, weights=[0.7, 0.3])", merged(lambda a, b, c: (0.7 * a).add(b, alpha=0.3))),
        ("lerp P Q 0.3", "lerp(P, Q, 0.3)", merged(lambda a, b, c: torch.lerp(a, b, 0.3))),
        ("task P Q base=R scale=0.5", "task(P, Q, base=R, scale=0.5)", merged(lambda a, b, c: a + 0.5 * (b - c))),
    ]


def command(line, files):
    """The words of a line as those of a command: names of files, no quotes."""
    head, where, condition = line.partition(" where ")
    words = [files.get(word, word) for word in shlex.split(head.replace("\\", "\\\\"))]
    words = [re.sub(r"^base=(\w)$", lambda found: f"base={files[found[1]]}", word) for word in words]
    return [*words, "where", condition] if where else words


def run(torchsh, folder, words, program=None):
    return subprocess.run([torchsh, *words], input=program, cwd=folder, text=True, capture_output=True, timeout=300)


def of_container(torchsh, folder, kind, inputs):
    """What goes otherwise than with the state_dict alone: in files, on lines, in chains, as functions."""
    files = {name: f"{name.lower()}-{kind}" for name in inputs}
    for name, value in inputs.items():
        CONTAINERS[kind](os.path.join(folder, files[name]), value)
    loads = "".join(f"{name} = load('{file}')\n" for name, file in files.items())
    found, wanted, programs = [], {}, [loads, "import torchsh\n"]
    for number, (line, function, made) in enumerate(lines(*inputs.values())):
        verb, _, rest = line.partition(" P")
        target = f"{kind}-{number}"
        done = run(torchsh, folder, [*command(line, files), "-o", f"{target}-file"])
        found += [f"{line} of {kind}: {done.stderr.strip()}"] if done.returncode else []
        programs += [f"save ({line}) '{target}-line'\n", f"P | {verb}{rest} | save '{target}-chain'\n"]
        programs += [f"save torchsh.{function} '{target}-function'\n"] if function else []
        wanted |= {f"{target}-{form}": (line, made) for form in ("file", "line", "chain", *["function"] * bool(function))}
    done = run(torchsh, folder, ["-"], "".join(programs))
    if done.returncode or found:
        return found + [done.stderr.strip()] * bool(done.returncode)
    for target, (line, made) in wanted.items():
        got = torch.load(os.path.join(folder, target))
        if set(got) == set(made):
            # Shards have an order of their own.
            got = {key: got[key] for key in made}
        found += unlike(f"{line} of {target}", got, made)
    return found


@case("containers/verbs")
def verbs(_):
    def differences(torchsh, folder):
        inputs = {"P": flat(1), "Q": flat(2), "R": flat(3)}
        return [line for kind in CONTAINERS for line in of_container(torchsh, folder, kind, inputs)]

    return Told(differences)


@case("containers/explain")
def explains(_):
    """The Python that `explain` prints, run by Python on the whole checkpoint, makes the same."""

    def differences(torchsh, folder):
        inputs, found = {"P": flat(1), "Q": flat(2), "R": flat(3)}, []
        for kind in ("flat.pt", "epoch=1.ckpt", "deep.pt", "list.pt"):
            for name, value in inputs.items():
                CONTAINERS[kind](os.path.join(folder, name), value)
            loads = "".join(f"{name} = load('{name}')\n" for name in inputs)
            for line, _, made in lines(*inputs.values()):
                done = run(torchsh, folder, ["-"], f"{loads}explain X = {line}\n")
                if "more Python than a line holds" in done.stderr:
                    continue
                known = {name: torch.load(os.path.join(folder, name)) for name in inputs}
                try:
                    exec(done.stdout, known | {"torch": torch, "re": re, "fnmatch": fnmatch}, known)
                    found += unlike(f"explain {line} of {kind}", known["X"], made)
                except Exception as error:
                    found.append(f"explain {line} of {kind}: {type(error).__name__} {error} in {done.stdout!r} {done.stderr!r}")
        return found

    return Told(differences)


#: Lines that are wrong, and what the error says.
WRONG = [
    ("drop a.pt module.hed.*", '"module.head.weight" comes near'),
    ("keep a.pt nothere*", 'no key fits "nothere\\*"'),
    ("rename a.pt .* x", "would both become"),
    ("rename a.pt ( x", "unterminated subpattern"),
    ("rename a.pt preset nosuch", "there is no preset"),
    ("rename a.pt nomap.json", "nomap.json"),
    ("strip a.pt modle.", 'no key begins with "modle."'),
    ("filter a.pt shpe== [3]", "did you mean shape=="),
    ("filter a.pt shape== abc", "a shape such as"),
    ("filter a.pt shape== nosuch.pt", "No such file or directory: 'nosuch.pt'"),
    ("cast a.pt bfloat17", "did you mean bfloat16"),
    ("cast a.pt bfloat16 kep *norm*", 'a word too many: "kep"'),
    ("cast a.pt bfloat16 keep", "nothing stands behind keep"),
    ("cast a.pt bfloat16 force=maybe extra", "extra"),
    ("cast a.pt float8_e4m3fn", "force=True"),
    ("split a.pt *.qkv.* into q k v w r", "is not a multiple of 5"),
    ("split a.pt *.qkv.* into q q q", "two entries would be called"),
    ("join a.pt *.head.weight *.conv1.weight into *.z", "cannot be joined"),
    ("transpose a.pt *.qkv.bias", "there is no dimension 1"),
    ("slice a.pt *.big 5:9999", "does not lie within"),
    ("grow a.pt *.big to 4", "it has 700 rows, more than 4"),
    ("grow a.pt *.big to abc", 'how many rows: to 32000, not "abc"'),
    ("grow a.pt *.big to 99999999999999", "too large"),
    ("cut a.pt *.big to 4000", "fewer than 4000"),
    ("resample a.pt *pos_embed to 3x3 prefix=9", "prefix="),
    ("inflate a.pt *qkv.weight to 4", "not a weight of a convolution"),
    ("move a.pt module.big to module.pos_embed", "two entries would be called"),
    ("tie a.pt module.big to module.pos_embed", r"\[700, 1000\]"),
    ("average a.pt other.pt", "only in a .*: .*\n.*only in other"),
    ("average a.pt b.pt weights 1", "2 state_dicts, but 1 weight"),
    ("average a.pt b.pt weights x y", 'a weight for each: 0.7 0.3, not "x"'),
    ("average a.pt bb.pt", "No such file or directory: 'bb.pt'"),
    ("average a.pt text.txt", "text.txt is a text file, not a checkpoint"),
    ("lerp a.pt b.pt x", 'not "x"'),
    ("task a.pt b.pt", "base="),
    ("task a.pt b.pt base=bb.pt", "No such file or directory: 'bb.pt'"),
    ("ties a.pt b.pt base=a.pt density=2", "above 0 and up to 1"),
    ("ties a.pt b.pt base=a.pt densty=0.2", "no option densty="),
    ("merge a.pt lora b.pt", "no LoRA adapter"),
    ("merge a.pt lora nosuch", "nosuch"),
    ("extract lora from a.pt base b.pt rank 0", "a rank is 1 or more, not 0"),
    ("ema a.pt", "no averaged weights"),
    ("keep two.pt *", r"holds 2 state_dicts: two\[\"model\"\]"),
    ("keep cut.pt *", "cut short"),
    ("keep shards *", "model-00002-of-00003.safetensors"),
    ("keep text.txt *", "is a text file, not a checkpoint"),
    ("drop a.pt *big with optimizer", "and an optimizer's in it"),
    ("cast a.pt bfloat16 max_shard_size=5QB", "max_shard_size is a number"),
]


@case("containers/wrong")
def wrong(_):
    """What is wrong is said, with a status that is not 0, and what stood at the target stays."""

    def differences(torchsh, folder):
        place = os.path.join(folder, "here")
        os.makedirs(place)
        values = {"a": flat(1), "b": flat(2), "other": {"x": torch.ones(2)}, "two": {"model": flat(1), "ema": flat(1)}}
        for name, value in values.items():
            torch.save(value, os.path.join(place, f"{name}.pt"))
        with open(os.path.join(place, "a.pt"), "rb") as whole, open(os.path.join(place, "cut.pt"), "wb") as cut:
            cut.write(whole.read()[:2000])
        with open(os.path.join(place, "text.txt"), "w") as file:
            file.write("hello\n")
        sharded(os.path.join(place, "shards"), flat(1), True)
        os.remove(os.path.join(place, "shards", "model-00002-of-00003.safetensors"))
        with open(os.path.join(place, "out.pt"), "wb") as file:
            file.write(b"what was there")
        before, found = sorted(os.listdir(place)), []
        for line, says in WRONG:
            done = run(torchsh, place, [*line.split(), "-o", "out.pt"])
            if done.returncode == 0 or not re.search(says, done.stderr):
                found.append(f"{line}: status {done.returncode}, {done.stderr.strip()!r}")
            with open(os.path.join(place, "out.pt"), "rb") as file:
                if file.read() != b"what was there" or sorted(os.listdir(place)) != before:
                    return [*found, f"{line}: it left {sorted(set(os.listdir(place)) - set(before))}"]
        done = run(torchsh, place, ["cast", "a.pt", "bfloat16", "-o", "nosuch/out.pt"])
        return found + ["a folder that is not there"] * (done.returncode == 0)

    return Told(differences)


@case("containers/optimizer")
def optimizer(_):
    """The optimizer of a folder of torch.distributed.checkpoint, whose numbers are texts there, goes along with the parameters."""

    def differences(torchsh, folder):
        import torch.distributed.checkpoint
        from torch import nn

        torch.manual_seed(0)
        net = nn.Sequential(OrderedDict(emb=nn.Embedding(20, 8), fc=nn.Linear(8, 8), head=nn.Linear(8, 5)))
        groups = [{"params": net.emb.parameters()}, {"params": [*net.fc.parameters(), *net.head.parameters()], "lr": 1e-4}]
        adam = torch.optim.Adam(groups, lr=1e-3)
        for _ in range(3):
            adam.zero_grad()
            net(torch.randint(0, 20, (4,))).square().mean().backward()
            adam.step()
        whole = {"model": net.state_dict(), "optimizer": adam.state_dict(), "epoch": 3}
        torch.distributed.checkpoint.save(whole, checkpoint_id=os.path.join(folder, "run.dcp"), no_dist=True)
        done = run(torchsh, folder, ["drop", "run.dcp", "head.*", "with", "optimizer", "-o", "out.pt"])
        if done.returncode:
            return [done.stderr.strip()]
        made = torch.load(os.path.join(folder, "out.pt"))
        body = nn.Sequential(OrderedDict(emb=nn.Embedding(20, 8), fc=nn.Linear(8, 8)))
        body.load_state_dict(made["model"])
        other = torch.optim.Adam([{"params": body.emb.parameters()}, {"params": body.fc.parameters(), "lr": 1e-4}], lr=1e-3)
        other.load_state_dict(made["optimizer"])
        found = [] if other.param_groups[1]["lr"] == 1e-4 else ["the group's learning rate"]
        for name, weight in body.named_parameters():
            found += unlike(name, other.state[weight], adam.state[net.get_parameter(name)])
        return found

    return Told(differences)


@case("containers/formats")
def formats(_):
    """Odd tensors in every format, and a whole checkpoint where the format holds one."""

    def differences(torchsh, folder):
        import numpy as np
        from safetensors import safe_open
        from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

        base = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
        plain = OrderedDict({
            "layer 1.weight": base, "turned": base.t(), "columns": base[:, 1:3], "empty": torch.zeros(0, 4), "scalar": torch.tensor(2.5),
            "counter": torch.tensor(7), "mask": torch.tensor([True, False]), "half": base.half(), "double": base.double(),
            "complex": torch.complex(base, -base),
        })
        odd = plain | {"brain": base.bfloat16(), "f8": base.to(torch.float8_e4m3fn), "f85": base.to(torch.float8_e5m2)}
        for name, value in {"plain": plain, "odd": odd, "whole": {"epoch": 3, "model": odd, "history": [1, 2]}}.items():
            torch.save(value, os.path.join(folder, f"{name}.pt"))

        def saved(source, target, *options):
            done = run(torchsh, folder, ["save", source, target, *options])
            found.extend([f"{source} to {target}: {done.stderr.strip()}"] if done.returncode else [])
            return os.path.join(folder, target)

        def of_safetensors(path):
            with safe_open(path, "pt") as file:
                return {key: file.get_tensor(key) for key in odd if key in file.keys()}

        def of_shards(ending, reads):
            with open(os.path.join(folder, f"shards.{ending}.index.json")) as file:
                where = json.load(file)["weight_map"]
            parts = [reads(os.path.join(folder, name)) for name in sorted(set(where.values()))]
            return {key: value for part in parts for key, value in part.items()}

        def of_folder(path):
            dcp_to_torch_save(path, path + ".pt")
            return torch.load(path + ".pt")

        found = []
        found += unlike("pt", torch.load(saved("odd.pt", "again.pt")), odd)
        found += unlike("safetensors", of_safetensors(saved("odd.pt", "odd.safetensors")), odd)
        found += unlike("dcp", of_folder(saved("odd.pt", "odd.dcp")), odd)
        numpy = np.load(saved("plain.pt", "plain.npz"))
        found += unlike("npz", {key: torch.from_numpy(numpy[key]) for key in plain}, plain)
        saved("odd.pt", "shards.safetensors", "max_shard_size=200")
        found += unlike("shards", {key: value for key, value in sorted(of_shards("safetensors", of_safetensors).items())}, dict(sorted(odd.items())))
        saved("odd.pt", "shards.bin", "max_shard_size=200")
        found += unlike("bin", dict(sorted(of_shards("bin", torch.load).items())), dict(sorted(odd.items())))
        whole = of_folder(saved("whole.pt", "whole.dcp"))
        found += unlike("a whole one in dcp", whole["model"], odd)
        found += [f"whole: {whole['epoch']} {whole['history']}"] if (whole["epoch"], whole["history"]) != (3, [1, 2]) else []
        whole = torch.load(saved("whole.pt", "whole-again.pt"))
        found += unlike("a whole one", whole["model"], odd)
        for ending in ("safetensors", "gguf", "npz"):
            done = run(torchsh, folder, ["save", "whole.pt", f"no.{ending}"])
            if done.returncode == 0 or "torchsh save 'whole.pt[model]'" not in done.stderr or os.path.exists(os.path.join(folder, f"no.{ending}")):
                found.append(f"a whole one to {ending}: {done.returncode} {done.stderr.strip()!r}")
        return found

    return Told(differences)
