"""What the verbs make of tensors, held against PyTorch, timm, peft and diffusers doing the same."""

import os
import subprocess

import torch
import torch.nn.functional as F
from registry import Told, case
from torch import nn


def shell(torchsh, folder, program):
    done = subprocess.run([torchsh, "-"], input=program, cwd=folder, text=True, capture_output=True, timeout=300)
    return [] if done.returncode == 0 else [f"{program!r} ended with {done.returncode}: {done.stderr.strip()}"]


def unlike(name, got, wanted, close=False):
    """What differs, to the byte unless rounding may (`close`)."""
    found = [f"{name}: keys {sorted(set(got) ^ set(wanted))}"] if list(got) != list(wanted) else []
    for key in wanted:
        if key not in got:
            continue
        one, two = got[key], wanted[key]
        if one.dtype != two.dtype or one.shape != two.shape:
            found.append(f"{name}: {key} is {one.dtype} {list(one.shape)}, not {two.dtype} {list(two.shape)}")
        elif close:
            if not torch.allclose(one, two, rtol=3e-6, atol=1e-6):
                found.append(f"{name}: {key} differs by {(one - two).abs().max()}")
        elif one.contiguous().reshape(-1).view(torch.uint8).ne(two.contiguous().reshape(-1).view(torch.uint8)).any():
            found.append(f"{name}: {key} has other bytes")
    return found


def state_dict(seed):
    random = torch.Generator().manual_seed(seed)
    made = {
        "module.embed.weight": torch.randn(50, 16, generator=random),
        "module.l.0.qkv.weight": torch.randn(48, 16, generator=random),
        "module.l.0.qkv.bias": torch.randn(48, generator=random),
        "module.l.0.norm.weight": torch.randn(16, generator=random),
        "module.l.0.norm.num_batches_tracked": torch.tensor(seed),
        "module.big": torch.randn(700, 1000, generator=random) * 100,
        "module.pos_embed": torch.randn(1, 17, 16, generator=random),
        "module.conv1.weight": torch.randn(8, 3, 5, 5, generator=random),
        "module.unused.bias": torch.randn(16, generator=random) * (seed % 2),
    }
    made["module.head.weight"] = made["module.embed.weight"]
    return made


def all_or_none(folder, torchsh, inputs, lines):
    """Runs `target: (verbs, what is wanted, close)` on saved inputs."""
    for name, value in inputs.items():
        torch.save(value, os.path.join(folder, f"{name}.pt"))
    loads = "".join(f"{name} = load('{name}.pt')\n" for name in inputs)
    program = loads + "".join(f"save ({verbs}) '{target}.out'\n" for target, (verbs, *_) in lines.items())
    found = shell(torchsh, folder, program)
    if found:
        return found
    for target, (_, wanted, *close) in lines.items():
        found += unlike(target, torch.load(os.path.join(folder, f"{target}.out")), wanted, bool(close))
    return found


@case("surgery/cast")
def casts(_):
    def differences(torchsh, folder):
        random = torch.Generator().manual_seed(0)
        numbers = torch.randn(100_003, generator=random) * 1e3
        numbers[5], numbers[7], numbers[9], numbers[13], numbers[15] = torch.nan, torch.inf, -torch.inf, 1e-40, 3e38
        numbers[100:200] = torch.randn(100, generator=random) * 1e-7
        inputs = {"x": {"float": numbers, "double": numbers.double() * 1.0000001, "half": numbers.half(), "brain": numbers.bfloat16()}}
        # Which NaN comes of a double depends on where it stands in PyTorch's vectors.
        inputs["x"]["double"][5] = 1.0
        lines = {}
        for name in "bfloat16 float16 float32 float64 float8_e4m3fn float8_e5m2".split():
            dtype = getattr(torch, name)
            lines[name] = (f"cast x {name} force=True", {key: value.to(dtype) for key, value in inputs["x"].items()})
        return all_or_none(folder, torchsh, inputs, lines)

    return Told(differences)


