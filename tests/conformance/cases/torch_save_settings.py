# What torch.serialization and torch.utils.serialization.config make of an archive: checksums, alignment, data left out.
import io
import zipfile

import torch
from torch.utils.serialization import config

t = {"w": torch.arange(6.0), "b": torch.ones(3)}


def shown(name):
    with open(name, "rb") as f:
        data = f.read()
    for entry in zipfile.ZipFile(name).infolist():
        start = entry.header_offset
        names = int.from_bytes(data[start + 26 : start + 28], "little") + int.from_bytes(data[start + 28 : start + 30], "little")
        at = start + 30 + names
        record = entry.filename.split("/", 1)[1]
        counted = record not in ("data.pkl", ".data/serialization_id")
        print(record, hex(entry.CRC) if counted or not entry.CRC else "", at % 64, at % config.save.storage_alignment,
              data[at : at + entry.file_size] if counted else "", data[at + entry.file_size : at + entry.file_size + 4])


def saved(name):
    torch.save(t, name)
    shown(name)
    f = io.BytesIO()
    torch.save(t, f)
    print(len(f.getvalue()) > 0)


saved("plain.pt")
torch.serialization.set_crc32_options(False)
print(torch.serialization.get_crc32_options(), config.save.compute_crc32)
saved("nocrc.pt")
print(torch.load("nocrc.pt"))
with torch.serialization.skip_data():
    saved("both.pt")
config.save.compute_crc32 = True
print(torch.serialization.get_crc32_options())
with torch.serialization.skip_data():
    saved("skip.pt")
    try:
        torch.save(t, "old.pt", _use_new_zipfile_serialization=False)
    except RuntimeError as e:
        print(e)
print({k: v.shape for k, v in torch.load("skip.pt").items()})
config.save.storage_alignment = 4096
saved("aligned.pt")
print(torch.load("aligned.pt"), torch.load("aligned.pt", mmap=True))
