"""What transformers, Lightning and OmegaConf leave behind, and what they make of files that torchsh wrote."""

import os
import shutil

import torch
from registry import Written, case
from torch import nn
from torch_files import state


def bert():
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, max_position_embeddings=20
    )
    return BertForSequenceClassification(config)


def tiny(family):
    import transformers as t

    sizes = dict(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    text = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)
    return {
        "gpt2": lambda: t.GPT2LMHeadModel(t.GPT2Config(vocab_size=50, n_positions=20, n_embd=16, n_layer=2, n_head=2, **text)),
        "llama": lambda: t.LlamaForCausalLM(t.LlamaConfig(num_key_value_heads=1, **sizes, **text)),
        "t5": lambda: t.T5ForConditionalGeneration(t.T5Config(vocab_size=50, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2)),
        "vit": lambda: t.ViTModel(t.ViTConfig(image_size=32, patch_size=8, **{k: v for k, v in sizes.items() if k != "vocab_size"})),
        "mixtral": lambda: t.MixtralForCausalLM(t.MixtralConfig(num_key_value_heads=1, num_local_experts=2, **sizes, **text)),
        "whisper": lambda: t.WhisperModel(
            t.WhisperConfig(
                vocab_size=50,
                d_model=16,
                encoder_layers=1,
                decoder_layers=1,
                encoder_attention_heads=2,
                decoder_attention_heads=2,
                encoder_ffn_dim=32,
                decoder_ffn_dim=32,
                num_mel_bins=8,
                decoder_start_token_id=1,
                **text,
            )
        ),
    }[family]()


def library_reads(model):
    """A reader: the file among the model's configuration, opened by from_pretrained."""

    def read(path):
        beside = path + ".hub"
        os.mkdir(beside)
        model.config.save_pretrained(beside)
        shutil.copy(path, beside)
        found, said = type(model).from_pretrained(beside, output_loading_info=True)
        troubles = {kind: list(keys) for kind, keys in said.items() if keys}
        if troubles:
            raise ValueError(f"from_pretrained reports {troubles}")
        return found.state_dict()

    return read


@case("transformers/bert-sharded", layout=False)
def transformers_folder(path):
    model, folder = bert(), os.path.join(os.path.dirname(path), "bert")
    model.save_pretrained(folder, max_shard_size="10KB")
    return folder, dict(model.state_dict())


def transformers_cases():
    for family in ("gpt2", "llama", "t5", "vit", "mixtral", "whisper"):

        @case(f"transformers/{family}")
        def pretrained(path, family=family):
            """The folder in one file and in shards, and the whole module."""
            model, folder = tiny(family), os.path.dirname(path)
            model.save_pretrained(os.path.join(folder, "one"))
            model.save_pretrained(os.path.join(folder, "shards"), max_shard_size="8KB")
            torch.save(model, path)
            from safetensors.torch import load_file

            held = load_file(os.path.join(folder, "one", "model.safetensors"))
            again = {"model.safetensors": library_reads(model), "pytorch_model.bin": library_reads(model)}
            return [
                Written(path=os.path.join(folder, "one"), holds=held, layout=False),
                Written(path=os.path.join(folder, "shards"), holds=held, layout=False),
                Written(path=path, holds=model, layout=True, rewritable=True, takes="state_dict(p)", readers=again),
            ]


transformers_cases()


@case("transformers/trainer")
def trainer(path):
    """Every file of a checkpoint folder of the Trainer."""
    from transformers import Trainer, TrainingArguments

    model, folder = bert(), os.path.dirname(path)
    data = [{"input_ids": torch.randint(0, 50, (6,)), "labels": torch.tensor(n % 2)} for n in range(8)]
    arguments = TrainingArguments(output_dir=folder, max_steps=2, save_steps=2, report_to=[], use_cpu=True, disable_tqdm=True, seed=7)
    Trainer(model=model, args=arguments, train_dataset=data).train()
    checkpoint = os.path.join(folder, "checkpoint-2")
    read = {
        name: torch.load(os.path.join(checkpoint, name), weights_only=False)
        for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin")
    }
    asks = {
        "optimizer.pt": ("p['param_groups'][0]['lr']", "p['param_groups'][1]['weight_decay']", "p['state'][0]['step']"),
        "scheduler.pt": ("p",),
        "rng_state.pth": ("p['python'][1][:5]", "p['numpy'][0]", "p['numpy'][1][:3]", "p['cpu']"),
        "training_args.bin": ("p.learning_rate", "p.seed", "p.max_steps", "p.adam_beta2", "p.report_to", "p.use_cpu", "p.fp16"),
    }
    files = [Written(path=os.path.join(checkpoint, name), holds=held, asks=asks[name]) for name, held in read.items()]
    return [Written(path=checkpoint, holds=dict(model.state_dict()), layout=False), *files]


