"""What the verbs make of checkpoints, against the same work in PyTorch: time, and the memory that is a process's own."""

import os
import subprocess
import sys
import time

MAKE = """
import sys, torch
from safetensors.torch import save_file
megabytes = int(sys.argv[1])
width = 2048
matrices = max(1, megabytes * 1_000_000 // (4 * width * width))
for name in ("one", "two", "three"):
    save_file({f"layers.{n}.weight": torch.rand(width, width) for n in range(matrices)}, f"{name}.safetensors")
few = min(64, matrices)
save_file(
    {f"base_model.model.layers.{n}.lora_{kind}.weight": torch.rand(*shape) for n in range(few) for kind, shape in (("A", (16, width)), ("B", (width, 16)))},
    "lora.safetensors",
)
"""

LOAD = "import torch\nfrom safetensors.torch import load_file, save_file\n"

MERGE = (
    LOAD + "p, l = load_file('one.safetensors'), load_file('lora.safetensors')\n"
    "for key in [key for key in l if key.endswith('lora_A.weight')]:\n"
    "    name = key.removeprefix('base_model.model.').removesuffix('.lora_A.weight')\n"
    "    p[name + '.weight'] += l[key.replace('lora_A', 'lora_B')] @ l[key]\nsave_file(p, 'out.safetensors')"
)

# gguf-py's own writer and quantizer; K-quants it has none.
GGUF = (
    LOAD + "import gguf\np = load_file('one.safetensors')\nw = gguf.GGUFWriter('out.gguf', 'any')\nkind = gguf.GGMLQuantizationType.Q8_0\n"
    "for key, value in p.items():\n    w.add_tensor(key, gguf.quants.quantize(value.numpy(), kind), raw_dtype=kind)\n"
    "w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()"
)

ROWS = {
    "cast to bfloat16 and save": (
        "p = load('one.safetensors')\nsave (cast p bfloat16) 'out.safetensors'",
        {"PyTorch": LOAD + "p = load_file('one.safetensors')\nsave_file({k: v.bfloat16() for k, v in p.items()}, 'out.safetensors')"},
    ),
    "rename and save": (
        "p = load('one.safetensors')\nsave (prefix p 'model.') 'out.safetensors'",
        {
            "PyTorch": LOAD + "p = load_file('one.safetensors')\nsave_file({'model.' + k: v for k, v in p.items()}, 'out.safetensors')",
            "cp, synced": ["sh", "-c", "cp one.safetensors copy && sync copy"],
        },
    ),
    "average of three and save": (
        "a, b, c = load('one.safetensors'), load('two.safetensors'), load('three.safetensors')\nsave (average a b c) 'out.safetensors'",
        {
            "PyTorch": LOAD + "a, b, c = [load_file(f'{name}.safetensors') for name in ('one', 'two', 'three')]\n"
            "save_file({k: (a[k] + b[k] + c[k]) / 3 for k in a}, 'out.safetensors')"
        },
    ),
    "merge a LoRA and save": ("p = load('one.safetensors')\nsave (merge p lora 'lora.safetensors') 'out.safetensors'", {"PyTorch": MERGE}),
    "cast to Q8_0 and save as GGUF": ("p = load('one.safetensors')\nsave (cast p q8_0) 'out.gguf'", {"gguf-py": GGUF}),
    "cast to Q4_K and save as GGUF": ("p = load('one.safetensors')\nsave (cast p q4_k) 'out.gguf'", {}),
    "health": ("p = load('one.safetensors')\nhealth p", {"cat": ["sh", "-c", "cat one.safetensors > /dev/null"]}),
    "fingerprint": (
        "p = load('one.safetensors')\nfingerprint p",
        {"cat": ["sh", "-c", "cat one.safetensors > /dev/null"], "sha256sum": ["sha256sum", "one.safetensors"]},
    ),
}


def measured(command, folder, settle):
    """Seconds of one run, and the most megabytes of its own that it was seen to hold."""
    settle(folder)
    started = time.monotonic()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    most = 0
    while child.poll() is None:
        try:
            with open(f"/proc/{child.pid}/status") as status:
                own = [int(line.split()[1]) for line in status if line.startswith("RssAnon")]
            most = max([most, *own])
        except (OSError, ValueError):
            pass
        time.sleep(0.005)
    seconds = time.monotonic() - started
    if child.returncode != 0:
        raise SystemExit(f"{command}: {child.stderr.read().strip()}")
    return seconds, most // 1024


def compare(torchsh, folder, megabytes, runs, settle):
    """The rows, the best of so many runs of each program in turn."""
    subprocess.run([sys.executable, "-c", MAKE, str(megabytes)], cwd=folder, check=True)
    print(f"{'':<34}{'':<22}{'seconds':>9}{'own MB':>9}{'ratio':>9}")
    for title, (program, others) in ROWS.items():
        commands = {"torchsh": [torchsh, "-c", program]}
        for name, other in others.items():
            commands[name] = [sys.executable, "-c", other] if isinstance(other, str) else other
        best = {name: (float("inf"), 0) for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                seconds, own = measured(command, folder, settle)
                best[name] = (min(best[name][0], seconds), max(best[name][1], own))
        for place, (name, (seconds, own)) in enumerate(best.items()):
            ratio = "" if place == 0 else f"{best['torchsh'][0] / seconds:9.2f}"
            print(f"{title if place == 0 else '':<34}{name:<22}{seconds:9.3f}{own:>9}{ratio}", flush=True)
    for name in ("one", "two", "three", "lora"):
        os.remove(os.path.join(folder, f"{name}.safetensors"))
