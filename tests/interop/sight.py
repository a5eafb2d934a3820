"""What the verbs that judge say of files that the libraries wrote, held against the same in Python."""

import json
import os
import pickle
import subprocess

import torch
from blake3 import blake3
from registry import Told, case


def answer(torchsh, folder, program):
    """What the last verb of a program says, as JSON."""
    done = subprocess.run([torchsh, "--format", "json", "-c", program], cwd=folder, text=True, capture_output=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout.splitlines()[-1])


def digest(tensors):
    """The fingerprint as it is defined."""
    whole = blake3()
    for key, value in sorted(tensors.items()):
        data = value.contiguous().flatten().view(torch.uint8).numpy().tobytes()
        tensor = blake3(f"{value.dtype} {list(value.shape)}\n".encode())
        for start in range(0, len(data), 1 << 20):
            tensor.update(blake3(data[start : start + (1 << 20)]).digest())
        whole.update(blake3(key.encode()).digest() + tensor.digest())
    return whole.hexdigest()


@case("sight/fingerprint")
def fingerprints(_):
    def differences(torchsh, folder):
        import gguf
        from safetensors.torch import save_file

        tensors = {
            "token_embd.weight": torch.randn(900, 640),
            "blk.0.attn_norm.weight": torch.randn(64),
            "blk.0.ffn.weight": torch.randn(32, 64).half(),
        }
        at = lambda name: os.path.join(folder, name)
        torch.save(tensors, at("m.pt"))
        torch.save(dict(reversed(tensors.items())), at("legacy.pt"), _use_new_zipfile_serialization=False)
        save_file(tensors, at("m.safetensors"))
        for number, names in enumerate((["token_embd.weight"], ["blk.0.attn_norm.weight", "blk.0.ffn.weight"])):
            save_file({name: tensors[name] for name in names}, at(f"part-{number}.safetensors"))
        writer = gguf.GGUFWriter(at("m.gguf"), "llama")
        for name, value in tensors.items():
            writer.add_tensor(name, value.numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        wanted, found = digest(tensors), []
        for name in ("m.pt", "legacy.pt", "m.safetensors", "part-*.safetensors", "m.gguf"):
            got = answer(torchsh, folder, f"p = load({name!r})\nfingerprint p")["fingerprint"]
            found += [f"{name}: {got}, not {wanted}"] if got != wanted else []
        # Every dtype that safetensors holds, a transposed tensor, an empty one and one number.
        odd = {str(dtype): torch.ones(3, 4, dtype=dtype).t() for dtype in (torch.float64, torch.bfloat16, torch.int16, torch.bool, torch.float8_e4m3fn)}
        odd |= {"empty": torch.zeros(0, 3), "one": torch.tensor(3)}
        torch.save(odd, at("odd.pt"))
        got = answer(torchsh, folder, "p = load('odd.pt')\nfingerprint p")["fingerprint"]
        return found + ([f"odd.pt: {got}"] if got != digest(odd) else [])

    return Told(differences)


@case("sight/check")
def checks(_):
    def differences(torchsh, folder):
        from torchvision.models import resnet18

        model = resnet18(num_classes=7)
        own = model.state_dict()
        given = resnet18().state_dict()
        given = {key: value.half() if value.is_floating_point() else value for key, value in given.items() if "layer4.1" not in key}
        given["more.weight"] = torch.ones(2)
        torch.save(given, os.path.join(folder, "given.pt"))
        torch.save(own, os.path.join(folder, "own.pt"))
        found = answer(torchsh, folder, "p, m = load('given.pt'), load('own.pt')\ncheck p into m")
        fits = {key: value for key, value in given.items() if key not in own or value.shape == own[key].shape}
        told = model.load_state_dict(fits, strict=False)
        shapes = [key for key in given if key in own and given[key].shape != own[key].shape]
        casts = [key for key in fits if key in own and fits[key].dtype != own[key].dtype]
        filled = [key for key in own if key.endswith("num_batches_tracked") and key not in given]
        wanted = {
            "missing": [key for key in told.missing_keys if key not in shapes],
            "unexpected": told.unexpected_keys,
            "shape": shapes,
            "cast": casts,
            "filled in": filled,
        }
        got = {kind: [one["key"] for one in found["findings"] if one["finding"] == kind] for kind in wanted}
        return [f"{kind}: {got[kind]}, not {wanted[kind]}" for kind in wanted if sorted(got[kind]) != sorted(wanted[kind])]

    return Told(differences)


class Runs:
    def __reduce__(self):
        return os.system, ("echo no",)


@case("sight/pickles")
def pickles(_):
    def differences(torchsh, folder):
        import argparse
        import functools

        found = []
        for name, value, verdict in (
            ("plain", {"w": torch.ones(2), "epoch": 3}, "safe"),
            ("runs", {"w": torch.ones(2), "x": Runs()}, "dangerous"),
            ("partial", functools.partial(print, 1), "dangerous"),
            ("other", {"args": argparse.Namespace(lr=0.1)}, "unknown"),
        ):
            for writes, ending in ((torch.save, "pt"), (lambda value, path: pickle.dump(value, open(path, "wb")), "pkl")):
                path = os.path.join(folder, f"{name}.{ending}")
                # A pickle of tensors holds another one within it.
                if ending == "pkl" and name in ("plain", "runs"):
                    value = {key: held for key, held in value.items() if key != "w"}
                writes(value, path)
                got = answer(torchsh, folder, f"inspect_pickle {path!r}")["verdict"]
                found += [f"{name}.{ending}: {got}, not {verdict}"] if got != verdict else []
        return found

    return Told(differences)
