"""huggingface: models of transformers' checkpoints, from the config.json that lies beside them.

A model has the keys and shapes of the files and computes what transformers computes. It has no weights yet: its tensors
are of the meta device until a state_dict is loaded, which then lends it its own.
"""
import json
import os

from huggingface import bert, gpt2, llama, vit
from huggingface._config import Config

_FAMILIES = {
    "bert": bert.ARCHITECTURES,
    "gpt2": gpt2.ARCHITECTURES,
    "llama": llama.LLAMA,
    "qwen2": llama.QWEN2,
    "vit": vit.ARCHITECTURES,
}


def from_config(config, architecture=None):
    """The model of a folder, a config.json or a dictionary; architecture names another head: "BertModel"."""
    if isinstance(config, dict):
        given, where = dict(config), "the config"
    else:
        where = os.fspath(config)
        if os.path.isdir(where):
            where = os.path.join(where, "config.json")
        with open(where, encoding="utf-8") as file:
            try:
                given = json.load(file)
            except ValueError as error:
                raise ValueError(f"{where} is not JSON: {error}") from None
        if not isinstance(given, dict):
            raise ValueError(f"{where} holds a {type(given).__name__}, not the settings of a model")
    kind = given.get("model_type")
    if kind not in _FAMILIES:
        named = ", ".join(_FAMILIES)
        raise NotImplementedError(f"{where}: this shell does not have models of type {kind!r}; it has {named}")
    architectures = _FAMILIES[kind]
    listed = given.get("architectures") or []
    name = architecture or (listed[0] if listed else next(iter(architectures)))
    if name not in architectures:
        named = ", ".join(architectures)
        raise NotImplementedError(f"{where}: this shell has no {name}; of {kind} it has {named}")
    settings = Config(kind, given, where)
    with settings.tensors():
        return architectures[name](settings)
