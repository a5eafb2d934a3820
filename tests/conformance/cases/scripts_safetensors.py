# safetensors' own interface: whole files, single tensors, specs, arrays, models whose tensors are shared.
import numpy as np
import safetensors
import safetensors.numpy as sn
import torch
from safetensors import SafetensorError, TensorSpec, deserialize, serialize, serialize_file
from safetensors.torch import (
    _find_shared_tensors, _is_complete, _remove_duplicate_names, load, load_file, load_model, safe_open, save, save_file,
    save_model,
)


def tried(make):
    try:
        print("->", make())
    except Exception as error:
        print(type(error).__name__, str(error).strip()[:400])


x = torch.arange(6, dtype=torch.float32)
spec = TensorSpec(dtype="float32", shape=[2, 3], data_ptr=x.data_ptr(), data_len=24)
print(spec.dtype, spec.shape, spec.data_len, spec.data_ptr == x.data_ptr())
more = {
    "a": spec, "b": TensorSpec(dtype="uint8", shape=[4], data_ptr=x.data_ptr(), data_len=4),
    "0": TensorSpec(dtype="int64", shape=[1], data_ptr=x.data_ptr(), data_len=8),
}
data = serialize(more, {"key": "value"})
print(data)
for name, entry in deserialize(data):
    print(name, entry["dtype"], entry["shape"], bytes(entry["data"]))
tried(lambda: TensorSpec(dtype="nope", shape=[1], data_ptr=0, data_len=1))
tried(lambda: serialize({"a": TensorSpec(dtype="float32", shape=[5], data_ptr=x.data_ptr(), data_len=4)}))
tried(lambda: serialize({"a": {"dtype": "float32", "shape": [1], "data": b"1234"}}))
for wrong in (b"abc", b"\xff" * 20, b"\x02\0\0\0\0\0\0\0\xff\xff"[:8]):
    tried(lambda: deserialize(wrong))
    tried(lambda: load(wrong))
serialize_file({"a": spec}, "s.safetensors")
print(load_file("s.safetensors", backend="pread"), load(open("s.safetensors", "rb").read()))
with safe_open("s.safetensors", framework="pt", device="cpu", backend="mmap") as f:
    print(f.get_tensors(), f.metadata(), list(f.keys()), f.offset_keys())
    part = f.get_slice("a")
    print(part.get_shape(), part.get_dtype(), part[1:], part[:, 1], part[..., 0])
    tried(lambda: f.get_tensor("z"))
    tried(lambda: part[5])
tried(lambda: f.keys())
tried(lambda: safe_open("s.safetensors", framework="zz"))
tried(lambda: safe_open("nofile", framework="pt"))
tried(lambda: safe_open("s.safetensors", framework="pt", backend="x"))
open("bad.safetensors", "wb").write(b"abc")
tried(lambda: load_file("bad.safetensors"))

whole = torch.zeros(4, 4)
save_file({"a": whole[:2], "b": whole[2:]}, "parts.safetensors")
print(load_file("parts.safetensors"))
tried(lambda: save_file({"a": whole.t()[:2]}, "x.safetensors"))
tried(lambda: save_file({"a": 1}, "x.safetensors"))
tried(lambda: save_file([1], "x.safetensors"))
tried(lambda: save_file({"a": whole}, "x.safetensors", metadata={"a": 1}))
tried(lambda: save_file({"a": whole.to_sparse()}, "x.safetensors"))
try:
    save_file({"a": whole, "b": whole[2:]}, "x.safetensors")
except RuntimeError as error:
    print("share memory" in str(error), "save_model" in str(error))
shared = _find_shared_tensors({"a": whole, "b": whole, "c": torch.ones(1), "d": torch.empty(0)})
print([sorted(names) for names in shared], _is_complete(whole), _is_complete(whole[1:]))
print(dict(_remove_duplicate_names({"a": whole, "b": whole})), dict(_remove_duplicate_names({"a": whole, "b": whole}, preferred_names=["b"])))
print(dict(_remove_duplicate_names({"a": whole, "b": whole}, discard_names=["a"])))

print(sn.save({"x": np.arange(3, dtype=np.int16), "y": np.ones((2, 2))}))
array = np.ones(3)
sn.save_file({"x": array, "y": array}, "n.safetensors", metadata={"q": "r"})
for name, value in sorted(sn.load_file("n.safetensors").items()):
    print(name, value, value.dtype)
with safe_open("n.safetensors", framework="np") as f:
    print(f.metadata(), type(f.get_tensor("x")).__name__, f.get_slice("x")[1:])
print(sorted(sn.load(open("n.safetensors", "rb").read())))


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(2, 2)
        self.b = self.a


model = Tied()
save_model(model, "m.safetensors")
print(sorted(load_file("m.safetensors")), load_model(Tied(), "m.safetensors"))
with safe_open("m.safetensors", "pt") as f:
    print(sorted(f.metadata().items()))
tried(lambda: load_model(torch.nn.Linear(2, 2), "m.safetensors"))
print(save({"e": torch.empty(0), "c": torch.ones(1, dtype=torch.complex64), "h": torch.ones(1, dtype=torch.bfloat16)}))
