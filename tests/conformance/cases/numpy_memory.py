"""Arrays as bytes and as text: views, files, maps, print options."""
import io
import numpy as np

a = np.array([1.5, -2.0], dtype=np.float32)
bits = (a.view(np.uint32) >> 16).astype(np.uint16)
print(bits, (bits.astype(np.uint32) << 16).view(np.float32), a.view("u1"), a.byteswap().view(np.uint32), a.view(np.int32)[0])
u16, u32, u64 = (np.arange(5, dtype=t) for t in (np.uint16, np.uint32, np.uint64))
for u in (u16, u32, u64):
    print(u + 1, u - 1, u * 3, u // 2, u % 3, u / 2, u << 2, u >> 1, u & 1, u | 8, u ^ 3, ~u, -u, u**2, u == 2, u > 1, u <= 3, u.max(), u.min(), u.argmax(), u.sum(), u.mean(), u.prod())
    print(np.maximum(u, 2), np.where(u > 2, u, 0), np.sort(u)[::-1], np.unique(u % 2), u.astype(np.float32), u.tolist(), u[1:] < u[:-1], 10 - u, repr(u), abs(u), np.sqrt(u).dtype, u.cumsum().dtype if False else "")
print(u64 + np.uint64(2**63), (u64 + np.uint64(2**63)).max(), u16 + u32, (u16 + np.int16(1)).dtype, (u64 + np.int64(1)).dtype, np.array([2**63]).dtype)

a.tofile("a.bin")
with open("b.bin", "wb") as f:
    np.arange(3, dtype=np.int16).tofile(f)
    np.arange(2.0).tofile(f)
with open("b.bin", "rb") as f:
    print(np.fromfile(f, np.int16, 3), np.fromfile(f, np.float64), np.fromfile("a.bin", dtype="f4", count=1), np.fromfile("a.bin", "<f4", offset=4))
print(np.frombuffer(b"\x00\x00\x00\x05\x00\x00\x00\x06", ">i4").tolist(), np.frombuffer(b"\x01\x02\x03", np.uint8, 2, 1), np.frombuffer(b"\x00\x01", np.dtype(np.uint16).newbyteorder(">"))[0])
m = np.memmap("a.bin", dtype=np.float32, mode="r")
print(len(m), m[1], m.dtype, isinstance(m, np.ndarray))
w = np.memmap("c.bin", dtype=np.int32, mode="w+", shape=(2, 3))
w[1] = [1, 2, 3]
w.flush()
print(np.memmap("c.bin", dtype=np.int32, mode="r", shape=(2, 3), offset=0).tolist(), np.memmap("c.bin", np.int32, "r", 12).tolist())
r = np.memmap("c.bin", dtype=np.int32, mode="r+", shape=(6,))
r[0] = 9
del r, w
print(np.fromfile("c.bin", np.int32))

np.savetxt("a.txt", np.eye(2))
np.savetxt("b.csv", [[1, 2], [3, 4]], fmt="%d", delimiter=",", header="x,y")
print(open("a.txt").read(), open("b.csv").read(), np.loadtxt("a.txt"), np.loadtxt("b.csv", delimiter=","), np.loadtxt("b.csv", delimiter=",", dtype=int, skiprows=2, ndmin=2))
print(np.loadtxt(io.StringIO("1 2 # no\n\n3 4"), usecols=1), np.loadtxt(["1,2", "3,4"], delimiter=",", unpack=True), np.genfromtxt(io.StringIO("1,x\n3,4"), delimiter=","))

print(np.arange(3.0)[::-1], np.arange(6).reshape(2, 3)[:, ::-1], np.arange(10)[8:2:-2], np.arange(10)[::-3], np.arange(3)[-1:-5:-1], 2 in np.arange(3), 7 in np.arange(3))
b = np.arange(5)
b[::-1] = [1, 2, 3, 4, 5]
b[np.array([0, 1], dtype=np.uint8)] = 7
print(b, b[np.array([4, 3], dtype=np.uint8)], np.array([10, 20, 30])[np.array([[0, 2]], dtype=np.uint8)])
b[1:3] = np.array([1.9, 2.9])
print(b, b.flags["C_CONTIGUOUS"], b.reshape(5, 1).T.flags.c_contiguous, b.real, b.imag, list(b.flat))
for wrong in (lambda: b[5], lambda: np.eye(2)[0, 3], lambda: b[0, 1], lambda: b[1.5], lambda: b["x"], lambda: b[[0.5]], lambda: np.array([300], dtype=np.uint8), lambda: np.array([-1], dtype=np.uint8), lambda: np.array([[1], [1, 2]])):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, str(error)[:90])

np.set_printoptions(precision=3, suppress=True)
print(np.array([1.23456, 1e-9, 1000.5]), np.float32(1.23456), repr(np.array([0.1, 12345.678])))
with np.printoptions(precision=1, threshold=5, edgeitems=1):
    print(np.arange(10.0), np.get_printoptions()["precision"])
np.set_printoptions(formatter={"float": lambda x: f"<{x:.1f}>"}, linewidth=20)
print(np.arange(5.0), np.arange(3))
np.set_printoptions(precision=8, suppress=False, linewidth=75)
print(np.array([0.1, 0.25], dtype=np.float16), np.arange(3, dtype=np.float16) / 3, np.array2string(np.arange(3.0) / 3, precision=2), np.array_str(np.arange(2)))
print(np.linspace(0, 1, 7), np.linspace(0, 10, 4, dtype=int), np.linspace(0, 1, 4, endpoint=False), np.linspace(1, 2, 3, retstep=True), np.logspace(0, 2, 3), np.geomspace(1, 8, 4))
print(np.promote_types("u1", "i1"), np.result_type(np.float32, 3.0), np.result_type("f4", "i8"), np.can_cast("f8", "f4"), np.can_cast("i4", "f8"), np.packbits([1, 0, 1]), np.unpackbits(np.array([5], np.uint8)))
with np.errstate(divide="ignore", over="ignore"):
    print(np.float64(1) / 0, np.uint8(255) + np.uint8(1))
print(list(np.ndindex(2, 2)), [(i, int(x)) for i, x in np.ndenumerate(np.array([5, 6]))], np.vectorize(lambda x: x * 2)([1, 2]), np.allclose([1.0], [1.1], atol=0.2), np.array(5, ndmin=2), np.asarray(b) is b)
