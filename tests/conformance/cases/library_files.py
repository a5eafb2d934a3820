"""Modules of the standard library around files: archives, literals, addresses, folders."""
import ast
import builtins
import concurrent.futures as cf
import errno
import gzip
import math
import os
import os.path
import pathlib
import shutil
import sys
import tempfile
import urllib.parse
import zipfile
import zlib

print(builtins.abs(-3), builtins.sorted([2,1]))
print(ast.literal_eval("{'a': [1, -2.5, (3, None)], 'b': {1, 2}, 'c': 1+2j, 'd': b'x', 'e': 'y' 'z'}"))
for bad in ["__import__('os')", "a", "1 + 2", "[x for x in y]", "f'{1}'"]:
    try: print(ast.literal_eval(bad))
    except ValueError as e: print("ValueError")
try: ast.literal_eval("1 +")
except SyntaxError as e: print("SyntaxError")
print(zlib.decompress(zlib.compress(b"hello" * 100)) == b"hello" * 100, zlib.crc32(b"hello"), zlib.adler32(b"hello"))
try: zlib.decompress(b"zzzz")
except zlib.error as e: print("zlib.error")
d = tempfile.mkdtemp()
p = os.path.join(d, "a.txt.gz")
with gzip.open(p, "wt") as f: f.write("line 1\nline 2\n")
with gzip.open(p, "rt") as f: print(f.readlines())
with gzip.open(p) as f: print(f.read())
print(gzip.decompress(gzip.compress(b"abc")))
z = os.path.join(d, "a.zip")
with zipfile.ZipFile(z, "w", zipfile.ZIP_DEFLATED) as f:
    f.writestr("x/y.txt", "hello " * 50); f.writestr("z.bin", b"\x00\x01")
with zipfile.ZipFile(z) as f:
    print(f.namelist(), f.read("z.bin"), f.getinfo("x/y.txt").file_size, f.testzip())
    print([info.filename for info in f.infolist()])
    with f.open("x/y.txt") as g: print(g.read(5))
    f.extractall(d)
    try: f.read("nope")
    except KeyError as e: print(e)
print(open(os.path.join(d, "x", "y.txt")).read()[:11], zipfile.is_zipfile(z), zipfile.is_zipfile(p))
with zipfile.ZipFile(z, "a") as f: f.writestr("more", "m")
print(zipfile.ZipFile(z).namelist())
print(errno.ENOENT, os.path.commonprefix(["/a/bc", "/a/bd"]), os.path.commonpath(["/a/b/c", "/a/b/d"]), os.path.expandvars("$HOME/x") == os.environ["HOME"] + "/x", os.path.samefile(z, z), os.path.lexists("/nope"))
u = urllib.parse.urlparse("https://user:pw@huggingface.co:8080/a/b.pt;p?rev=main&x=1#frag")
print(u, u.hostname, u.port, u.username, urllib.parse.quote("a b/ü"), urllib.parse.unquote("a%20b%2F%C3%BC"), urllib.parse.urlencode({"a": 1, "b": "x y"}), urllib.parse.urljoin("http://a/b/c", "../d"), urllib.parse.parse_qs("a=1&a=2&b=3"))
with cf.ThreadPoolExecutor(max_workers=4) as ex:
    print(list(ex.map(lambda x: x * x, range(5))))
    fs = [ex.submit(pow, i, 2) for i in range(3)]
    print(sorted(f.result() for f in cf.as_completed(fs)))
    bad = ex.submit(lambda: 1 / 0)
    print(type(bad.exception()).__name__)
print(math.frexp(10.0), math.ldexp(0.5, 3), math.asinh(1), math.remainder(7, 4), math.ulp(1.0), math.nextafter(1, 2), math.frexp(5e-324), math.frexp(-0.0))
print([e.name for e in sorted(os.scandir(d), key=lambda e: e.name)], os.fspath(pathlib.Path("a/b")), isinstance(pathlib.Path("x"), os.PathLike), os.access(z, os.R_OK))
shutil.copy(z, os.path.join(d, "c.zip")); shutil.move(os.path.join(d, "c.zip"), os.path.join(d, "x")); print(os.listdir(os.path.join(d, "x")).__len__(), shutil.which("sh") is not None)
try: shutil.copyfile(z, z)
except shutil.SameFileError as e: print("same file")
print(sys.implementation.name, sys.getdefaultencoding(), sys.maxunicode)
for n in ["fspath", "sep", "curdir", "pathsep"]: print(getattr(os, n) is not None)
shutil.rmtree(d)
