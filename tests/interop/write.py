"""What torchsh writes for others: GGUF for gguf-py and llama.cpp, folders for torch.distributed.checkpoint, and what it says of it."""

import json
import os

import numpy as np
import torch
from registry import Told, case
from surgery import shell, unlike

#: by `ggml_type`: those that gguf-py itself makes, those that llama.cpp alone makes, with their largest error in steps of the range
PYTHON = {"q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8}
LLAMA = {"q2_k": 10, "q3_k": 11, "q4_k": 12, "q5_k": 13, "q6_k": 14, "iq4_nl": 20}
ERRORS = {"q2_k": 0.4, "q3_k": 0.25, "q4_k": 0.12, "q5_k": 0.06, "q6_k": 0.04, "iq4_nl": 0.13}


def told(torchsh, folder, program):
    import subprocess

    done = subprocess.run([torchsh, "-"], input=program, cwd=folder, text=True, capture_output=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def matrix(columns, seed=0):
    random = torch.Generator().manual_seed(seed)
    rows = torch.randn(64, columns, generator=random)
    rows[1], rows[2], rows[3] = rows[1] ** 3, 0, rows[3].abs() + 1
    rows[4] = torch.linspace(-1, 1, columns)
    return rows * 0.05


@case("write/gguf-plain")
def gguf_plain(_):
    def differences(torchsh, folder):
        from gguf import GGUFReader, GGUFValueType

        values = {
            "a.float": torch.randn(3, 5),
            "a.half": torch.randn(7, 2, 3).half(),
            "a.double": torch.randn(4).double(),
            "b.int8": torch.arange(-3, 4, dtype=torch.int8),
            "b.int64": torch.tensor([2**62, -1]),
            "view": torch.randn(6, 8).t(),
        }
        torch.save(values | {"brain": torch.randn(2, 32).bfloat16()}, os.path.join(folder, "x.pt"))
        said = {"general.name": "mine", "x.count": 7, "x.less": -7, "x.large": 2**40, "x.small": 0.5, "x.on": True, "x.list": [1, 2], "x.words": ["a", "ü"]}
        found = shell(torchsh, folder, f"p = load('x.pt')\nsave p 'x.gguf' metadata={said}\nsave load('x.gguf') 'y.gguf'\n")
        if found:
            return found
        for name in ("x.gguf", "y.gguf"):
            reader = GGUFReader(os.path.join(folder, name))
            held = {tensor.name: tensor for tensor in reader.tensors}
            for key, value in values.items():
                got, wanted = np.asarray(held[key].data), value.contiguous().numpy()
                if got.shape != wanted.shape or got.tobytes() != wanted.tobytes():
                    found.append(f"{name}: {key} is {got.dtype} {got.shape}, not {wanted.dtype} {wanted.shape}")
            if held["brain"].tensor_type.name != "BF16":
                found.append(f"{name}: brain is {held['brain'].tensor_type}")
            for key, value in said.items():
                got = reader.get_field(key).contents()
                if got != value:
                    found.append(f"{name}: {key} is {got!r}, not {value!r}")
            if reader.get_field("x.count").types != [GGUFValueType.UINT32]:
                found.append(f"{name}: x.count is {reader.get_field('x.count').types}")
        one, two = (open(os.path.join(folder, name), "rb").read() for name in ("x.gguf", "y.gguf"))
        return found + ([] if one == two else ["a file that was loaded is written with other bytes"])

    return Told(differences)


@case("write/gguf-blocks")
def gguf_blocks(_):
    def differences(torchsh, folder):
        import llama_cpp
        from gguf import GGUFReader, GGMLQuantizationType, quants

        values = {"w": matrix(512), "half": matrix(256, 1).half(), "brain": matrix(768, 2).bfloat16(), "double": matrix(256, 3).double(), "norm": torch.ones(512)}
        values["cube"] = torch.randn(3, 4, 256)
        torch.save(values, os.path.join(folder, "x.pt"))
        names = PYTHON | LLAMA
        lines = "".join(f"save (cast p {name}) '{name}.gguf'\nq = load('{name}.gguf')\nsave q 'again-{name}.gguf'\n" for name in names)
        found = shell(torchsh, folder, "p = load('x.pt')\n" + lines)
        if found:
            return found
        for name, number in names.items():
            path = os.path.join(folder, f"{name}.gguf")
            kind = GGMLQuantizationType(number)
            for tensor in GGUFReader(path).tensors:
                value = values[tensor.name].float().numpy()
                if tensor.name == "norm":
                    if tensor.tensor_type.name != "F32":
                        found.append(f"{name}: a vector is {tensor.tensor_type}")
                    continue
                if tensor.tensor_type != kind:
                    found.append(f"{name}: {tensor.name} is {tensor.tensor_type}")
                    continue
                got = np.asarray(tensor.data).reshape(-1).tobytes()
                if name in PYTHON and got != quants.quantize(value, kind).tobytes():
                    found.append(f"{name}: {tensor.name} has other bytes than gguf-py makes")
                if got != llama_cpp.quantize(number, value.reshape(-1, value.shape[-1])).tobytes():
                    found.append(f"{name}: {tensor.name} has other bytes than llama.cpp makes")
                if name in ERRORS:
                    back = quants.dequantize(np.asarray(tensor.data), kind).reshape(value.shape)
                    error = np.abs(back - value).max() / np.abs(value).max()
                    if error > ERRORS[name]:
                        found.append(f"{name}: {tensor.name} is off by {error:.3f} of the largest")
            again = os.path.join(folder, f"again-{name}.gguf")
            if open(path, "rb").read() != open(again, "rb").read():
                found.append(f"{name}: blocks that were loaded are written as others")
        return found

    return Told(differences)


@case("write/gguf-that-does-not-fit")
def gguf_fallbacks(_):
    def differences(torchsh, folder):
        from gguf import GGUFReader

        torch.save({"k": torch.randn(4, 96), "odd": torch.randn(4, 40), "whole": torch.randn(4, 256)}, os.path.join(folder, "x.pt"))
        wanted = {"q2_k": "IQ4_NL", "q3_k": "IQ4_NL", "q4_k": "Q5_0", "q5_k": "Q5_1", "q6_k": "Q8_0", "q8_0": "Q8_0"}
        found = []
        for name, other in wanted.items():
            status, said = told(torchsh, folder, f"save (cast load('x.pt') {name}) 'x.gguf'\n")
            kinds = {tensor.name: tensor.tensor_type.name for tensor in GGUFReader(os.path.join(folder, "x.gguf")).tensors}
            if kinds != {"k": other, "odd": "F16", "whole": name.upper()}:
                found.append(f"{name}: {kinds}")
            if status or "odd" not in said or "F16" not in said:
                found.append(f"{name}: it says {said!r}")
        for line, word in (("save {'t': torch.ones(2, dtype=torch.uint8)} 'x.gguf'", "uint8"), ("save {'t': torch.ones(1, 1, 1, 1, 2)} 'x.gguf'", "5")):
            status, said = told(torchsh, folder, line + "\n")
            if not status or word not in said or "'t'" not in said:
                found.append(f"{line}: {said!r}")
        return found

    return Told(differences)


def byte_level(folder, kind):
    """A small vocabulary of GPT-2's kind, with the words of a family."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    if kind == "gpt2":
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        digits = r"\p{N}{1,3}" if kind == "llama" else r"\p{N}"
        pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        split = pre_tokenizers.Split(Regex(pattern), "isolated", invert=False)
        made.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<s>", "</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(["the cat sat on the mat, 123 times"] * 20 + ["It's 2024; they've gone home again."] * 20, trainer)
    return finished(folder, made, bos_token="<s>", eos_token="</s>")


def word_piece(folder):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(["the cat sat on the mat", "they have gone home again"] * 20, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special))
    return finished(folder, made, **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")})


def finished(folder, made, **special):
    from transformers import PreTrainedTokenizerFast

    wrapped = PreTrainedTokenizerFast(tokenizer_object=made, **special)
    wrapped.save_pretrained(folder)
    return wrapped


def models():
    """A model of each family, with the tokenizer that it is saved with."""
    import transformers as hf

    small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
    grouped = small | {"num_key_value_heads": 2, "vocab_size": 420, "bos_token_id": 0, "eos_token_id": 1}
    scaled = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64, "rope_theta": 50_000.0}
    yield "llama", hf.LlamaForCausalLM, hf.LlamaConfig(**grouped, tie_word_embeddings=False), lambda f: byte_level(f, "llama")
    yield "llama31", hf.LlamaForCausalLM, hf.LlamaConfig(**grouped, rope_parameters=scaled, tie_word_embeddings=True), lambda f: byte_level(f, "llama")
    yield "qwen2", hf.Qwen2ForCausalLM, hf.Qwen2Config(**grouped, tie_word_embeddings=True), lambda f: byte_level(f, "qwen2")
    gpt2 = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 128, "vocab_size": 420, "bos_token_id": 0, "eos_token_id": 1}
    yield "gpt2", hf.GPT2LMHeadModel, hf.GPT2Config(**gpt2), lambda f: byte_level(f, "gpt2")


@case("write/gguf-models")
def gguf_models(_):
    def differences(torchsh, folder):
        import llama_cpp
        from gguf import MODEL_ARCH, GGUFReader, get_tensor_name_map

        found = []
        text = "the cat's 2024 mats, they've gone again"
        for name, kind, config, tokenize in models():
            torch.manual_seed(0)
            model, where = kind(config).eval(), os.path.join(folder, name)
            model.save_pretrained(where)
            tokenizer = tokenize(where)
            lines = f"p = load('{name}')\nsave p '{name}.gguf' config='{name}'\nsave (cast p q8_0) '{name}-q8_0.gguf' config='{name}'\n"
            status, said = told(torchsh, folder, lines)
            if status:
                found.append(f"{name}: {said}")
                continue
            reader = GGUFReader(os.path.join(folder, f"{name}.gguf"))
            names = {tensor.name for tensor in reader.tensors} - {"rope_freqs.weight"}
            mapped = get_tensor_name_map(getattr(MODEL_ARCH, name.removesuffix("31").upper()), 2)
            theirs = {mapped.get_name(key, try_suffixes=(".weight", ".bias")) for key in model.state_dict()}
            theirs -= {"output.weight"} if config.tie_word_embeddings else set()
            if names != theirs:
                found.append(f"{name}: names {sorted(names ^ theirs)}")
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            with torch.no_grad():
                wanted = model(torch.tensor([ids])).logits[0, -1].numpy()
            for file, most in ((f"{name}.gguf", 2e-3), (f"{name}-q8_0.gguf", 0.08)):
                with llama_cpp.Model(os.path.join(folder, file)) as loaded:
                    if loaded.tokens(text) != ids:
                        found.append(f"{file}: tokens {loaded.tokens(text)}, not {ids}")
                    error = np.abs(loaded.logits(ids) - wanted).max() / np.abs(wanted).max()
                    if error > most:
                        found.append(f"{file}: logits are off by {error:.4f} of the largest")
        return found

    return Told(differences)


@case("write/gguf-back")
def gguf_back(_):
    def differences(torchsh, folder):
        found = []
        for name, kind, config, tokenize in models():
            torch.manual_seed(0)
            model, where = kind(config), os.path.join(folder, name)
            model.save_pretrained(where)
            tokenize(where)
            preset, heads = name.removesuffix("31"), " heads=4 kv_heads=2" if "llama" in name else ""
            lines = f"save load('{name}') '{name}.gguf' config='{name}'\nq = rename load('{name}.gguf') preset 'gguf {preset} to hf {preset}'{heads}\nsave q '{name}.pt'\n"
            found += shell(torchsh, folder, lines)
            wanted = {key: value for key, value in model.state_dict().items() if not (config.tie_word_embeddings and key == "lm_head.weight")}
            if not found:
                got = torch.load(os.path.join(folder, f"{name}.pt"))
                found += unlike(name, {key: got[key] for key in wanted if key in got}, wanted)
        return found

    return Told(differences)


@case("write/gguf-bert")
def gguf_bert(_):
    def differences(torchsh, folder):
        import llama_cpp
        import transformers as hf
        from gguf import GGUFReader

        small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
        tokenizer = word_piece(os.path.join(folder, "bert"))
        model = hf.BertModel(hf.BertConfig(**small, vocab_size=len(tokenizer)))
        model.save_pretrained(os.path.join(folder, "bert"))
        found = shell(torchsh, folder, "save load('bert') 'bert.gguf' config='bert'\n")
        if found:
            return found
        reader = GGUFReader(os.path.join(folder, "bert.gguf"))
        held = {tensor.name: np.asarray(tensor.data) for tensor in reader.tensors}
        pairs = {"token_embd.weight": "embeddings.word_embeddings.weight", "blk.1.layer_output_norm.bias": "encoder.layer.1.output.LayerNorm.bias"}
        state = model.state_dict()
        found += [f"{name} differs" for name, key in pairs.items() if not np.array_equal(held[name], state[key].numpy())]
        words = reader.get_field("tokenizer.ggml.tokens").contents()
        theirs = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
        wanted = [w if w.startswith("[") else w[2:] if w.startswith("##") else "\u2581" + w for w in theirs]
        found += [] if words == wanted else [f"tokens {[pair for pair in zip(words, wanted) if pair[0] != pair[1]][:3]}"]
        text = "they have the mat again"
        with llama_cpp.Model(os.path.join(folder, "bert.gguf")) as loaded:
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            return found + ([] if loaded.tokens(text) == ids else [f"tokens {loaded.tokens(text)}, not {ids}"])

    return Told(differences)


@case("write/dcp")
def dcp(_):
    def differences(torchsh, folder):
        import torch.distributed.checkpoint as checkpoint
        from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

        model = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.BatchNorm1d(3))
        saved = {"model": model.state_dict(), "epoch": 3, "lr": [0.1, 0.2], "list": [torch.arange(3), {"x": torch.ones(2, dtype=torch.bfloat16)}]}
        saved["view"], saved["none"] = torch.randn(4, 6)[:, 1:3], None
        torch.save(saved, os.path.join(folder, "x.pt"))
        found = shell(torchsh, folder, "p = load('x.pt')\nsave p 'a.dcp'\nsave p 'b' format='dcp'\nsave {'old': torch.ones(2)} 'c.dcp'\nsave p 'c.dcp/'\nsave load('c.dcp') 'd.pt'\n")
        if found:
            return found
        flat = {f"model.{key}": value for key, value in saved["model"].items()} | {"list.0": saved["list"][0], "list.1.x": saved["list"][1]["x"], "view": saved["view"]}
        for name in ("a.dcp", "b", "c.dcp"):
            where = os.path.join(folder, name)
            empty = {"model": {key: torch.zeros_like(value) for key, value in saved["model"].items()}, "epoch": 0, "lr": None, "view": torch.zeros(4, 2)}
            checkpoint.load(empty, checkpoint_id=where)
            got = {f"model.{key}": value for key, value in empty["model"].items()}
            found += unlike(name, got, {key: value for key, value in flat.items() if key in got})
            found += [] if (empty["epoch"], empty["lr"]) == (3, [0.1, 0.2]) and empty["view"].equal(saved["view"]) else [f"{name}: {empty['epoch']}, {empty['lr']}"]
            dcp_to_torch_save(where, os.path.join(folder, "whole.pt"))
            whole = torch.load(os.path.join(folder, "whole.pt"), weights_only=False)
            found += unlike(name, dict(whole["model"]), dict(saved["model"]))
            if not whole["list"][1]["x"].equal(saved["list"][1]["x"]) or whole["none"] is not None:
                found.append(f"{name}: {whole}")
            files = sorted(os.listdir(where))
            if len(files) != 2:
                found.append(f"{name} holds {files}")
        back = torch.load(os.path.join(folder, "d.pt"))
        return found + unlike("read again", dict(back["model"]), dict(saved["model"]))

    return Told(differences)


@case("write/overflow")
def overflow(_):
    def differences(torchsh, folder):
        big = torch.tensor([1.0, 65519.0, 65520.0, -1e6, torch.inf, torch.nan])
        torch.save({"a.big": big, "a.small": torch.ones(3)}, os.path.join(folder, "x.pt"))
        found = []
        for line in ("save (cast p float16) 'y.pt'", "save (cast p float16) 'y.safetensors'", "q = cast p float16\ntorch.save(q, 'y.pt')"):
            status, said = told(torchsh, folder, f"p = load('x.pt')\n{line}\n")
            if status or "a.big (2)" not in said or "a.small" in said.replace("left as", ""):
                found.append(f"{line}: {said!r}")
        status, said = told(torchsh, folder, "p = load('x.pt')\nsave (cast p bfloat16) 'y.pt'\n")
        return found + ([f"bfloat16: {said!r}"] if "warning" in said else [])

    return Told(differences)


@case("write/functions")
def functions(_):
    def differences(torchsh, folder):
        values = {"module.a.qkv.weight": torch.randn(6, 32), "module.b.norm.weight": torch.ones(4), "module.embed.weight": torch.randn(5, 4)}
        torch.save(values, os.path.join(folder, "x.pt"))
        torch.save({key: value + 1 for key, value in values.items()}, os.path.join(folder, "y.pt"))
        pairs = {
            'strip p "module."': 'torchsh.strip(p, "module.")',
            'cast p bfloat16 keep "*norm*"': 'cast(p, "bfloat16", keep=["*norm*"])',
            'split p "*.qkv.weight" into q k v': 'torchsh.split(p, "*.qkv.weight", into=["q", "k", "v"])',
            "average p q weights 0.25 0.75": "torchsh.average(p, q, weights=[0.25, 0.75])",
            'grow p "*embed*" to 9 rows="mean"': 'torchsh.grow(p, "*embed*", to=9, rows="mean")',
            "filter p where v.ndim == 2": "torchsh.filter(p, where=lambda k, v: v.ndim == 2)",
            "filter p shape== [4]": "torchsh.filter(p, shape=[4])",
            'rename p "module.*" "net.*"': 'torchsh.rename(p, "module.*", "net.*")',
        }
        program = "import torchsh\nfrom torchsh import cast\np, q = load('x.pt'), torchsh.load('y.pt')\n"
        for number, (line, call) in enumerate(pairs.items()):
            program += f"one = {line}\ntwo = {call}\nassert fingerprint(one) == fingerprint(two), {call!r}\n".replace("fingerprint(", "torchsh.fingerprint(")
        program = program.replace("torchsh.fingerprint(one) == torchsh.fingerprint(two)", "list(one) == list(two) and all(torch.equal(one[k], two[k]) for k in one)")
        found = shell(torchsh, folder, program)
        status, said = told(torchsh, folder, "import torchsh\ntorchsh.strip({'a': 1}, 'b', banana=3)\n")
        found += [] if status and "banana" in said else [f"an unknown option: {said!r}"]
        status, said = told(torchsh, folder, "import torchsh\nhelp(torchsh)\n")
        return found + ([] if "average" in said and "Merge" not in said[:10] else [said[:200]])

    return Told(differences)


@case("write/mapping-file")
def mapping_file(_):
    def differences(torchsh, folder):
        values = {"a.qkv.weight": torch.randn(6, 2), "a.n.weight": torch.ones(2)}
        q, k, v = values["a.qkv.weight"].chunk(3)
        torch.save(values, os.path.join(folder, "x.pt"))
        torch.save({"b.q.weight": q, "b.k.weight": k + 1, "b.v.weight": v, "b.n.weight": torch.ones(2)}, os.path.join(folder, "y.pt"))
        with open(os.path.join(folder, "map.json"), "w") as file:
            json.dump({"a.qkv.weight": ["b.q.weight", "b.k.weight", "b.v.weight"], "a.n.*": "b.n.*"}, file)
        status, said = told(torchsh, folder, "a, b = load('x.pt'), load('y.pt')\nprint(len(diff(a, b, through='map.json')) if False else 0)\ndiff a b through 'map.json'\n")
        wanted = "b.k.weight" in said and "b.q.weight" not in said and "3 equal" in said
        return [] if status == 0 and wanted else [said]

    return Told(differences)


#: The type of each kind of tensor by its layer, of sixteen, as `llama_tensor_get_type` of llama.cpp's `llama-quant.cpp` has it.
MORE = [0, 1, 4, 7, 10, 13, 14, 15]
MIXTURES = {
    "q4_k_m": (15, "Q4_K", lambda n: {"attn_v": "Q6_K", "ffn_down": "Q6_K"} if n in MORE else {}),
    "q5_k_m": (17, "Q5_K", lambda n: {"attn_v": "Q6_K", "ffn_down": "Q6_K"} if n in MORE else {}),
    "q4_k_s": (14, "Q4_K", lambda n: ({"attn_v": "Q5_K"} if n < 4 else {}) | ({"ffn_down": "Q5_K"} if n < 2 else {})),
    "q5_k_s": (16, "Q5_K", lambda n: {}),
    "q3_k_m": (12, "Q3_K", lambda n: {"attn_v": "Q5_K" if n < 2 else "Q4_K", "ffn_down": "Q5_K" if n < 1 else "Q4_K", "attn_output": "Q4_K"}),
    "q3_k_l": (13, "Q3_K", lambda n: {"attn_v": "Q5_K", "ffn_down": "Q5_K", "attn_output": "Q5_K"}),
    # Without --pure.
    "q4_0 pure=False": (2, "Q4_0", lambda n: {}),
    "q5_1 pure=False": (9, "Q5_1", lambda n: {}),
    "q8_0 pure=False": (7, "Q8_0", lambda n: {}),
    "q2_k pure=False": (10, "Q2_K", lambda n: {"attn_v": "Q4_K", "ffn_down": "Q3_K", "attn_output": "Q3_K"}),
    "iq4_nl pure=False": (25, "IQ4_NL", lambda n: {"attn_v": "Q5_K"} | ({"ffn_down": "Q5_K"} if n < 2 else {})),
    "q2_k_s": (21, "Q2_K", lambda n: {"attn_v": "Q4_K"} | ({"ffn_down": "Q4_K"} if n < 2 else {})),
}


@case("write/gguf-mixtures")
def gguf_mixtures(_):
    """Which tensor is of which type, what gguf-py reads, and the very blocks that llama.cpp makes."""

    def differences(torchsh, folder):
        import llama_cpp
        from gguf import GGUFReader, dequantize
        from transformers import LlamaConfig, LlamaForCausalLM

        torch.manual_seed(0)
        sizes = dict(hidden_size=256, num_hidden_layers=16, num_attention_heads=8, num_key_value_heads=2, intermediate_size=256, vocab_size=40)
        model = LlamaForCausalLM(LlamaConfig(**sizes))
        model.save_pretrained(os.path.join(folder, "llama"))
        program = "p = load('llama')\nsave p 'plain.gguf' config='llama'\n"
        program += "".join(f"save (cast p {name}) '{name}.gguf' config='llama'\n" for name in MIXTURES)
        found = shell(torchsh, folder, program + "save load('q4_k_m.gguf') 'again.gguf'\n")
        if found:
            return found
        plain = {tensor.name: np.asarray(tensor.data) for tensor in GGUFReader(os.path.join(folder, "plain.gguf")).tensors}
        for name, (number, base, exceptions) in MIXTURES.items():
            reader = GGUFReader(os.path.join(folder, f"{name}.gguf"))
            if reader.fields["general.file_type"].contents() != number:
                found.append(f"{name}: file type {reader.fields['general.file_type'].contents()}")
            for tensor in reader.tensors:
                part = tensor.name.split(".")
                wanted = "Q6_K" if tensor.name == "output.weight" and base != "Q8_0" else base
                if part[0] == "blk":
                    wanted = exceptions(int(part[1])).get(part[2], base)
                if len(tensor.shape) < 2:
                    wanted = "F32"
                got = tensor.tensor_type.name
                if got != wanted:
                    found.append(f"{name}: {tensor.name} is {got}, not {wanted}")
                elif wanted != "F32" and bytes(tensor.data) != bytes(llama_cpp.quantize(int(tensor.tensor_type), plain[tensor.name])):
                    found.append(f"{name}: {tensor.name}: other blocks than llama.cpp makes")
        loaded = os.path.join(folder, "q4_k_m.gguf")
        if open(loaded, "rb").read() != open(os.path.join(folder, "again.gguf"), "rb").read():
            found.append("q4_k_m: written again it is another file")
        program = "p = load('q4_k_m.gguf')\nsave p 'read.pt'\n"
        found += shell(torchsh, folder, program)
        if not found:
            read = torch.load(os.path.join(folder, "read.pt"))
            for tensor in GGUFReader(loaded).tensors:
                numbers = dequantize(tensor.data, tensor.tensor_type)
                found += unlike(tensor.name, {"w": read[tensor.name]}, {"w": torch.from_numpy(numbers).reshape(read[tensor.name].shape)})
        return found[:8]

    return Told(differences)


@case("write/shared")
def shared(_):
    """Under which key a tensor of several keys is written, as safetensors' own library and transformers read it."""

    def differences(torchsh, folder):
        from safetensors import safe_open
        from transformers import GPT2Config, GPT2LMHeadModel

        torch.manual_seed(0)
        model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=20, n_positions=8))
        torch.save(model.state_dict(), os.path.join(folder, "x.pt"))
        found = shell(
            torchsh,
            folder,
            "p = load('x.pt')\nsave p 'once.safetensors'\nsave p 'kept.safetensors' kept='lm_head.*'\nsave p 'apart.safetensors' shared='apart'\n"
            "save p 'parts.safetensors' kept=['none.*', 'lm_head.*'][1:] max_shard_size=4000\n",
        )
        names = ["transformer.wte.weight", "lm_head.weight"]
        for file, wanted in ("once", names[:1]), ("kept", names[1:]), ("apart", names):
            with safe_open(os.path.join(folder, f"{file}.safetensors"), "pt") as opened:
                held = [name for name in names if name in opened.keys()]
            if held != wanted:
                found.append(f"{file}: {held}")
        from safetensors.torch import load_file, load_model

        for file in "once", "kept", "apart":
            other, path = GPT2LMHeadModel(model.config), os.path.join(folder, f"{file}.safetensors")
            if file == "apart":
                # load_model takes no file in which both are.
                other.load_state_dict(load_file(path))
            else:
                missing, unexpected = load_model(other, path)
                found += [f"{file}: missing {missing}, unexpected {unexpected}"] if missing or unexpected else []
            found += unlike(file, other.state_dict(), model.state_dict())
        status, said = told(torchsh, folder, "save load('x.pt') 'refused.safetensors' shared='refuse'\n")
        if not status or not all(name in said for name in names) or os.path.exists(os.path.join(folder, "refused.safetensors")):
            found.append(f"refused: {said}")
        status, said = told(torchsh, folder, "save load('x.pt') 'refused.safetensors' kept='nothing.*'\n")
        if not status or "nothing.*" not in said:
            found.append(f"kept that fits nothing: {said}")
        return found

    return Told(differences)