@case("surgery/tensors")
def tensors(_):
    def differences(torchsh, folder):
        from timm.layers import resample_abs_pos_embed
        from timm.models._manipulate import adapt_input_conv

        a = state_dict(1)
        embed, big, conv = a["module.embed.weight"], a["module.big"], a["module.conv1.weight"]
        random = torch.randn(10, 16, generator=torch.Generator().manual_seed(3)) * 0.5
        parts = {}
        for key, value in a.items():
            if "qkv" in key:
                parts |= {key.replace("qkv", name): part for name, part in zip("qkv", value.chunk(3))}
            else:
                parts[key] = value
        lines = {
            "split": ('split a "*.qkv.*" into q k v', parts),
            "join": ('join (split a "*.qkv.*" into q k v) "*.q.*" "*.k.*" "*.v.*" into "*.qkv.*"', a),
            "mean": (
                'grow a "*embed.weight" to 60 rows="mean"',
                a | {"module.embed.weight": torch.cat([embed, embed.mean(0, keepdim=True).expand(10, 16)])},
                "close",
            ),
            "zeros": ('grow a "*embed.weight" to 60', a | {"module.embed.weight": F.pad(embed, (0, 0, 0, 10))}),
            "random": (
                'grow a "*embed.weight" to 60 rows="random" seed=3 std=0.5',
                a | {"module.embed.weight": torch.cat([embed, random])},
            ),
            "cut": ('cut a "*embed.weight" to 10', a | {"module.embed.weight": embed[:10]}),
            "positions": (
                'resample a "*pos_embed" to 6x6',
                a | {"module.pos_embed": resample_abs_pos_embed(a["module.pos_embed"], [6, 6], num_prefix_tokens=1)},
            ),
            "more": ('inflate a "*conv1*" to 7', a | {"module.conv1.weight": adapt_input_conv(7, conv)}),
            "one": ('inflate a "*conv1*" to 1', a | {"module.conv1.weight": adapt_input_conv(1, conv)}),
            "mean of channels": ('inflate a "*conv1*" to 1 channels="mean"', a | {"module.conv1.weight": conv.mean(1, keepdim=True)}, "close"),
            "and their mean": (
                'inflate a "*conv1*" to 5 channels="mean"',
                a | {"module.conv1.weight": torch.cat([conv, *[conv.mean(1, keepdim=True)] * 2], 1)},
                "close",
            ),
            "turned": ('transpose a "*big"', a | {"module.big": big.t().contiguous()}),
            "columns": ('slice a "*big" 3:10 dim=1', a | {"module.big": big[:, 3:10]}),
            "last": ('slice a "*big" -5:', a | {"module.big": big[-5:]}),
        }
        return all_or_none(folder, torchsh, {"a": a}, lines)

    return Told(differences)


def ties(tuned, base, density):
    """mergekit's formula (`merge_methods/generalized_task_arithmetic.py`)."""
    changes = []
    for one in tuned:
        change = one - base
        kept = torch.argsort(change.abs().view(-1), descending=True)[: int(density * change.numel())]
        mask = torch.zeros_like(change)
        mask.view(-1)[kept] = 1
        changes.append(change * mask)
    changes = torch.stack(changes)
    majority = (changes.sum(0) >= 0).to(changes.dtype) * 2 - 1
    agree = changes.sign() == majority
    divisor = agree.to(changes.dtype).sum(0)
    divisor[divisor == 0] = 1
    return base + (changes * agree).sum(0) / divisor


def linear(tuned, weights):
    """mergekit's formula (`merge_methods/linear.py`)."""
    weights = torch.tensor(weights)
    made = torch.zeros_like(tuned[0])
    for tensor, weight in zip(tuned, weights):
        made.addcmul_(tensor, weight)
    return made / weights.sum()


def slerp(one, two, t):
    """mergekit's formula (`merge_methods/slerp.py`)."""
    lengths = [vector.norm() if vector.norm() > 1e-8 else 1 for vector in (one, two)]
    cosine = (one / lengths[0] * (two / lengths[1])).sum().double()
    if cosine.abs() > 0.9995:
        return (1 - t) * one + t * two
    angle = cosine.acos()
    return ((angle - angle * t).sin() / angle.sin()).float() * one + ((angle * t).sin() / angle.sin()).float() * two


