"""Archives record by record, strings that Python 2 pickled, and bytes in an order that a file does not tell."""
import io
import warnings
import zipfile

import torch
from torch.serialization import LoadEndianness, get_default_load_endianness, set_default_load_endianness


def attempt(name, what):
    try:
        print(name, what())
    except Exception as error:
        print(name, type(error).__name__, str(error).split("\n")[0][:60])


def archive(**records):
    """A file of those records; the names' underscores are dots."""
    made = io.BytesIO()
    with torch.serialization._open_zipfile_writer(made) as writer:
        for name, data in records.items():
            writer.write_record(name.replace("_", "."), data, len(data))
    made.seek(0)
    return made


# a list of three byte strings as Python 2 wrote them: ASCII, UTF-8 and neither
PYTHON2 = b"\x80\x02]q\x00(U\x03abcU\x03\xc3\xa9zU\x02\xe9zK\x07e."
for encoding in ("latin1", "bytes", "ascii"):
    for safe in (False, True):
        attempt(f"{encoding} {safe}:", lambda: torch.load(archive(data_pkl=PYTHON2, byteorder=b"little"), encoding=encoding, weights_only=safe))

state = {"w": torch.arange(3, dtype=torch.int32), "x": torch.tensor([1.5, -2.0], dtype=torch.float64)}
file = io.BytesIO()
torch.save(state, file)
file.seek(0)
with torch.serialization._open_zipfile_reader(file) as reader:
    print(reader.has_record("byteorder"), reader.has_record("none"), reader.get_record("byteorder"))
    pickled = reader.get_record("data.pkl")
    datas = [reader.get_record(f"data/{i}") for i in range(2)]
    places = [reader.get_record_offset(f"data/{i}") for i in range(2)]
    attempt("missing:", lambda: len(reader.get_record("none")))
whole = file.getvalue()
print([whole[at:at + len(data)] == data for at, data in zip(places, datas)], datas[0])


def rewritten(byteorder, swap):
    """The same file with bytes in another order, and whether it says which."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as writer:
        writer.writestr("archive/data.pkl", pickled)
        if byteorder:
            writer.writestr("archive/byteorder", byteorder)
        for i, (data, width) in enumerate(zip(datas, (4, 8))):
            if swap:
                data = b"".join([data[at:at + width][::-1] for at in range(0, len(data), width)])
            writer.writestr(f"archive/data/{i}", data)
        writer.writestr("archive/version", "3\n")
    made.seek(0)
    return made


before = get_default_load_endianness()
print(before)
for order in (None, LoadEndianness.LITTLE, LoadEndianness.BIG):
    set_default_load_endianness(order)
    for byteorder, swap in ((None, False), (None, True), ("little", False), ("big", True)):
        loaded = torch.load(rewritten(byteorder, swap))
        print(order, byteorder, swap, [torch.equal(loaded[key], state[key]) for key in state])
set_default_load_endianness(before)
attempt("endianness:", lambda: set_default_load_endianness("big"))

room = io.BytesIO()
with torch.serialization._open_zipfile_writer(room) as writer:
    writer.write_record("data.pkl", pickled, len(pickled))
    writer.write_record("byteorder", "little", 6)
    for i, data in enumerate(datas):
        writer.write_record_metadata(f"data/{i}", len(data))
room.seek(0)
print({key: value.tolist() for key, value in torch.load(room).items()})


class NoSeek:
    def read(self, size=-1):
        return b""


attempt("no seek:", lambda: torch.load(NoSeek()))
torch.storage._set_always_warn_typed_storage_removal(True)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    for _ in range(2):
        torch.ones(1).storage()
print(len(told), str(told[0].message)[:29])
torch.storage._set_always_warn_typed_storage_removal(False)
print(torch.zeros(1, 2, 1, 2, 1, 2, 1, 2, 1, 3).shape)
