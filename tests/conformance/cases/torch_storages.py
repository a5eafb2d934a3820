# Storages with and without a dtype: made, sliced, written, turned, read from buffers and files, saved.
import copy
import io
import pickle
import warnings

import torch

warnings.simplefilter("ignore")


def tried(name, act):
    try:
        print(name, act())
    except Exception as e:
        print(name, type(e).__name__, str(e).split("\n")[-1])


U, F, T = torch.UntypedStorage, torch.FloatStorage, torch.TypedStorage
s = U([1, 2, 3, 4, 5, 6, 7, 8])
tried("empty", lambda: U())
tried("whole", lambda: s)
tried("slice", lambda: s[2:5])
tried("step", lambda: s[::2])
tried("end", lambda: s[-3:].tolist())


def shared():
    part = s[2:4]
    part[0] = 99
    return s.tolist(), part.nbytes(), part.data_ptr() - s.data_ptr(), s[4:4].size()


tried("shared", shared)
tried("index", lambda: s["a"])
tried("beyond", lambda: s[10])
tried("set", lambda: (s.__setitem__(0, 300), s[0]))
tried("set float", lambda: s.__setitem__(0, 1.5))
tried("set step", lambda: s.__setitem__(slice(0, 4, 2), 1))
tried("new", lambda: s.new())
tried("to", lambda: (s.to(device="cpu") is s, s.cpu() is s, s.untyped() is s, s.type()))
for name in ("float", "half", "float8_e5m2", "complex_float", "bool", "long"):
    tried(name, lambda: getattr(s, name)())
tried("byteswap", lambda: (s.byteswap(torch.int32), s.tolist(), s.byteswap(torch.complex64), s.tolist()))
tried("about", lambda: (s.is_sparse, s.is_sparse_csr, s.is_cuda, s.is_hpu, s.device, s.get_device(), s.filename, s.resizable(), s.is_shared(), s.element_size()))
tried("copies", lambda: (copy.copy(s).data_ptr() == s.data_ptr(), copy.deepcopy(s).tolist(), s == s, s == copy.copy(s), hash(s) == hash(s)))
tried("meta", lambda: U(4, device="meta"))
tried("meta item", lambda: U(4, device="meta")[0])
for given in ("abc", [300], [1.5], (1, 2), torch.tensor([1])):
    tried("of", lambda: U(given))
data = b"\x01\x02\x03\x04\x05\x06\x07\x08"
tried("buffer", lambda: U.from_buffer(data, "big", dtype=torch.int32).tolist())
tried("buffer", lambda: U.from_buffer(data, "little", 1, 2, dtype=torch.int16).tolist())
tried("buffer", lambda: U.from_buffer(b"\x01\x02\x03", "native", dtype=torch.int32))
tried("buffer", lambda: U.from_buffer(data, "native"))
with open("bytes.bin", "wb") as f:
    f.write(bytes(range(16)))
tried("file", lambda: U.from_file("bytes.bin", False, 8).tolist())
tried("file", lambda: U.from_file("bytes.bin", False, 100).tolist())


def written():
    x = U.from_file("shared.bin", True, 8)
    x[0] = 77
    with open("shared.bin", "rb") as f:
        return f.read(), x.filename


tried("written", written)
tried("copy_", lambda: s.copy_(U([1] * 8)).tolist())
tried("copy_", lambda: s.copy_(U([1] * 3)))
tried("copy_", lambda: s.copy_([1]))
tried("resize", lambda: s.resize_(3).tolist())
tried("base", lambda: isinstance(s, torch.storage._StorageBase))

s = F([1, 2, 3.5])
tried("typed", lambda: s)
tried("is", lambda: (isinstance(s, F), isinstance(s, torch.DoubleStorage), isinstance(s, T), F.dtype, F.__name__, F.__module__, F))
tried("device", lambda: F(device="cpu"))
tried("dtype", lambda: F(dtype=torch.float))
tried("many", lambda: F(1, 2))
tried("float", lambda: F(1.5))
tried("text", lambda: F("ab"))
tried("wrap", lambda: F(wrap_storage=U(8)).size())
tried("wrap", lambda: F(1, wrap_storage=U(8)))
tried("wrap", lambda: F(wrap_storage=s))
tried("of dtype", lambda: T([1, 2], dtype=torch.int8))
tried("of dtype", lambda: T(wrap_storage=U(8)))
tried("of dtype", lambda: T(wrap_storage=U(8), dtype=torch.float).size())
tried("of dtype", lambda: T(wrap_storage=U(8), dtype="x"))
tried("of dtype", lambda: T(1, 2))
tried("of device", lambda: T(1, device="meta").device)
tried("legacy", lambda: torch.storage._LegacyStorage())
tried("slice", lambda: s[1:])
tried("index", lambda: s["a"])
tried("beyond", lambda: s[5])
s[0], s[1:] = 5, 2
tried("set", lambda: s.tolist())
tried("int", lambda: s.int())
tried("float", lambda: s.float().data_ptr() == s.data_ptr())
tried("type", lambda: s.type())
tried("copy_", lambda: s.copy_(torch.IntStorage([0x3F800000] * 3)).tolist())
tried("copy_", lambda: s.copy_(F([1])))
tried("resize", lambda: s.resize_(2))
tried("pickled", lambda: pickle.loads(pickle.dumps(s)).tolist())
tried("buffer", lambda: F.from_buffer(b"\0\0\x80?\0\0\0@", "little"))
tried("buffer", lambda: F.from_buffer(b"\0\0\x80?\0\0\0@", "native", 1, 4))
tried("buffer", lambda: T.from_buffer(b"\0\0\x80?\0\0\0@", "native", dtype=torch.int16).tolist())
tried("buffer", lambda: F.from_buffer(b"\0\0\x80?\0\0\0@", "native", dtype=torch.int16))
with open("floats.bin", "wb") as f:
    f.write(b"\0\0\x80?\0\0\0@")
tried("file", lambda: F.from_file("floats.bin", False, 2))
tried("file", lambda: T.from_file("floats.bin", False, 2))
for dtype in (torch.uint16, torch.float8_e5m2, torch.float32):
    tried(dtype, lambda: torch.ones(2, dtype=dtype).storage().type())
    tried(dtype, lambda: torch.ones(2, dtype=dtype).storage().pickle_storage_type())
tried("quantized", lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8).storage())
tried("quantized", lambda: torch.QInt8Storage([1, 2]))
tried("tensor", lambda: (torch.tensor(F([1, 2])), torch.FloatTensor(F([1, 2])), torch.tensor([]).set_(F([1, 2, 3, 4]), 1, (2,), (1,))))
tried("about", lambda: (s.is_hpu, s.is_sparse, s.get_device(), s.dtype, s._get_legacy_storage_class(), torch.is_storage(s)))
tried("sums", lambda: (max(F([1, 5, 2])), sum(F([1, 5, 2])), list(torch.BoolStorage([0, 1])), torch.ComplexFloatStorage([1, 2j])))

w = torch.arange(4.0)
for new in (True, False):
    f = io.BytesIO()
    torch.save([F([1, 2]), w.untyped_storage() if new else w.storage(), torch.LongStorage([7])], f, _use_new_zipfile_serialization=new)
    f.seek(0)
    print(torch.load(f))
f = io.BytesIO()
torch.save([w, w.storage()], f)
f.seek(0)
a, b = torch.load(f)
b[0] = 9
print(a)
tried("other dtype", lambda: torch.save([w, torch.LongStorage(wrap_storage=w.untyped_storage())], io.BytesIO()))