@case("surgery/merge")
def merges(_):
    def differences(torchsh, folder):
        a, b, c = state_dict(1), state_dict(2), state_dict(3)

        def each(make):
            return {key: make(key) if value.is_floating_point() else value for key, value in a.items()}

        lines = {
            "average": ("average a b c", each(lambda k: (a[k] + b[k] + c[k]) / 3)),
            "weighted": ("average a b weights 0.7 0.3", each(lambda k: linear([a[k], b[k]], [0.7, 0.3]))),
            "many": ("average a b c a b c a b c a weights .1 .2 .3 .4 .5 .6 .7 .8 .9 .11", each(lambda k: linear([a[k], b[k], c[k]] * 3 + [a[k]], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.11]))),
            "five": ("average a b c a b weights .1 .2 .3 .4 .7", each(lambda k: linear([a[k], b[k], c[k], a[k], b[k]], [0.1, 0.2, 0.3, 0.4, 0.7]))),
            "divided": ("average a b c weights 0.1 2 0.4", each(lambda k: linear([a[k], b[k], c[k]], [0.1, 2, 0.4]))),
            "near": ("lerp a b 0.3", each(lambda k: torch.lerp(a[k], b[k], 0.3))),
            "far": ("lerp a b 0.8", each(lambda k: torch.lerp(a[k], b[k], 0.8))),
            "arc": ("slerp a b 0.3", each(lambda k: slerp(a[k], b[k], 0.3)), "close"),
            "task": ("task a b base=c scale=0.4", each(lambda k: a[k] + 0.4 * (b[k] - c[k]))),
            "tasks": (
                "task c a b base=c scale=0.4",
                each(lambda k: c[k] + 0.4 * ((a[k] - c[k]) + (b[k] - c[k]))) | {k: v for k, v in c.items() if not v.is_floating_point()},
            ),
            "ties": ("ties a b base=c density=0.3", each(lambda k: ties([a[k], b[k]], c[k], 0.3))),
        }
        found = all_or_none(folder, torchsh, {"a": a, "b": b, "c": c}, lines)
        program = "".join(f"{name} = load('{name}.pt')\n" for name in "abc")
        found += shell(torchsh, folder, program + "save (dare a b base=c density=0.3 seed=1) 'dare.out'")
        made = torch.load(os.path.join(folder, "dare.out"))["module.big"] - c["module.big"]
        one, two = ((tuned["module.big"] - c["module.big"]) / 0.3 for tuned in (a, b))
        kinds = [torch.isclose(made, kind, atol=1e-3) for kind in (torch.zeros_like(one), one, two, one + two)]
        shares = [kind.float().mean().item() for kind in kinds]
        if not all(abs(share - wanted) < 0.01 for share, wanted in zip(shares, (0.49, 0.21, 0.21, 0.09))):
            found.append(f"dare keeps {shares}")
        return found

    return Told(differences)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.q, self.v = nn.Embedding(30, 16), nn.Linear(16, 24), nn.Linear(24, 12, bias=False)
        self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(12, 4)

    def forward(self, x):
        return self.head(self.v(self.q(self.emb(x))))


ADAPTERS = {
    "plain": dict(target_modules=["q", "v"]),
    "rslora": dict(use_rslora=True, target_modules=["q", "v"]),
    "patterns": dict(rank_pattern={"q": 2}, alpha_pattern={"v": 3}, target_modules=["q", "v"]),
    "dora": dict(use_dora=True, target_modules=["q", "v"]),
    "convdora": dict(use_dora=True, target_modules=["conv"]),
    "embedding": dict(target_modules=["emb", "q"]),
    "conv": dict(target_modules=["conv", "q"]),
    "whole": dict(target_modules=["q"], modules_to_save=["head"]),
    "biases": dict(target_modules=["q"], bias="lora_only"),
    "bias": dict(target_modules=["q"], lora_bias=True),
}


def peft_writes(folder, name, base, options):
    """The base, the adapter and what peft makes of both."""
    from peft import LoraConfig, get_peft_model

    torch.save(base.state_dict(), os.path.join(folder, f"{name}_base.pt"))
    model = get_peft_model(base, LoraConfig(**options))
    with torch.no_grad():
        for key, value in model.named_parameters():
            if "lora_" in key:
                value.copy_(value * (1 + 0.1 * torch.randn_like(value)) if "magnitude" in key else torch.randn_like(value) * 0.3)
            elif value.requires_grad:
                value.add_(torch.randn_like(value) * 0.1)
    model.save_pretrained(os.path.join(folder, name))
    return model.merge_and_unload().state_dict()


