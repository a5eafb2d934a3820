"""`rename p to m` between libraries: the same tensors under either's names come out under the right ones."""

import functools
import os
import re

import torch
from registry import Ours, case
from safetensors.torch import save_file

VIT = [
    (r"^vit\.embeddings\.patch_embeddings\.projection", "patch_embed.proj"), (r"^vit\.embeddings\.cls_token", "cls_token"),
    (r"^vit\.embeddings\.position_embeddings", "pos_embed"), (r"^vit\.layernorm", "norm"), (r"^classifier", "head"),
    (r"^vit\.(?:encoder\.layer|layers)\.(\d+)", r"blocks.\1"), ("layernorm_before", "norm1"), ("layernorm_after", "norm2"),
    (r"attention\.(?:output\.dense|o_proj)", "attn.proj"), (r"(?:intermediate\.dense|mlp\.fc1)", "mlp.fc1"),
]  # fmt: skip
RESNET = [
    (r"^resnet\.embedder\.embedder\.convolution", "conv1"), (r"^resnet\.embedder\.embedder\.normalization", "bn1"), (r"^classifier\.1", "fc"),
    (r"^resnet\.encoder\.stages\.(\d)\.layers\.", lambda found: f"layer{int(found[1]) + 1}."),
    (r"shortcut\.convolution", "downsample.0"), (r"shortcut\.normalization", "downsample.1"),
    (r"layer\.(\d)\.convolution", lambda found: f"conv{int(found[1]) + 1}"), (r"layer\.(\d)\.normalization", lambda found: f"bn{int(found[1]) + 1}"),
]  # fmt: skip
BERT = [(r"^bert\.", ""), (r"LayerNorm\.weight$", "LayerNorm.gamma"), (r"LayerNorm\.bias$", "LayerNorm.beta")]
LLAMA = [
    (r"^model\.embed_tokens", "tok_embeddings"), (r"^lm_head", "output"), (r"^model\.", ""), (r"self_attn\.([qkvo])_proj", r"attention.w\1"),
    (r"mlp\.gate_proj", "feed_forward.w1"), (r"mlp\.down_proj", "feed_forward.w2"), (r"mlp\.up_proj", "feed_forward.w3"),
    (r"input_layernorm", "attention_norm"), (r"post_attention_layernorm", "ffn_norm"),
]  # fmt: skip


def renamed(key, rules):
    for pattern, text in rules:
        key = re.sub(pattern, text, key)
    return re.sub(r"(\d)\.output\.dense", r"\1.mlp.fc2", key) if rules is VIT else key


def models():
    import timm
    import torchvision
    import transformers as t

    vit = t.ViTConfig(image_size=32, patch_size=8, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32, num_labels=3)
    net = t.ResNetConfig(layer_type="basic", depths=[2, 2, 2, 2], embedding_size=64, hidden_sizes=[64, 128, 256, 512], num_labels=3)
    llama = t.LlamaConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, intermediate_size=32)
    bert = t.BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    timm_vit = functools.partial(timm.models.VisionTransformer, 32, 8, embed_dim=16, depth=3, num_heads=2, mlp_ratio=2, num_classes=3)
    return {
        "vit-timm": (lambda: t.ViTForImageClassification(vit), timm_vit, VIT),
        "resnet-torchvision": (lambda: t.ResNetForImageClassification(net), lambda: torchvision.models.resnet18(num_classes=3), RESNET),
        "resnet-timm": (lambda: t.ResNetForImageClassification(net), lambda: timm.create_model("resnet18", num_classes=3), RESNET),
        "bert-old": (lambda: t.BertForPreTraining(bert), None, BERT),
        "llama-meta": (lambda: t.LlamaForCausalLM(llama), None, LLAMA),
    }


def files(name, folder):
    """Files of the same tensors under the names of both libraries, and the pairs of names."""
    make, other, rules = models()[name]
    own = {key: torch.randn(value.shape) for key, value in make().state_dict().items() if value.is_floating_point()}
    names = {key: renamed(key, rules) for key in own}
    keys = own if other is None else other().state_dict()
    pairs = {key: text for key, text in names.items() if other is None or text in keys}
    theirs = {pairs[key]: own[key].clone() for key in pairs}
    if other is not None:
        theirs |= {key: torch.randn(value.shape) for key, value in keys.items() if key not in theirs and value.is_floating_point()}
    assert len(pairs) > len(own) / 2, (len(pairs), len(own))
    paths = [os.path.join(folder, file) for file in ("own.safetensors", "theirs.safetensors")]
    save_file(own, paths[0])
    save_file(theirs, paths[1])
    return paths, own, theirs, pairs


def matching_cases():
    for name in ("vit-timm", "resnet-torchvision", "resnet-timm", "bert-old", "llama-meta"):
        for back in (False, True):

            def write(path, name=name, back=back):
                (one, two), own, theirs, pairs = files(name, os.path.dirname(path))
                if back:
                    one, two, own, theirs, pairs = two, one, theirs, own, {text: key for key, text in pairs.items()}

                def reads(path):
                    found = torch.load(path, weights_only=True)
                    missing = [text for text in pairs.values() if text not in found]
                    wrong = [key for key, value in found.items() if key in theirs and key in pairs.values() and not torch.equal(value, theirs[key])]
                    assert not missing and not wrong, (missing[:5], wrong[:5])
                    return found

                return Ours(f"p, t = load({one!r}), load({two!r})\nm = rename p to t", reads)

            case(f"matching/{name}{'-back' if back else ''}")(write)


matching_cases()
