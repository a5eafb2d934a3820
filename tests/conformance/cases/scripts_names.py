# Names that scripts around checkpoints use before they come to the weights.
import code
import signal
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import torch
import torch.onnx
import torch.utils.data.distributed
import tqdm.cli
from torch.serialization import (
    _is_zipfile, _open_file_like, default_restore_location, location_tag, normalize_storage_type,
)
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset
from torchvision import models

print(callable(code.interact), callable(tqdm.cli.main))
try:
    distribution("no-such-package")
except PackageNotFoundError as error:
    print("not found:", error)
print(distribution("torch").version.split("+")[0], distribution("numpy").metadata["Name"])

# flags that are set at the top of a file
print(torch.backends.cuda.matmul.allow_tf32, torch.get_float32_matmul_precision())
torch.backends.cuda.matmul.allow_tf32 = True
torch.backends.cudnn.allow_tf32 = True
torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = True, True
print(torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.benchmark, torch.get_float32_matmul_precision())
torch.set_float32_matmul_precision("highest")
print(torch.backends.cuda.matmul.allow_tf32)
torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
print(torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction)
try:
    torch.backends.cuda.matmul.no_such_flag = True
except AttributeError as error:
    print(error)
with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=False, allow_tf32=False):
    print(torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32)
print(torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32)
torch.backends.cuda.enable_flash_sdp(False)
print(torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.math_sdp_enabled())
print(torch.accelerator.is_available(), torch.accelerator.device_count())

# one process of several
for shuffle in (False, True):
    for drop_last in (False, True):
        parts = []
        for rank in range(3):
            sampler = DistributedSampler(range(10), num_replicas=3, rank=rank, shuffle=shuffle, seed=5, drop_last=drop_last)
            sampler.set_epoch(2)
            parts.append((len(sampler), list(sampler)))
        print(parts)
data = TensorDataset(torch.arange(5))
print([batch[0].tolist() for batch in DataLoader(data, 2, sampler=DistributedSampler(data, 2, 1, shuffle=False))])
try:
    DistributedSampler(range(4), num_replicas=2, rank=2)
except ValueError as error:
    print(error)

# storages and where they belong
torch.save({"w": torch.ones(2)}, "new.pt")
torch.save({"w": torch.ones(2)}, "old.pt", _use_new_zipfile_serialization=False)
for name in ("new.pt", "old.pt"):
    with _open_file_like(name, "rb") as f:
        print(name, _is_zipfile(f), f.tell())
print(torch.load("new.pt", map_location=lambda storage, loc: default_restore_location(storage, "cpu")))
print(torch.load("new.pt", map_location=lambda storage, loc: storage.cpu()))
print(torch.load("new.pt", map_location=lambda storage, loc: storage))
print(location_tag(torch.ones(1).untyped_storage()), normalize_storage_type(torch.FloatStorage))
try:
    default_restore_location(torch.ones(1).untyped_storage(), "nowhere")
except RuntimeError as error:
    print(error)

# models by name
names = sorted(name for name in models.__dict__ if name.islower() and not name.startswith("__") and callable(models.__dict__[name]))
print([name for name in names if name.startswith(("resnet", "vgg1"))])
print(sum(p.numel() for p in models.__dict__["resnet18"](num_classes=3).parameters()))
print(torch.__dict__["float16"], torch.nn.__dict__["Linear"](2, 3), "relu" in torch.nn.functional.__dict__)


@torch.fx.wrap
def helper(x):
    return x + 1


print(helper(1), torch.onnx.is_in_onnx_export())

# many tensors as one
flat = torch._utils._flatten_dense_tensors([torch.ones(2, 2), torch.zeros(3)])
print(flat, [t.shape for t in torch._utils._unflatten_dense_tensors(flat, [torch.ones(2, 2), torch.zeros(3)])])
groups = torch._utils._take_tensors([torch.ones(4), torch.ones(2).double(), torch.ones(4), torch.ones(1)], 20)
print([[t.numel() for t in group] for group in groups])
try:
    torch._utils._rebuild_tensor_v2
except AttributeError:
    print("a release before 0.4")

# paths of another system
for text in (r"C:\data\run 1\model.tar.gz", "rel/x.pt", r"\\host\share\a\b.pt", "C:x", r"c:\A"):
    path = PureWindowsPath(text)
    print(repr(path), str(path), path.name, path.suffix, path.stem, path.parts, path.anchor, path.as_posix(), path.is_absolute(), path.parent)
print(PureWindowsPath("a", r"C:\b", "c") / "d", PureWindowsPath("A/b") == PureWindowsPath(r"a\B"), PurePosixPath("a") == PureWindowsPath("a"))
print(PureWindowsPath(r"C:\runs\a.pt").relative_to("C:/runs"), PureWindowsPath(r"C:\runs\a.pt").with_suffix(".bin"))
print(isinstance(Path("a"), PurePath), isinstance(PureWindowsPath("a"), Path))

print(signal.SIGTERM, int(signal.SIGINT), signal.Signals(9).name, signal.signal(signal.SIGPIPE, signal.SIG_DFL) == signal.SIG_IGN)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
