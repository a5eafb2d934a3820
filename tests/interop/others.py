"""Files of the other libraries: safetensors, numpy, GGUF, TorchScript, torch.export, distributed checkpoints, hubs."""

import os

import numpy as np
import torch
from registry import case
from torch import nn
from torch_files import COMPLEX, FLOAT8, FLOATS, INTEGERS, random_bytes, state


@case("safetensors/dtypes", path="model.safetensors", rewritable=True)
def safetensors_dtypes(path):
    from safetensors.torch import save_file

    names = INTEGERS + FLOATS + FLOAT8[:2] + COMPLEX[1:2] + ["bool"]
    values = {name: random_bytes(getattr(torch, name), 3, 4) for name in names}
    save_file(values, path, metadata={"format": "pt", "说明": "值"})
    return values


@case("safetensors/empty-and-scalar", path="model.safetensors", layout=False)
def safetensors_shapes(path):
    from safetensors.torch import save_file

    values = {"scalar": torch.tensor(1.5), "empty": torch.empty(0, 3), "odd": random_bytes(torch.uint8, 3), "after": torch.randn(5)}
    save_file(values, path)
    return values


@case("safetensors/one-dtype-after-odd-bytes", path="model.safetensors", layout=False)
def safetensors_numpy(path):
    from safetensors.numpy import save_file

    values = {"b": np.arange(3, dtype=np.uint8), "a": np.arange(4, dtype=np.float64)}
    save_file(values, path)
    return values


def sharded(folder, write, suffix):
    """A model in two shards with their index."""
    import json

    values = state()
    names = list(values)
    shards = [f"model-0000{n}-of-00002.{suffix}" for n in (1, 2)]
    for shard, part in zip(shards, (names[:3], names[3:])):
        write({name: values[name] for name in part}, os.path.join(folder, shard))
    index = os.path.join(folder, f"model.{suffix}.index.json")
    placed = {name: shards[names.index(name) >= 3] for name in names}
    with open(index, "w") as file:
        json.dump({"metadata": {"total_size": sum(t.nbytes for t in values.values())}, "weight_map": placed}, file)
    return index, dict(values)


@case("sharded/safetensors", layout=False)
def sharded_safetensors(path):
    from safetensors.torch import save_file

    return sharded(os.path.dirname(path), save_file, "safetensors")


@case("sharded/safetensors-folder", layout=False)
def sharded_folder(path):
    from safetensors.torch import save_file

    index, values = sharded(os.path.dirname(path), save_file, "safetensors")
    return os.path.dirname(index), values


@case("sharded/bin", layout=False)
def sharded_bin(path):
    return sharded(os.path.dirname(path), torch.save, "bin")


@case("numpy/npz", path="arrays.npz", layout=False)
def npz(path):
    values = {"a": np.arange(6.0).reshape(2, 3), "b": np.arange(4, dtype=np.int16), "f": np.asfortranarray(np.ones((2, 3), np.float32))}
    np.savez(path, **values)
    return values


@case("numpy/npz-compressed", path="arrays.npz", layout=False)
def npz_compressed(path):
    values = {"a": np.arange(600.0), "flags": np.array([True, False])}
    np.savez_compressed(path, **values)
    return values


@case("numpy/npy", path="array.npy", layout=False, names=False)
def npy(path):
    value = np.arange(6, dtype=">f8").reshape(2, 3)
    np.save(path, value)
    return value


@case("gguf/plain", path="model.gguf", layout=False)
def gguf_plain(path):
    import gguf

    values = {"token_embd.weight": np.random.randn(8, 32).astype(np.float32), "norm.weight": np.random.randn(32).astype(np.float16)}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_name("测试")
    for name, value in values.items():
        writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return values


class Scripted(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x):
        return self.norm(self.linear(x))


@case("torchscript/scripted")
def scripted(path):
    module = torch.jit.script(Scripted())
    module.save(path)
    return dict(module.state_dict())


@case("torchscript/traced")
def traced(path):
    module = torch.jit.trace(Scripted().eval(), torch.randn(4, 3))
    module.save(path)
    return dict(module.state_dict())


@case("pt2/exported", path="model.pt2", layout=False)
def exported(path):
    module = Scripted().eval()
    program = torch.export.export(module, (torch.randn(4, 3),))
    torch.export.save(program, path)
    return dict(program.state_dict)


@case("dcp/folder", layout=False)
def distributed(path):
    import torch.distributed.checkpoint as dcp

    folder = os.path.join(os.path.dirname(path), "checkpoint")
    values = {"model": dict(state()), "step": torch.tensor(5)}
    dcp.save(values, checkpoint_id=folder, no_dist=True)
    return folder, values


@case("torchvision/resnet18")
def torchvision_resnet(path):
    import torchvision

    model = torchvision.models.resnet18(num_classes=3)
    torch.save(model.state_dict(), path)
    return model


@case("torchvision/whole-vgg")
def torchvision_whole(path):
    import torchvision

    model = torchvision.models.mobilenet_v3_small(num_classes=3)
    torch.save(model, path)
    return model


@case("timm/whole")
def timm_whole(path):
    import timm

    model = timm.create_model("vit_tiny_patch16_224", num_classes=2, embed_dim=24, depth=2, num_heads=2)
    torch.save({"model": model, "args": {"name": "vit"}}, path)
    return {"model": model}


@case("transformers/folder", layout=False)
def transformers_folder(path):
    from transformers import BertConfig, BertModel

    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    model = BertModel(config)
    folder = os.path.join(os.path.dirname(path), "bert")
    model.save_pretrained(folder, max_shard_size="10KB")
    return folder, dict(model.state_dict())


@case("lightning/checkpoint")
def lightning_checkpoint(path):
    import lightning

    class Lit(lightning.LightningModule):
        def __init__(self, width=4, settings=None):
            super().__init__()
            self.save_hyperparameters()
            self.layer = nn.Linear(3, width)

        def training_step(self, batch, _):
            return self.layer(batch).sum()

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    data = torch.utils.data.DataLoader(torch.randn(8, 3), batch_size=4)
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", default_root_dir=os.path.dirname(path), **quiet)
    trainer.fit(Lit(settings={"a": [1, 2]}), data)
    trainer.save_checkpoint(path)
    return torch.load(path, weights_only=False)


@case("omegaconf/hyper-parameters")
def omegaconf(path):
    from omegaconf import OmegaConf

    values = {"hyper_parameters": OmegaConf.create({"model": {"width": 4}, "lr": 0.1}), "state_dict": dict(state())}
    torch.save(values, path)
    return {"state_dict": values["state_dict"]}