def lit_class():
    import lightning

    class Lit(lightning.LightningModule):
        def __init__(self, width=4, settings=None, loss=None):
            super().__init__()
            self.save_hyperparameters()
            self.layer = nn.Linear(3, width)
            self.norm = nn.BatchNorm1d(width)

        def training_step(self, batch, _):
            return self.norm(self.layer(batch)).sum()

        def configure_optimizers(self):
            optimizer = torch.optim.Adam(self.parameters(), lr=1e-3)
            return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1)]

    return Lit


def fitted(path, settings):
    """A checkpoint by ModelCheckpoint, and what reads a file as Lightning does."""
    import logging

    import lightning
    from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    model_class, folder = lit_class(), os.path.dirname(path)
    data = torch.utils.data.DataLoader(torch.randn(8, 3), batch_size=4)
    callbacks = [ModelCheckpoint(dirpath=folder, filename="lit", save_last=True), EarlyStopping("loss", check_on_train_epoch_end=False)]
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", default_root_dir=folder, callbacks=callbacks, **quiet)
    trainer.fit(model_class(settings=settings, loss=nn.MSELoss()), data)

    def read(file):
        return {"state_dict": model_class.load_from_checkpoint(file, map_location="cpu", weights_only=False).state_dict()}

    return os.path.join(folder, "lit.ckpt"), read


@case("lightning/checkpoint")
def lightning_checkpoint(path):
    path, read = fitted(path, {"a": [1, 2], "b": {"c": 0.5}})
    asks = (
        "p['epoch']",
        "p['global_step']",
        "p['pytorch-lightning_version']",
        "list(p)",
        "p['hyper_parameters']['width']",
        "p['hyper_parameters']['settings']",
        "p['lr_schedulers'][0]['_last_lr']",
        "list(p['callbacks'])",
        "p['loops']['fit_loop']['epoch_progress']['total']",
    )
    held = torch.load(path, weights_only=False)
    whole = Written(path=path, holds=held, asks=asks)
    # The loss is an object, which torchsh does not write: what is kept is what load_from_checkpoint needs.
    kept = "('state_dict', 'hparams_name', 'pytorch-lightning_version')"
    parameters = "{k: v for k, v in p['hyper_parameters'].items() if k != 'loss'}"
    again = f"{{k: p[k] for k in {kept}}} | {{'hyper_parameters': {parameters}}}"
    edited = Written(path=path, holds=held, takes=again, rewritable=True, readers={"back.ckpt": read})
    return [whole, edited]


@case("lightning/omegaconf")
def lightning_omegaconf(path):
    from omegaconf import OmegaConf

    settings = OmegaConf.create({"model": {"width": 4, "depths": [2, "${settings_depth}"]}, "settings_depth": 3})
    path, _ = fitted(path, settings)
    asks = ("p['hyper_parameters']['settings'].settings_depth", "p['hyper_parameters']['settings']['model']['width']")
    return [Written(path=path, holds=torch.load(path, weights_only=False), asks=asks)]


@case("omegaconf/hyper-parameters")
def omegaconf(path):
    from omegaconf import OmegaConf

    values = {"hyper_parameters": OmegaConf.create({"model": {"width": 4, "names": ["a", "b"]}, "lr": 0.1}), "state_dict": dict(state())}
    torch.save(values, path)
    asks = (
        "p['hyper_parameters'].model.width",
        "p['hyper_parameters'].lr",
        "p['hyper_parameters']['model']['names'][1]",
        "p['hyper_parameters']",
        "len(p['hyper_parameters'].model)",
        "list(p['hyper_parameters'])",
        "'lr' in p['hyper_parameters']",
        "dict(p['hyper_parameters'].model)",
        "[name for name in p['hyper_parameters'].model.names]",
        "p['hyper_parameters'].get('lr')",
        "{key: value for key, value in p['hyper_parameters'].model.items()}",
    )
    return [Written(path=path, holds=values, asks=asks)]
