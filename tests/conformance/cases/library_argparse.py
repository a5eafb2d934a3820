"""A converter's command line: options, groups, sub-commands, help and errors."""
import argparse
import contextlib
import io
import os

os.environ["COLUMNS"] = "80"


def refused(parser, words):
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(words)
    except SystemExit as error:
        print("exit", error.code, said.getvalue())


def mk(**k):
    p = argparse.ArgumentParser(prog="convert.py", description="Convert a checkpoint from one format into another, renaming keys on the way so that they fit.", epilog="See the docs.", **k)
    p.add_argument("input", help="the checkpoint")
    p.add_argument("output", nargs="?", help="where to write it (default: %(default)s)", default="out.pt")
    p.add_argument("-f", "--format", choices=["pt", "safetensors"], default="pt", help="the format")
    p.add_argument("-v", "--verbose", action="count", default=0)
    p.add_argument("--dtype", type=str, metavar="DT")
    p.add_argument("--lr", type=float, default=1e-3, help="learning rate of the whole thing, which is quite a long help text that has to be wrapped")
    p.add_argument("--layers", type=int, nargs="+")
    p.add_argument("--betas", type=float, nargs=2, default=(0.9, 0.999))
    p.add_argument("--strict", action=argparse.BooleanOptionalAction, default=True)
    p.add_argument("--tag", action="append")
    g = p.add_argument_group("memory", "things about memory")
    g.add_argument("--max-shard-size", default="5GB")
    x = p.add_mutually_exclusive_group()
    x.add_argument("--half", action="store_true")
    x.add_argument("--bf16", action="store_true")
    return p
p = mk()
p.print_help()
for a in [["a.pt"], ["a.pt", "b.pt", "--lr", "0.1", "-vvf", "safetensors"], ["a", "--layers", "1", "2", "3", "--no-strict"], ["a", "--betas", ".1", ".2", "--tag=x", "--tag", "y"], ["a", "--max-shard", "1GB", "--half"], ["--lr=-3", "a"], ["a", "-fpt"], ["--", "-a"]]:
    print(p.parse_args(a))
for a in [[], ["a", "b", "c"], ["a", "--lr", "x"], ["a", "-f", "z"], ["a", "--half", "--bf16"], ["a", "--betas", "1"], ["a", "--layers"], ["a", "--ma", "--nope"], ["a", "--lr"], ["a","--b"]]:
    refused(p, a)
s = argparse.ArgumentParser(prog="tool", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
s.add_argument("--verbose", action="store_true", help="talk")
sub = s.add_subparsers(dest="cmd", required=True, help="what to do")
m = sub.add_parser("merge", help="merge two", aliases=["m"])
m.add_argument("files", nargs="+")
m.add_argument("--alpha", type=float, default=0.5, help="weight")
i = sub.add_parser("inspect", help="look")
i.add_argument("file")
s.print_help(); m.print_help()
print(s.parse_args(["merge", "a", "b", "--alpha", "0.3"]), s.parse_args(["--verbose", "inspect", "x"]))
for a in [[], ["x"], ["merge"], ["inspect", "a", "--zz"]]:
    refused(s, a)
print(s.parse_known_args(["inspect", "a", "--zz", "1"]))
base = argparse.ArgumentParser(add_help=False); base.add_argument("--seed", type=int, default=0)
c = argparse.ArgumentParser(prog="c", parents=[base]); c.add_argument("rest", nargs=argparse.REMAINDER); c.set_defaults(func=len, seed=3)
print(vars(c.parse_args(["a", "--b", "c"])))
c.print_usage()
