"""from_config: the keys that transformers' files have, and what transformers computes, to 1e-5."""

import os

import torch
from registry import Told, case
from surgery import shell


def close(name, one, two):
    if one.shape != two.shape:
        return [f"{name}: {list(one.shape)}, not {list(two.shape)}"]
    far = (one.float() - two.float()).abs().max().item()
    return [] if far < 1e-5 else [f"{name}: outputs differ by {far}"]


def models():
    """Small models of each family, with what they are given and what they answer."""
    import transformers as t

    ids = torch.tensor([[3, 7, 9, 2, 5], [4, 4, 8, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    bert = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, vocab_size=40, max_position_embeddings=16)
    text = {"input_ids": ids, "attention_mask": mask}
    types = dict(text, token_type_ids=torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, 0, 0]]))
    for kind in ("Model", "ForMaskedLM", "ForPreTraining", "ForNextSentencePrediction", "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering"):
        yield f"bert {kind}", getattr(t, f"Bert{kind}")(t.BertConfig(**bert, num_labels=2)), types
    for act in ("gelu_new", "relu", "silu", "quick_gelu", "gelu_pytorch_tanh"):
        yield f"bert {act}", t.BertForMaskedLM(t.BertConfig(**bert, hidden_act=act, tie_word_embeddings=act != "relu")), text
    gpt2 = dict(n_embd=32, n_layer=2, n_head=4, vocab_size=40, n_positions=16, pad_token_id=0)
    for kind in ("Model", "LMHeadModel", "ForSequenceClassification", "ForTokenClassification"):
        yield f"gpt2 {kind}", getattr(t, f"GPT2{kind}")(t.GPT2Config(**gpt2, num_labels=3)), text
    yield "gpt2 scales", t.GPT2LMHeadModel(t.GPT2Config(**gpt2, scale_attn_by_inverse_layer_idx=True, n_inner=24, activation_function="gelu")), text
    llama = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, vocab_size=40, max_position_embeddings=16, pad_token_id=0)
    for kind in ("Model", "ForCausalLM", "ForSequenceClassification", "ForTokenClassification"):
        yield f"llama {kind}", getattr(t, f"Llama{kind}")(t.LlamaConfig(**llama, num_key_value_heads=2)), text
        yield f"qwen2 {kind}", getattr(t, f"Qwen2{kind}")(t.Qwen2Config(**llama, num_key_value_heads=1)), text
    rope = {"rope_type": "default", "rope_theta": 500000.0}
    yield "llama tied", t.LlamaForCausalLM(t.LlamaConfig(**llama, num_key_value_heads=4, tie_word_embeddings=True, attention_bias=True, mlp_bias=True, rope_parameters=rope)), text
    yield "qwen2 tied", t.Qwen2ForCausalLM(t.Qwen2Config(**llama, num_key_value_heads=2, tie_word_embeddings=True)), text
    yield "llama wide heads", t.LlamaForCausalLM(t.LlamaConfig(**llama, num_key_value_heads=2, head_dim=16)), text
    vit = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=16, patch_size=8)
    image = {"pixel_values": torch.randn(2, 3, 16, 16)}
    yield "vit", t.ViTModel(t.ViTConfig(**vit)), image
    yield "vit classes", t.ViTForImageClassification(t.ViTConfig(**vit, num_labels=3, qkv_bias=False)), image


@case("huggingface/forward")
def forward(_):
    """The folder is opened, checked, loaded and run; the answers are transformers' own."""

    def differences(torchsh, folder):
        torch.manual_seed(0)
        known, program = {}, "import os\n"
        for number, (name, model, given) in enumerate(models()):
            model = model.eval()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(torch.randn_like(parameter) * 0.1)
                known[name] = tuple(v for v in model(**given).to_tuple() if torch.is_tensor(v)), given
            place = f"m{number}"
            model.save_pretrained(os.path.join(folder, place))
            torch.save(given, os.path.join(folder, f"{place}.given"))
            program += (
                f"model = from_config({place!r})\nassert all(p.is_meta for p in model.parameters())\n"
                f"p = load({place!r})\nf = check p into model\nassert f['loads'], ({name!r}, f)\n"
                f"load_state_dict p into model\nmodel.eval()\ngiven = torch.load('{place}.given')\n"
                f"with torch.no_grad():\n    out = model(**given)\n"
                f"torch.save([v for v in out.values()], '{place}.out')\n"
                f"q = state_dict(model)\nassert set(p) <= set(q), set(p) - set(q)\nassert all(torch.equal(p[k], q[k]) for k in p)\n"
            )
        found = shell(torchsh, folder, program)
        for number, (name, (wanted, given)) in enumerate(known.items()) if not found else ():
            got = torch.load(os.path.join(folder, f"m{number}.out"))
            for one, two in zip(got, wanted, strict=False):
                if "attention_mask" in given and one.dim() > 1 and one.shape[:2] == given["input_ids"].shape:
                    # What stands at padding is nobody's.
                    one, two = one[given["attention_mask"].bool()], two[given["attention_mask"].bool()]
                found += close(name, one, two)
        return found

    return Told(differences)


@case("huggingface/refused")
def refused(_):
    """What is not here is refused by name."""

    def differences(torchsh, folder):
        wrong = {
            "{'model_type': 't5'}": "does not have models of type 't5'",
            "{'model_type': 'llama', 'rope_scaling': {'rope_type': 'llama3', 'factor': 8.0}}": "does not have rope_scaling of type 'llama3'",
            "{'model_type': 'bert', 'hidden_act': 'banana', 'hidden_size': 12}": "does not have the activation 'banana'",
            "{'model_type': 'bert', 'hidden_size': '12'}": "hidden_size is '12'",
            "{'model_type': 'bert', 'num_hidden_layers': 10**9}": "num_hidden_layers is 1000000000",
            "{'model_type': 'bert', 'hidden_size': 10}": "10 cannot be divided among 12 heads",
            "{'model_type': 'bert', 'architectures': ['BertGenerationEncoder']}": "this shell has no BertGenerationEncoder",
            "{'model_type': 'qwen2', 'use_sliding_window': True}": "does not have use_sliding_window=True",
            "{'model_type': 'llama', 'quantization_config': {}}": "does not have quantization_config={}",
            "'nowhere/'": "No such file",
        }
        with open(os.path.join(folder, "broken.json"), "w") as file:
            file.write("{")
        wrong["'broken.json'"] = "is not JSON"
        program = "".join(
            f"try:\n    from_config({config})\nexcept (NotImplementedError, ValueError, OSError) as error:\n    assert {said!r} in str(error), str(error)\n"
            f"else:\n    raise SystemExit({config!r})\n"
            for config, said in wrong.items()
        )
        return shell(torchsh, folder, program)

    return Told(differences)