@case("surgery/peft")
def adapters(_):
    def differences(torchsh, folder):
        from transformers import GPT2Config, GPT2LMHeadModel

        wanted = {}
        for name, options in ADAPTERS.items():
            torch.manual_seed(0)
            wanted[name] = peft_writes(folder, name, Net(), dict(r=4, lora_alpha=8) | options)
        model = GPT2LMHeadModel(GPT2Config(n_layer=2, n_head=2, n_embd=32, vocab_size=50, n_positions=16))
        wanted["gpt2"] = peft_writes(folder, "gpt2", model, dict(r=3, lora_alpha=5, target_modules=["c_attn"], fan_in_fan_out=True))
        found = []
        for name in wanted:
            program = f"m = load('{name}_base.pt')\nsave (merge m lora '{name}') '{name}.out'\n"
            found += shell(torchsh, folder, program)
        for name, merged in wanted.items():
            path = os.path.join(folder, f"{name}.out")
            found += unlike(name, torch.load(path), merged, "dora" in name or name == "conv") if os.path.exists(path) else []
        # There and back, and out of what was tuned again.
        program = (
            "m = load('plain_base.pt')\nt = merge m lora 'plain'\nsave (unmerge t lora 'plain') 'back.out'\n"
            "save (merge m lora (extract lora from t base m rank 4)) 'again.out'\n"
        )
        found += shell(torchsh, folder, program)
        found += unlike("back", torch.load(os.path.join(folder, "back.out")), torch.load(os.path.join(folder, "plain_base.pt")), "close")
        found += unlike("again", torch.load(os.path.join(folder, "again.out")), wanted["plain"], "close")
        return found

    return Told(differences)


@case("surgery/extract")
def extracts(_):
    """What is extracted loads into peft and computes as what was tuned, at full rank; merged again it is what was tuned."""

    def differences(torchsh, folder):
        from peft import PeftModel
        from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

        sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48)
        kinds = {
            "llama": lambda: LlamaForCausalLM(LlamaConfig(**sizes, vocab_size=40)),
            "gpt2": lambda: GPT2LMHeadModel(GPT2Config(n_layer=2, n_head=2, n_embd=32, vocab_size=50, n_positions=16)),
        }
        found, tokens = [], torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
        for name, make in kinds.items():
            torch.manual_seed(0)
            base, tuned = make().eval(), make().eval()
            tuned.load_state_dict(base.state_dict())
            with torch.no_grad():
                for weight in tuned.parameters():
                    if weight.ndim == 2:
                        weight.add_(torch.randn_like(weight) * 0.02)
            base.save_pretrained(os.path.join(folder, f"{name}-base"))
            tuned.save_pretrained(os.path.join(folder, f"{name}-tuned"))
            program = (
                f"b, t = load('{name}-base/model.safetensors'), load('{name}-tuned/model.safetensors')\n"
                f"a = extract lora from t base b rank 48\nsave a '{name}-adapter/'\n"
                f"save (merge b lora '{name}-adapter/') '{name}.out'\nsave (merge b lora a) '{name}.again'\n"
                f"extract lora from t base b rank 2 | save '{name}-small/'\n"
            )
            found += shell(torchsh, folder, program)
            if found:
                return found
            wanted = {key: value for key, value in tuned.state_dict().items() if key in torch.load(os.path.join(folder, f"{name}.out"))}
            for file in (f"{name}.out", f"{name}.again"):
                got = torch.load(os.path.join(folder, file))
                for key, value in wanted.items():
                    if not torch.allclose(got[key], value, atol=1e-5):
                        found.append(f"{file}: {key} differs by {(got[key] - value).abs().max()}")
            # A head that is tied to the embedding follows it in peft only when both are merged.
            applied = (lambda model: model.merge_and_unload()) if name == "gpt2" else (lambda model: model)
            plain = type(tuned).from_pretrained(os.path.join(folder, f"{name}-base")).eval()
            with torch.no_grad():
                wanted, before = tuned(tokens).logits, plain(tokens).logits
                got = applied(PeftModel.from_pretrained(base, os.path.join(folder, f"{name}-adapter")).eval())(tokens).logits
                small = applied(PeftModel.from_pretrained(plain, os.path.join(folder, f"{name}-small")).eval())(tokens).logits
            if not torch.allclose(got, wanted, atol=1e-4):
                found.append(f"{name}: outputs differ by {(got - wanted).abs().max()}")
            if not (small - wanted).norm() < (before - wanted).norm():
                found.append(f"{name}: rank 2 is {(small - wanted).norm()} from what was tuned, the base {(before - wanted).norm()}")
        return found

    return Told(differences)


