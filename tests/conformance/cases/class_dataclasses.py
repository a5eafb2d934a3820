from dataclasses import dataclass, field, asdict, astuple, replace, fields
from typing import List, Optional, ClassVar

@dataclass(order=True)
class LayerSpec:
    sort_index: int = field(init=False, repr=False)
    name: str
    shape: tuple = (1,)
    tags: List[str] = field(default_factory=list, compare=False)
    kind: ClassVar[str] = "layer"
    parent: Optional["LayerSpec"] = None

    def __post_init__(self):
        n = 1
        for s in self.shape:
            n *= s
        self.sort_index = n

    @property
    def numel(self):
        return self.sort_index

a = LayerSpec("conv", (3, 3), ["w"])
b = LayerSpec("fc", (2,))
print(a)
print(b, a > b, sorted([a, b])[0].name)
print(asdict(b))
print(astuple(a))
print(replace(a, name="conv2"))
print([f.name for f in fields(LayerSpec)], LayerSpec.kind)
print(a == LayerSpec("conv", (3, 3), ["other"]), a != b)
b.tags.append("x")
print(LayerSpec("n").tags)

@dataclass(frozen=True)
class Cfg:
    lr: float = 0.1
    betas: tuple = (0.9, 0.999)
c = Cfg()
try:
    c.lr = 1
except Exception as e:
    print(type(e).__name__, e)
print(hash(c) == hash(Cfg()), {c: "v"}[Cfg()], Cfg(lr=0.5))
try:
    LayerSpec()
except TypeError as e:
    print(e)
try:
    Cfg(1, 2, 3)
except TypeError as e:
    print(e)
@dataclass
class Base:
    x: int
    y: int = 2
@dataclass
class Derived(Base):
    z: int = 3
    def total(self): return self.x + self.y + self.z
print(Derived(1), Derived(1).total(), Derived(1, z=10) == Derived(1, 2, 10), isinstance(Derived(1), Base))
