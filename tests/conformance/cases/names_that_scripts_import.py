"""What training scripts import beside torch: trees of tensors, a group of one process, workers, versions, annotations as text."""
from __future__ import annotations

import atexit
import copy
import copyreg
import sys
import tempfile
from collections import OrderedDict, namedtuple
from multiprocessing import Pool

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.utils._pytree as pytree


class Config:
    lr: Undefined = 0.1
    layers: list[Unknown]

    def build(self, width: Width = 3) -> Net:
        depth: Depth = 2
        return width * depth


print(Config.__annotations__, Config.build.__annotations__, Config().build())
print(sys.version_info.major, sys.version_info >= (3, 8), sys.version_info[0])

Pair = namedtuple("Pair", "a b")
tree = {"x": [1, (2, torch.ones(2))], "pair": Pair(4, None), "more": OrderedDict(q=5)}
leaves, spec = pytree.tree_flatten(tree)
print(leaves, spec.num_leaves, spec.num_nodes)
print(spec)
print(pytree.tree_map_only(int, lambda n: n * 10, tree))
print(pytree.tree_map(lambda a, b: a + b, [1, (2, 3)], [10, (20, 30)]), [pytree.keystr(path) for path, _ in pytree.tree_leaves_with_path(tree)])
for wrong in (lambda: pytree.tree_map(lambda a, b: a, [1, 2], [1, 2, 3]), lambda: pytree.tree_unflatten([1], pytree.tree_structure([1, 2]))):
    try:
        wrong()
    except ValueError as error:
        print(error)

try:
    dist.get_rank()
except ValueError as error:
    print(error)
store = tempfile.mktemp()
dist.init_process_group("gloo", rank=0, world_size=1, init_method="file://" + store)
total = torch.ones(2)
dist.all_reduce(total, op=dist.ReduceOp.SUM)
gathered, objects = [torch.zeros(2)], [None]
dist.all_gather(gathered, total)
dist.all_gather_object(objects, {"rank": dist.get_rank()})
print(total, gathered, objects, dist.get_world_size(), dist.get_backend())
model = nn.parallel.DistributedDataParallel(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)))
print(model, list(model.state_dict()))
with model.no_sync():
    model(torch.ones(4, 2)).sum().backward()
print(model.module[0].weight.grad.shape)
dist.destroy_process_group()
try:
    nn.parallel.DistributedDataParallel(nn.Linear(2, 2))
except ValueError as error:
    print(error)


def square(x):
    return x * x


class Handle:
    def __init__(self, number):
        self.number = number


copyreg.pickle(Handle, lambda handle: (Handle, (handle.number + 1,)))
if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(square, range(4)), pool.starmap(pow, [(2, 3), (3, 2)]))
    print(copy.copy(Handle(1)).number, copy.deepcopy([Handle(5)])[0].number)
    Point = namedtuple("Point", "x y z")
    Point.__new__.__defaults__ = (None,) * 2
    print(Point(1), Point.__new__.__defaults__)

    @torch.jit.script
    def scripted(x: torch.Tensor):
        return x * 2

    atexit.register(print, "last")
    atexit.register(print, "before the last")
    print("end of the program")
