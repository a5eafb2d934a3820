# Checkpoints in tar archives, and descriptors of temporary files.
import io
import os
import tarfile
import tempfile

import torch

os.makedirs("run/logs")
torch.save({"w": torch.arange(3.0)}, "run/model.pt")
open("run/logs/" + "long" * 40 + ".txt", "w").write("step\n")
for mode in ("w", "w:gz"):
    with tarfile.open("run.tar", mode) as tar:
        tar.add("run")
        info = tarfile.TarInfo("notes.txt")
        info.size = 5
        tar.addfile(info, io.BytesIO(b"notes"))
    print(tarfile.is_tarfile("run.tar"), tarfile.is_tarfile("run/model.pt"))
    with tarfile.open("run.tar") as tar:
        print(sorted(len(name) for name in tar.getnames()), tar.getmember("run").isdir(), tar.getmember("notes.txt").size)
        print(torch.load(io.BytesIO(tar.extractfile("run/model.pt").read())))
        print([m.name for m in tar if m.isfile() and m.name.endswith(".pt")], tar.extractfile("run"))
        try:
            tar.getmember("nothing")
        except KeyError as error:
            print(error)
        tar.extractall("out_" + mode.replace(":", "_"))
print(sorted(os.listdir("out_w_gz")), open("out_w/notes.txt").read(), torch.load("out_w/run/model.pt"))
open("not.tar", "wb").write(b"no archive " * 100)
try:
    tarfile.open("not.tar")
except tarfile.ReadError as error:
    print("ReadError")
evil = tarfile.TarInfo("../evil.txt")
evil.size = 4
with tarfile.open("evil.tar", "w") as tar:
    tar.addfile(evil, io.BytesIO(b"evil"))
with tarfile.open("evil.tar") as tar:
    try:
        tar.extractall("inside", filter="data")
    except tarfile.FilterError as error:
        print(type(error).__name__, os.path.exists("evil.txt"))

descriptor, path = tempfile.mkstemp(suffix=".pt", dir=".")
os.write(descriptor, b"abc")
os.close(descriptor)
print(open(path, "rb").read(), os.path.splitext(path)[1])
try:
    os.close(descriptor)
except OSError as error:
    print(error.errno)
descriptor = os.open("plain.txt", os.O_WRONLY | os.O_CREAT)
with os.fdopen(descriptor, "w") as file:
    file.write("text")
print(open("plain.txt").read())