@case("write/beyond")
def beyond(_):
    """Numbers that a dtype cannot hold are counted as PyTorch makes them infinite, whatever verb made them."""

    def differences(torchsh, folder):
        torch.manual_seed(0)
        weights = {name: {"w": torch.randn(40, 30) * 1.2e4, "v": torch.randn(5)} for name in "abc"}
        for name, held in weights.items():
            torch.save({key: value.half() for key, value in held.items()}, os.path.join(folder, f"{name}.pt"))
        torch.save({"w": torch.randn(40, 30) * 1e5, "d": torch.randn(9).double() * 1e39}, os.path.join(folder, "wide.pt"))
        torch.save({"w.lora_A.weight": torch.ones(2, 30) * 150, "w.lora_B.weight": torch.ones(40, 2) * 150}, os.path.join(folder, "lora.pt"))
        a, b, c = (torch.load(os.path.join(folder, f"{name}.pt"))["w"].float() for name in "abc")
        wide = torch.load(os.path.join(folder, "wide.pt"))
        count = lambda made, dtype, of: int((~made.to(dtype).isfinite() & of.isfinite()).sum())
        lora = torch.ones(40, 2) * 150 @ (torch.ones(2, 30) * 150)
        found = []
        for line, wanted in (
            ("task a b base=c scale=1.5", count(a + 1.5 * (b - c), torch.half, a)),
            ("average a b weights 3 -2", count(3 * a - 2 * b, torch.half, a)),
            ("lerp a b 2.5", count(torch.lerp(a, b, 2.5), torch.half, a)),
            ("merge a lora 'lora.pt'", count(a + lora, torch.half, a)),
            ("cast (keep wide 'w') float16", count(wide["w"], torch.half, wide["w"])),
            ("cast (keep wide 'd') float32", count(wide["d"], torch.float, wide["d"])),
            ("cast (keep wide 'd') bfloat16", count(wide["d"], torch.bfloat16, wide["d"])),
        ):
            program = "".join(f"{name} = load('{name}.pt')\n" for name in ("a", "b", "c", "wide")) + f"save ({line}) 'x.out'\n"
            status, said = told(torchsh, folder, program)
            numbers = [int(part.split(")")[0].replace(",", "")) for part in said.split("NaN: ")[-1].split("(")[1:2]] if "NaN: " in said else [0]
            if status or numbers != [wanted] or not wanted:
                found.append(f"{line}: {numbers}, not {wanted}: {said.strip()}")
        return found

    return Told(differences)
