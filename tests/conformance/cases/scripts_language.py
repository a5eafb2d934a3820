# What scripts ask of the language and of Python's library.
import argparse
import glob
import logging
import os
import pickle
import sys
import textwrap


class OnlyNew:
    def __new__(cls, value, *, name="n"):
        made = super().__new__(cls)
        made.value, made.name = value, name
        return made


class Child(OnlyNew):
    pass


print(OnlyNew(1).value, Child(2, name="x").name, OnlyNew.__new__(OnlyNew, 3).value)


class Both:
    def __new__(cls, *args):
        return object.__new__(cls)

    def __init__(self, value):
        self.value = value


class Neither:
    pass


class Other:
    def __new__(cls, value):
        return value


print(Both(4).value, Other([5]))
for make in (lambda: Neither(1), lambda: Both(), lambda: OnlyNew()):
    try:
        make()
    except TypeError as error:
        print(error)


async def later(x):
    async with x as y:
        pass
    async for z in y:
        await z
    return [i async for i in y]


async def produce():
    yield 1


print(callable(later), later.__name__, produce.__name__)

sys.path.insert(0, os.getcwd())
os.makedirs("pack")
open("pack/__init__.py", "w").write("spec = __spec__.name, __spec__.parent\n")
open("pack/inner.py", "w").write("spec = __spec__.name, __spec__.parent, __spec__.origin.split('/')[-1]\n")
import pack.inner

print(pack.spec, pack.inner.spec, pack.__spec__.name, __spec__, pack.inner.__spec__.has_location)

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(filename)s:%(lineno)d %(funcName)s: %(message)s")
logger = logging.getLogger("convert")


def convert():
    logger.info("hello %s", "there")
    logging.warning("at the root")
    (lambda: logger.error("in a lambda"))()


class Converter:
    def run(self):
        logger.info(
            "over two lines",
        )
        logging.getLogger("other").log(logging.INFO, "log")
        try:
            1 / 0
        except ZeroDivisionError:
            logger.critical("division")


convert()
Converter().run()
logger.debug("not shown")
logging.info("at the module")
adapter = logging.LoggerAdapter(logger, {"rank": 0})
adapter.info("through an adapter")

print(textwrap.wrap("see stable-audio-3-medium and wav2vec-2-large-x-vector in 2024-01-02", 20))
print(textwrap.wrap("a-b-cd e2e-test model-v1.5-pruned-emaonly--final 3-d x-1-y", 10))
print(textwrap.fill("pre-trained-weights of ResNet-50-v2 (best-of-three)", 15))

os.makedirs("g/sub/deep")
for f in ("g/a.pth", "g/sub/b.pth", "g/sub/deep/c.pth", "g/.hidden.pth"):
    open(f, "w").close()
print(sorted(glob.glob("g/**/*.pth")), sorted(glob.glob("g/**/*.pth", recursive=True)), sorted(glob.glob("g/**")))
print(sorted(glob.glob("**/*.pth", root_dir="g", recursive=True)), sorted(glob.iglob("g/**/*.pth", recursive=True)), glob.glob("nothing/*"))

os.environ["COLUMNS"] = "80"
parser = argparse.ArgumentParser(prog="convert_checkpoint.py", description="Converts.")
parser.add_argument("--checkpoint-path", required=True, type=str)
parser.add_argument("--dump_path", metavar="OUT", required=True)
parser.add_argument("--half", action="store_true")
parser.add_argument("--num-layers", type=int, nargs=2)
group = parser.add_mutually_exclusive_group(required=True)
group.add_argument("--cpu", action="store_true")
group.add_argument("--gpu-id", type=int)
parser.add_argument("inputs", nargs="+")
parser.add_argument("output_directory")
print(parser.format_usage())
print(parser.format_help())
print(argparse.ArgumentParser(prog="a_program_with_a_name_that_is_so_long_that_nothing_fits_beside_it_at_all").format_usage())
long = argparse.ArgumentParser(prog="a_program_with_a_name_that_is_so_long_that_nothing_fits_beside_it")
long.add_argument("--option-one", help="first")
long.add_argument("first")
print(long.format_usage())

value = {"a": [1, 2.5, "x" * 300], "b": (1, (2,)), "c": {3}, "d": b"bytes", "e": None, "f": frozenset([4]), "g": 2**70, "h": bytearray(b"z"), "i": -1}
print(pickle.DEFAULT_PROTOCOL, pickle.dumps([1, "a", ("b", 2.5)]))
for protocol in (2, 3, 4, 5, -1):
    data = pickle.dumps(value, protocol)
    print(protocol, data[:2], pickle.loads(data) == value)
print(pickle.dumps({"k": OnlyNew}), pickle.dumps({1, 2}), pickle.dumps(b"x" * 3, protocol=4))
with open("v.pkl", "wb") as f:
    pickle.dump(value, f)
    pickle.Pickler(f, 2).dump([1])
with open("v.pkl", "rb") as f:
    print(f.read(2), f.seek(0), pickle.load(f) == value, pickle.load(f))
try:
    pickle.dumps(1, protocol=6)
except ValueError as error:
    print(error)
