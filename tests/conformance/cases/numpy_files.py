"""Arrays in files of numpy's own formats."""
import base64
import io
import pickle
import zlib

import numpy as np

# arrays of objects, as numpy writes them
VGG = (
    "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBe46+uo6Cell9UUpSYF59flJIKEnZLzClOBYoXZyQWpAL5Gpo6CrUKlAGuBpapgowMYNAj"
    "lleaW1CpF5+cX5Sql1uaU5KZWFSUWDmlhye+KDU5P6+4pKg0uWTK5Ck9rGCVU3rY81IgSiZP8WZoneLMmDSlfUrQFA1vRs0M5h7W"
    "lJLKglSQeiZ/iymdHRAp5h7Gmil+fn5e/4EATHjbl0xJ6oydUgs0EGhNmWG84ZTYKRoZTBmsIFMz2KFmejN5M7VNyeDuYUozQTbO"
    "Bs04BpBxzgIMDA32yHgKUBiLmUCOdKczBwMUgFSlFicCST0Ag9uFyQ=="
)
OBJ = (
    "eNoL8GZm0WWAAEWGkmtrsv9DASuDCEOiXl5BJSODAMMEqBIYPdkv1DcgkpGhjKFaPSW1OLlI3UpB3SbNQl1HQT0tv6ikKDEvPr8o"
    "JRUk7paYU5wKFC/OSCxIBfI1jHQ0dRRqFSgAXBBXfLCH0QEo3rhUN78J5g0OoDdyU0vgPpFmhKiC0Vh9UuNPJ48ocDWwTIUFao9Y"
    "XmluQaVefHJ+UapebmlOSWZiUVFi5ZQenvii1OT8vOKSotLkkimTp/SwglVO6WHPS4EomTzFm6F1ijNj0pT2KUFTNLwZvZlap2Qw"
    "97CmlFQWpIK0MPlbTOnsgMgy9zDWTPHz8/MChRCY8LYvmZLUGTtFo4exYoo3YyqQpxfgzciky4yaOiZAEwErAwI0gIMSHMLoWkAx"
    "AQppEOZA0XIcSMLiJcCblQ0kygSEmUBahgnEAwDDkqXp"
)
for name, text in (("vgg.npy", VGG), ("obj.npz", OBJ)):
    with open(name, "wb") as file:
        file.write(zlib.decompress(base64.b64decode(text)))
with open("op.pkl", "wb") as file:
    pickle.dump({"a": 1}, file)
np.savez("b.npz", np.arange(3), y=np.ones((2,2)))
d = np.load("b.npz")
print(d.files, d["y"], "arr_0" in d, len(d), list(d.keys()))
np.save("c", np.arange(6, dtype=np.float32).reshape(2,3).T)
print(open("c.npy","rb").read())
np.save("e.npy", np.float64(3)); print(open("e.npy","rb").read())
print(np.load("c.npy"), np.load("e.npy"), np.load("e.npy").shape)
b = io.BytesIO(); np.save(b, [1,2]); b.seek(0); print(np.load(b))
b = io.BytesIO(); np.savez(b, a=[1,2]); b.seek(0); print(dict(np.load(b)))
try: np.load("vgg.npy")
except ValueError as e: print(e)
w = np.load("vgg.npy", allow_pickle=True).item()
print(w)
print(np.load("vgg.npy", allow_pickle=True))
z = np.load("obj.npz", allow_pickle=True)
print(z["meta"], z["a"], z["meta"][0])
with np.load("b.npz") as f: print(f["arr_0"])
print(np.load("b.npz"))
try: np.load("op.pkl")
except ValueError as e: print(e)
try: d["q"]
except KeyError as e: print(e)