@case("surgery/diffusers")
def pipelines(_):
    """The layouts of diffusers and of kohya's scripts."""

    def differences(torchsh, folder):
        from diffusers import StableDiffusionPipeline, UNet2DConditionModel
        from diffusers.utils import convert_state_dict_to_diffusers
        from peft import LoraConfig
        from peft.utils import get_peft_model_state_dict
        from safetensors.torch import save_file

        torch.manual_seed(0)
        blocks = dict(down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))
        sizes = dict(sample_size=8, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(32, 64))
        unet = UNet2DConditionModel(**sizes, **blocks, cross_attention_dim=16, attention_head_dim=8)
        torch.save(unet.state_dict(), os.path.join(folder, "base.pt"))
        unet.add_adapter(LoraConfig(r=4, lora_alpha=2, target_modules=["to_q", "to_k", "to_v", "to_out.0", "conv1"]))
        with torch.no_grad():
            for key, value in unet.named_parameters():
                if "lora_" in key:
                    value.copy_(torch.randn_like(value) * 0.2)
        adapter = get_peft_model_state_dict(unet)
        layers = convert_state_dict_to_diffusers(adapter)
        StableDiffusionPipeline.save_lora_weights(os.path.join(folder, "diffusers"), unet_lora_layers=layers)
        kohya = {}
        for key, value in adapter.items():
            layer, kind = key.removesuffix(".weight").rsplit(".", 1)
            layer = "lora_unet_" + layer.replace(".", "_")
            kohya[f"{layer}.{'lora_down' if kind == 'lora_A' else 'lora_up'}.weight"] = value.contiguous()
            kohya[f"{layer}.alpha"] = torch.tensor(2.0)
        save_file(kohya, os.path.join(folder, "kohya.safetensors"))
        unet.fuse_lora()
        unet.unload_lora()
        program = (
            "m = load('base.pt')\nsave (merge m lora 'kohya.safetensors') 'kohya.out'\n"
            "save (merge m lora 'diffusers' scale=0.5) 'diffusers.out'\n"
        )
        found = shell(torchsh, folder, program)
        for name in ("kohya", "diffusers") if not found else ():
            found += unlike(name, torch.load(os.path.join(folder, f"{name}.out")), unet.state_dict())
        return found

    return Told(differences)


@case("surgery/names")
def names(_):
    """Other libraries' names: their models load what comes of it and compute the same."""

    def differences(torchsh, folder):
        import timm
        import torchvision
        from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
        from transformers import ResNetConfig, ResNetForImageClassification, ViTConfig, ViTForImageClassification

        torch.manual_seed(0)
        found, image = [], torch.randn(2, 3, 16, 16)

        def renamed(model, names, back, options=""):
            """The state_dict of a saved model by a preset; that the way back ends where it began."""
            model.save_pretrained(os.path.join(folder, "model"))
            program = (
                f"p = load('model/model.safetensors')\nq = rename p preset '{names}'{options}\nsave q 'renamed.out'\n"
                f"r = rename q preset '{back}'{options}\nassert list(sorted(r)) == list(sorted(p))\nassert all(torch.equal(p[k], r[k]) for k in p)\n"
            )
            found.extend(shell(torchsh, folder, program))
            return torch.load(os.path.join(folder, "renamed.out"))

        def same(name, one, two):
            if not torch.allclose(one, two, atol=1e-5):
                found.append(f"{name}: outputs differ by {(one - two).abs().max()}")

        sizes = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=16, patch_size=8)
        vit = ViTForImageClassification(ViTConfig(**sizes, num_labels=3, layer_norm_eps=1e-6)).eval()
        sizes = dict(img_size=16, patch_size=8, embed_dim=16, depth=2, num_heads=2, mlp_ratio=2, num_classes=3)
        other = timm.create_model("vit_tiny_patch16_224", **sizes).eval()
        other.load_state_dict(renamed(vit, "hf vit to timm vit", "timm vit to hf vit"))
        same("timm vit", other(image), vit(image).logits)
        program = "q = rename load('renamed.out') preset 'timm vit to torchvision vit'\nsave q 'third.out'\n"
        found += shell(torchsh, folder, program)
        third = torchvision.models.VisionTransformer(16, 8, 2, 2, 16, 32, num_classes=3).eval()
        third.load_state_dict(torch.load(os.path.join(folder, "third.out")))
        same("torchvision vit", third(image), vit(image).logits)

        blocks = torchvision.models.resnet
        for kind, block, layers, widths in (
            ("bottleneck", blocks.Bottleneck, [2, 1, 1, 1], [256, 512, 1024, 2048]),
            ("basic", blocks.BasicBlock, [2, 2, 2, 2], [64, 128, 256, 512]),
        ):
            config = ResNetConfig(embedding_size=64, hidden_sizes=widths, depths=layers, layer_type=kind, num_labels=3)
            model = ResNetForImageClassification(config).eval()
            theirs = torchvision.models.ResNet(block, layers, num_classes=3).eval()
            theirs.load_state_dict(renamed(model, "hf resnet to torchvision resnet", "torchvision resnet to hf resnet"))
            same(f"resnet {kind}", theirs(torch.ones(1, 3, 64, 64)), model(torch.ones(1, 3, 64, 64)).logits)

        sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48)
        model = LlamaForCausalLM(LlamaConfig(**sizes, vocab_size=20))
        meta = renamed(model, "hf llama to meta llama", "meta llama to hf llama", " heads=4 kv_heads=2")
        for heads, theirs, ours in ((4, "attention.wq", "self_attn.q_proj"), (2, "attention.wk", "self_attn.k_proj")):
            # As transformers' convert_llama_weights_to_hf.py turns them.
            weight = meta[f"layers.1.{theirs}.weight"]
            rows, width = weight.shape
            turned = weight.view(heads, rows // heads // 2, 2, width).transpose(1, 2).reshape(rows, width)
            found += unlike("llama", {ours: turned}, {ours: model.state_dict()[f"model.layers.1.{ours}.weight"]})

        model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=20, n_positions=8))
        nano = renamed(model, "hf gpt2 to nanogpt", "nanogpt to hf gpt2")
        found += unlike("gpt2", {"w": nano["transformer.h.0.attn.c_attn.weight"]}, {"w": model.transformer.h[0].attn.c_attn.weight.t()})
        return found

    return Told(differences)


