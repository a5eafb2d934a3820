# glob, fnmatch, pathlib's glob and gc.
import fnmatch
import gc
import glob
import os
import pathlib

os.makedirs("g/sub/deep")
os.makedirs("g/[x]")
for f in ("g/a.pth", "g/sub/b.pth", "g/sub/deep/c.pth", "g/.hidden.pth", "g/[x]/d.pth", "g/sub/.e"):
    open(f, "w").close()
for pattern in ("g/*", "g/**", "g/*/", "g/[", "g/[[]x]/*", "g/.*", "g/a.pth", "g/none", "g/", "./g/*.pth", "g/s*/**b.pth", "*", "g/?.pth", "g/[!b].pth", "g/***", "nothing/*"):
    print(pattern, sorted(glob.glob(pattern)))
for pattern in ("g/**", "**/*.pth", "g/**/", "g/**/deep/*", "g/sub/**", "**"):
    print(pattern, sorted(glob.glob(pattern, recursive=True)))
print(sorted(glob.glob("**/*.pth", root_dir="g", recursive=True)), sorted(glob.glob("*", root_dir="g")), sorted(glob.iglob("g/*")))
print(sorted(glob.glob("g/*", include_hidden=True)), glob.escape("g/[x]*?"), glob.has_magic("a*"), glob.has_magic("a"))
print(sorted(glob.glob(glob.escape("g/[x]") + "/*")), sorted(glob.glob(os.path.abspath("g") + "/*.pth")) == [os.path.abspath("g/a.pth")])
for name, pattern in (("a", "**b"), ("ab", "**b"), ("a[b", "a["), ("a[b", "a[b"), ("abc", "a***c"), ("a/b", "a*"), ("B", "b"), ("b", "[a-c]"), ("-", "[a-]"), ("]", "[]]"), ("x", "[!]]")):
    print(name, pattern, fnmatch.fnmatch(name, pattern), fnmatch.fnmatchcase(name, pattern))
print(fnmatch.filter(["a.pt", "b.bin", "c.pt"], "*.pt"))
p = pathlib.Path("g")
for pattern in ("*", "**/*.pth", "**", "sub/*", "*/", "[[]x]/*"):
    print(pattern, sorted(str(f) for f in p.glob(pattern)))
print(sorted(str(f) for f in p.rglob("*.pth")), sorted(str(f) for f in pathlib.Path("g/[x]").glob("*")))

held, holder = [1, 2], {}
holder["a"] = held
print(any(one is holder for one in gc.get_referrers(held)), gc.get_referents(holder), gc.is_tracked([]), len(gc.get_stats()))
gc.disable()
print(gc.isenabled(), gc.get_threshold())
gc.enable()
print(gc.isenabled())
