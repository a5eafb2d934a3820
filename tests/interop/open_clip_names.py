"""CLIP's and BERT's names against the libraries' own."""

import os

import torch
from surgery import shell, unlike


def differences(torchsh, folder):
    from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint
    from transformers import BertConfig, BertModel, CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModelWithProjection

    torch.manual_seed(0)
    sizes = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2)
    text = CLIPTextModelWithProjection(CLIPTextConfig(**sizes, vocab_size=20, projection_dim=16, max_position_embeddings=8)).eval()
    text.save_pretrained(os.path.join(folder, "text"))
    whole = CLIPModel(CLIPConfig(text_config=dict(sizes, vocab_size=20, max_position_embeddings=8), vision_config=dict(sizes, image_size=16, patch_size=8), projection_dim=16))
    whole.save_pretrained(os.path.join(folder, "clip"))
    bert = BertModel(BertConfig(**sizes, vocab_size=20, max_position_embeddings=8, hidden_act="relu")).eval()
    bert.save_pretrained(os.path.join(folder, "bert"))
    program = (
        "p = load('text')\nq = rename p preset 'hf clip to open_clip'\nsave q 'text.out'\n"
        "r = rename q preset 'open_clip to hf clip'\nassert set(r) == set(p) and all(torch.equal(p[k], r[k]) for k in p)\n"
        "p = load('clip')\nq = rename p preset 'hf clip to open_clip'\nassert 'visual.transformer.resblocks.1.attn.in_proj_weight' in q and 'visual.proj' in q, list(q)\n"
        "r = rename q preset 'open_clip to hf clip'\nassert set(r) == set(p), set(r) ^ set(p)\nassert all(torch.equal(p[k], r[k]) for k in p)\n"
        "p = load('bert')\nb = keep p '*encoder.layer*'\nb = rename b preset 'hf bert to torch encoder'\nsave b 'bert.out'\n"
    )
    found = shell(torchsh, folder, program)
    if found:
        return found
    ours = torch.load(os.path.join(folder, "text.out"))
    theirs = convert_open_clip_checkpoint(text, dict(ours), prefix="")
    saved = {k: v for k, v in text.state_dict().items() if k in theirs}
    if len(theirs) < len(text.state_dict()) - 1:
        found.append(f"open_clip: {len(theirs)} keys of {len(text.state_dict())}")
    if saved:
        found += unlike("open_clip", {k: theirs[k] for k in sorted(saved)}, {k: saved[k] for k in sorted(saved)})
    layer = torch.nn.TransformerEncoderLayer(16, 2, 32, activation="relu", layer_norm_eps=1e-12, batch_first=True)
    encoder = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    encoder.load_state_dict(torch.load(os.path.join(folder, "bert.out")))
    ids = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        wanted = bert(ids).last_hidden_state
        got = encoder(bert.embeddings(ids))
    if not torch.allclose(got, wanted, atol=1e-5):
        found.append(f"bert: outputs differ by {(got - wanted).abs().max()}")
    return found