@case("surgery/diffusion")
def diffusion(_):
    """Stable Diffusion's parts between LDM's names and those of diffusers, held against diffusers' own conversion."""

    def differences(torchsh, folder):
        import open_clip_names
        import openmmlab_names
        from diffusers import AutoencoderKL, UNet2DConditionModel
        from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint

        torch.manual_seed(0)
        found = []
        kinds = {
            "sd1": dict(
                down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
                up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
                block_out_channels=(32, 32, 64), cross_attention_dim=16, attention_head_dim=8,
            ),
            "xl": dict(
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
                block_out_channels=(32, 64), cross_attention_dim=16, attention_head_dim=8, transformer_layers_per_block=(1, 2),
                use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=64,
            ),
        }
        for name, sizes in kinds.items():
            unet = UNet2DConditionModel(sample_size=8, in_channels=4, out_channels=4, layers_per_block=2, norm_num_groups=8, **sizes)
            here = unet.state_dict()
            torch.save(here, os.path.join(folder, f"{name}.pt"))
            program = (
                f"p = load('{name}.pt')\nq = rename p preset 'diffusers unet to ldm unet'\nq = prefix q 'model.diffusion_model.'\nsave q '{name}.ldm'\n"
                f"r = rename q preset 'ldm unet to diffusers unet'\nassert set(r) == set(p), set(r) ^ set(p)\nassert all(torch.equal(p[k], r[k]) for k in p)\n"
            )
            found += shell(torchsh, folder, program)
            if found:
                return found
            ldm = torch.load(os.path.join(folder, f"{name}.ldm"))
            theirs = convert_ldm_unet_checkpoint(dict(ldm), config=dict(unet.config))
            found += unlike(name, {k: theirs[k] for k in sorted(theirs)}, {k: here[k] for k in sorted(here)})
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3, block_out_channels=(8, 16, 16),
            layers_per_block=2, norm_num_groups=4, latent_channels=4,
        )
        here = vae.state_dict()
        torch.save(here, os.path.join(folder, "vae.pt"))
        program = (
            "p = load('vae.pt')\nq = rename p preset 'diffusers vae to ldm vae'\nq = prefix q 'first_stage_model.'\nsave q 'vae.ldm'\n"
            "r = rename q preset 'ldm vae to diffusers vae'\nassert set(r) == set(p), set(r) ^ set(p)\nassert all(torch.equal(p[k], r[k]) for k in p)\n"
        )
        found += shell(torchsh, folder, program)
        if not found:
            ldm = torch.load(os.path.join(folder, "vae.ldm"))
            theirs = convert_ldm_vae_checkpoint(dict(ldm), config=dict(vae.config))
            found += unlike("vae", {k: theirs[k] for k in sorted(theirs)}, {k: here[k] for k in sorted(here)})
            if ldm["first_stage_model.encoder.mid.attn_1.q.weight"].shape != (16, 16, 1, 1):
                found.append("the attention of a VAE is not a convolution there")
        found += open_clip_names.differences(torchsh, folder)
        return found + openmmlab_names.differences(torchsh, folder)

    return Told(differences)
