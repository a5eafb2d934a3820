#!/usr/bin/env python3
"""Writes calls of PyTorch's functions with what they give or raise, one JSON object a line.

    python tests/aten/make_calls.py sample > tests/aten/calls.jsonl     what is checked in
    python tests/aten/make_calls.py sweep > sweep.jsonl                 every signature of the table, for a closer look

The Python needs the torch that belongs to our libtorch. TORCHSH_CALLS names another file for the test to read.
"""

import json
import pathlib
import random
import re
import sys
import warnings

import torch

warnings.simplefilter("ignore")
torch.set_num_threads(1)

OWNERS = {
    "torch": torch,
    "Tensor": torch.Tensor,
    "nn": torch._C._nn,
    "linalg": torch.linalg,
    "fft": torch.fft,
    "special": torch.special,
}
TABLE = pathlib.Path(__file__).parents[2] / "src" / "aten" / "signatures.txt"


def encoded(value):
    """A value as JSON; numbers of tensors as text where JSON has none."""
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided:
            return {"other": str(value.layout)}
        plain = value.detach()
        flat = plain.resolve_conj().resolve_neg().reshape(-1)
        if plain.is_complex():
            numbers = torch.view_as_real(flat.to(torch.complex128)).reshape(-1).tolist()
        elif plain.is_floating_point():
            numbers = flat.to(torch.float64).tolist()
        elif plain.is_quantized:
            return {"other": "quantized"}
        else:
            numbers = [int(number) for number in flat.tolist()]
        numbers = [number if number == number and abs(number) != float("inf") else str(number) for number in numbers]
        return {"t": [str(plain.dtype)[6:], list(plain.shape), numbers, value.requires_grad]}
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, float):
        return {"f": repr(value)}
    if isinstance(value, complex):
        return {"c": [value.real, value.imag]}
    if isinstance(value, list):
        return {"l": [encoded(item) for item in value]}
    if isinstance(value, tuple):
        if type(value) is not tuple and hasattr(type(value), "__match_args__") and type(value) is not torch.Size:
            names = list(type(value).__match_args__)
            return {"fields": [type(value).__name__, names, [encoded(item) for item in value]]}
        return {"u": [encoded(item) for item in value]}
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value)[6:]}
    if isinstance(value, torch.device):
        return {"device": str(value)}
    if isinstance(value, torch.layout):
        return {"layout": str(value)[6:]}
    if isinstance(value, torch.memory_format):
        return {"format": str(value)[6:]}
    return {"other": type(value).__name__}


def line(path, args, keywords):
    """One call, run."""
    if path == "index.get":
        return subscript(args)
    namespace, name = path.split(".")
    call = {"f": path, "a": [encoded(arg) for arg in args], "k": {key: encoded(arg) for key, arg in keywords.items()}}
    try:
        call["r"] = encoded(getattr(OWNERS[namespace], name)(*args, **keywords))
    except Exception as error:  # whatever it is, ours is to be the same
        call["e"] = [type(error).__name__, str(error)]
    return json.dumps(call)


def floats(*sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(count, dtype=torch.float32) * 0.375 + 0.25).reshape(sizes)


def ints(*sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(count) % 5).reshape(sizes)


def subscript(args):
    """A tensor subscripted, or, where a value is given, assigned to."""
    tensor, indices, *value = args
    key = indices[0] if len(indices) == 1 else tuple(indices)
    call = {"f": "index.get", "a": [encoded(tensor), encoded(list(indices))["l"], *map(encoded, value)]}
    try:
        if value:
            tensor = tensor.clone()
            tensor[key] = value[0]
            call["r"] = encoded(tensor)
        else:
            call["r"] = encoded(tensor[key])
    except Exception as error:  # whatever it is, ours is to be the same
        call["e"] = [type(error).__name__, str(error)]
    return json.dumps(call)


# ---- every signature ----

SKIPPED = re.compile(
    r"rand|empty|bernoulli|multinomial|normal|poisson|dropout|^_|cudnn|miopen|mkldnn|quantize|fbgemm|lstm|gru|rnn"
    r"|cauchy|exponential_|geometric_|uniform_|log_normal|random_|resize|cuda|hspmm|segment_reduce|sparse|names?$|rename"
    r"|align|refine|new_|pin_memory|set_|backward|storage|resolve|numpy|seed|is_shared|q_|int_repr|dequantize|nested|sym_"
    r"|batch_norm_(elemt|gather|stats|update)|native_|col2im|rrelu|channel_shuffle|from_file|unsafe|ctc|ccol|crow|col_ind"
    r"|row_ind|indices$|values$|to_|cpu|_copy$|is_vulkan|retain|coalesce|detach_|view_as_complex|thnn|slow_conv|adaptive_max"
)


def argument(kind, name, default, variant):
    """An argument for a parameter of this type."""
    bare = kind.rstrip("?")
    base = bare.split("[")[0]
    size = re.search(r"\[(\d+)\]", bare)
    if base == "Tensor":
        if name in ("index", "indices") or (variant == 1):
            return ints(2, 2)
        if name in ("mask", "condition"):
            return ints(2, 2) > 1
        return floats(2, 2)
    if base in ("int64_t", "SymInt"):
        return {"dim0": 0, "dim1": 1, "n": 3, "k": 1, "steps": 3, "chunks": 2, "split_size": 1}.get(name, 1)
    if base in ("IntArrayRef", "SymIntArrayRef"):
        if size and variant == 2:
            return 1
        count = int(size.group(1)) if size else 2
        return [0] if name in ("dim", "dims") else [1] * count
    if base == "c10::string_view":
        return default.strip('"') if default and default != "None" else "mean"
    fixed = {
        "Scalar": 2,
        "double": 0.5,
        "bool": True,
        "TensorList": [floats(2, 2), floats(2, 2) * 2],
        "ScalarType": torch.float64,
        "Layout": torch.strided,
        "Device": torch.device("cpu"),
        "MemoryFormat": torch.contiguous_format,
        "ArrayRef<double>": [1.0, 2.0],
        "ScalarList": [1, 2],
        "Generator": None,
        "Dimname": 0,
        "DimnameList": None,
    }
    return fixed.get(base)


def parameters(text):
    found = []
    keyword_only = False
    for part in re.findall(r"(?:[^,{<\"]|\{[^}]*\}|<.*?>(?=\s)|\"[^\"]*\")+", text):
        part = part.strip()
        if part == "*":
            keyword_only = True
        elif part:
            head, _, default = part.partition("=")
            if " " not in head:
                return []
            kind, name = head.rsplit(" ", 1)
            found.append((kind, name, default or None, keyword_only))
    return found


def sweep():
    chance = random.Random(7)
    namespace = ""
    for row in TABLE.read_text().splitlines():
        if row.startswith("["):
            namespace = row[1:-1]
            continue
        text = row.split("\t")[0].removesuffix("|deprecated")
        name, rest = text.split("(", 1)
        bare = name.removeprefix(namespace + "_") if namespace in ("linalg", "fft", "special") else name
        if namespace not in OWNERS or SKIPPED.search(bare) or not hasattr(OWNERS[namespace], bare):
            continue
        if "unction" not in type(getattr(OWNERS[namespace], bare)).__name__ + "unction" * (namespace == "Tensor"):
            continue
        if getattr(getattr(OWNERS[namespace], bare), "__code__", None):
            continue
        known = parameters(rest[:-1])
        for variant in range(6):
            receiver = [ints(2, 2) if variant == 1 else floats(2, 2)] if namespace == "Tensor" else []
            required = [one for one in known if one[2] is None and not one[3]]
            positional = [argument(kind, key, default, variant) for kind, key, default, _ in required]
            keywords = {
                key: argument(kind, key, default, variant)
                for kind, key, default, only in known
                if only and default is None
            }
            if variant == 2:
                keywords |= {
                    key: argument(kind, key, default, variant)
                    for kind, key, default, _ in known
                    if default is not None and key not in ("out", "layout", "pin_memory", "generator")
                }
            if variant == 3:
                if not positional:
                    continue
                positional[chance.randrange(len(positional))] = chance.choice(["a", 1.5, None, (1, 2), True, [0.5]])
            if variant == 4:
                positional = positional[:-1]
            if variant == 5:
                keywords["foo"] = 1
            yield line(f"{namespace}.{bare}", receiver + positional, keywords)


# ---- what is checked in ----


def sample():
    t = floats(2, 3)
    i = ints(2, 3)
    scalar = torch.tensor(2)
    calls = [
        ("torch.add", (t, 2), {}),
        ("torch.add", (i, 2.5), {}),
        ("torch.add", (t, t), {"alpha": 3}),
        ("torch.add", (t, 2, t), {}),
        ("torch.add", (), {}),
        ("torch.add", ("a", 1), {}),
        ("torch.add", (t, t), {"foo": 1}),
        ("torch.add", (t, t), {"alpha": "x"}),
        ("torch.sub", (t, True), {}),
        ("torch.mul", (i, 1j), {}),
        ("torch.div", (i, i + 1), {"rounding_mode": "floor"}),
        ("torch.div", (t, 2), {"rounding_mode": "up"}),
        ("torch.pow", (2, t), {}),
        ("torch.pow", (2, 2), {}),
        ("torch.mm", (t,), {}),
        ("torch.mm", (t, 1), {}),
        ("torch.mm", (t, t), {}),
        ("torch.mm", (t, t.T), {}),
        ("torch.relu", (), {}),
        ("torch.relu", (t, t), {}),
        ("torch.relu", (), {"input": t, "x": t}),
        ("torch.relu", (), {"x": -t}),
        ("torch.zeros", (2, 3), {"dtype": torch.int32}),
        ("torch.zeros", ((2, 3),), {"requires_grad": True}),
        ("torch.zeros", (), {"size": (3,)}),
        ("torch.zeros", (), {"size": 3}),
        ("torch.zeros", (2, "a"), {}),
        ("torch.zeros", ((2, 1.5),), {}),
        ("torch.zeros", (True,), {}),
        ("torch.zeros", ([True],), {}),
        ("torch.zeros", (scalar, 3), {}),
        ("torch.zeros", (), {}),
        ("torch.zeros", (3,), {"dtype": torch.int64, "out": torch.zeros(3)}),
        ("torch.zeros", (2,), {"out": "a"}),
        ("torch.zeros", (2,), {"device": "foo"}),
        ("torch.full", ((2,), 3), {}),
        ("torch.full", ((2,), True), {}),
        ("torch.full", (2, 3), {}),
        ("torch.arange", (5,), {}),
        ("torch.arange", (1, 2, 0.25), {}),
        ("torch.arange", (), {}),
        ("torch.linspace", (0, 1, 5), {}),
        ("torch.linspace", (0, "a", 3), {}),
        ("torch.eye", ("a",), {}),
        ("torch.eye", (2, 3), {}),
        ("torch.cat", (t,), {}),
        ("torch.cat", ([t, 1],), {}),
        ("torch.cat", ([],), {}),
        ("torch.cat", ([t, i],), {"dim": 1}),
        ("torch.cat", ([t, i],), {"axis": 1}),
        ("torch.max", (t,), {}),
        ("torch.max", (t, 1), {"keepdim": True}),
        ("torch.max", (t, t, t), {}),
        ("torch.max", (1,), {}),
        ("torch.topk", (t, 2), {}),
        ("torch.where", (t > 1, 1, 0), {}),
        ("torch.where", (t, "a", 2), {}),
        ("torch.sum", (t, 0, True, 4, 5), {}),
        ("torch.sum", (t,), {"dim": "a", "keepdim": 3}),
        ("torch.sum", (t,), {"dim": 0, "axis": 1}),
        ("torch.mean", (t,), {"axis": 1}),
        ("torch.mean", (i,), {}),
        ("torch.conv2d", (floats(1, 1, 3, 3), floats(1, 1, 2, 2)), {"stride": 1, "padding": 1}),
        ("torch.conv2d", (floats(1, 1, 3, 3), floats(1, 1, 2, 2)), {"padding": "same"}),
        ("torch.conv2d", (t, t), {"stride": "a"}),
        ("torch.conv2d", (t,), {}),
        ("torch.result_type", (t, i), {}),
        ("torch.promote_types", (torch.int8, torch.float16), {}),
        ("torch.can_cast", (torch.float32, torch.int64), {}),
        ("torch.is_floating_point", (t,), {}),
        ("torch.equal", (t, t), {}),
        ("torch.addmm", (t,), {}),
        ("torch.isclose", (t, t), {}),
        ("torch.unbind", (t,), {}),
        ("torch.clamp", (t,), {"min": 0.5, "max": i}),
        ("torch.clamp", (t, 0.5, 1), {}),
        ("torch.normal", (1.0, 2.0), {}),
        ("torch.randint", (3.5, (2,)), {}),
        ("torch.randint", (3, 4), {}),
        ("torch.bucketize", (t, torch.tensor([0.5, 1.0])), {}),
        ("torch.quantile", (t, 0.5), {}),
        ("torch.slogdet", (floats(2, 2),), {}),
        ("Tensor.view", (t, 3, 2), {}),
        ("Tensor.view", (t, -1), {}),
        ("Tensor.view", (t, (3, 2)), {}),
        ("Tensor.view", (t, [6]), {}),
        ("Tensor.view", (t, torch.int32), {}),
        ("Tensor.view", (t, torch.tensor(6)), {}),
        ("Tensor.view", (t, "a"), {}),
        ("Tensor.view", (t, 2, 1.5), {}),
        ("Tensor.view", (t,), {}),
        ("Tensor.view", (t, None), {}),
        ("Tensor.view", (t, 4), {}),
        ("Tensor.abs", (t, 1), {}),
        ("Tensor.abs", (t,), {"a": 1}),
        ("Tensor.sum", (t, 1.5), {}),
        ("Tensor.sum", (t, [0, 1]), {}),
        ("Tensor.sum", (t, [0, 1.5]), {}),
        ("Tensor.sum", (t, True), {}),
        ("Tensor.sum", (t, 0, 1), {}),
        ("Tensor.sum", (t, torch.tensor(0)), {}),
        ("Tensor.sum", (t, 7), {}),
        ("Tensor.topk", (t,), {}),
        ("Tensor.topk", (t, "a"), {}),
        ("Tensor.unsqueeze", (t,), {}),
        ("Tensor.unsqueeze", (t, 1, 2), {}),
        ("Tensor.transpose", (t, 1), {}),
        ("Tensor.transpose", (t, 0, 1), {}),
        ("Tensor.permute", (t, 1, 0), {}),
        ("Tensor.permute", (t, 1), {}),
        ("Tensor.expand", (t, "x"), {}),
        ("Tensor.squeeze", (t, 1.5), {}),
        ("Tensor.max", (t,), {"dim": 0}),
        ("Tensor.masked_fill", (t, t > 1, 0), {}),
        ("Tensor.masked_fill", (t, 1, 2), {}),
        ("Tensor.mul", (t, None), {}),
        ("Tensor.index_select", (t, 1, torch.tensor([2, 0])), {}),
        ("Tensor.index_select", (t, 0), {}),
        ("Tensor.new_zeros", (t, 2, 2), {}),
        ("Tensor.new_full", (t, (2,), 1), {}),
        ("Tensor.repeat", (t, 2, 1), {}),
        ("Tensor.flatten", (t,), {}),
        ("Tensor.select", (t, 1, 5), {}),
        ("Tensor.pow", (t, "a"), {}),
        ("Tensor.eq", (t, "a"), {}),
        ("Tensor.fill_", (floats(2), 3), {}),
        ("Tensor.clamp_", (floats(4), 0.5), {"max": 1}),
        ("Tensor.is_complex", (t,), {}),
        ("torch.sparse_coo_tensor", (torch.tensor([[0, 2], [1, 0]]), floats(2), (3, 2)), {}),
        ("torch.sparse_coo_tensor", (torch.tensor([[0, 9], [1, 0]]), floats(2), (3, 2)), {"check_invariants": True}),
        ("torch.sparse_csr_tensor", (torch.tensor([0, 1, 2]), torch.tensor([0, 1]), floats(2), (2, 2)), {}),
        ("torch.sparse_csr_tensor", (torch.tensor([0, 1, 9]), torch.tensor([0, 1]), floats(2), (2, 2)), {"check_invariants": True}),
        ("nn.linear", (t, t), {}),
        ("nn.linear", (t, 2), {}),
        ("nn.gelu", (t,), {"approximate": "tanh"}),
        ("nn.gelu", (t,), {"approximate": 1}),
        ("nn.pad", (t, (1, 1)), {"value": 2}),
        ("nn.avg_pool2d", (floats(1, 1, 4, 4), 2), {}),
        ("nn.upsample_nearest2d", (floats(1, 1, 2, 2), None, [2.0, 2.0]), {}),
        ("nn.one_hot", (i, 5), {}),
        ("nn.mse_loss", (t, t * 2), {}),
        ("linalg.norm", ("a",), {}),
        ("linalg.inv", (torch.zeros(2, 2),), {}),
        ("linalg.det", (floats(2, 2),), {}),
        ("linalg.eigh", (torch.eye(2),), {}),
        ("linalg.vector_norm", (t,), {"dim": 1}),
        ("linalg.norm", (t,), {"ord": "fro"}),
        ("fft.fft", (t,), {}),
        ("fft.fft", (1,), {}),
        ("fft.rfft", (t,), {"n": 4}),
        ("special.erf", (t,), {}),
        ("special.erf", (2,), {}),
        ("special.xlog1py", (t, 2), {}),
    ]
    for path, args, keywords in calls:
        yield line(path, args, keywords)
    x = floats(3, 4)
    mask = ints(3, 4) > 2
    at = torch.tensor([2, 0])
    subscripts = [
        [0], [-1], [5], [-4], [1, 2], [1, 2, 3], [slice(None)], [slice(1, None)], [slice(None, None, 2)],
        [slice(None, None, -1)], [slice(0, 0)], [slice(5, 9)], [slice(-2, None), 1], [None], [None, 0, None], [...],
        [..., 0], [0, ..., 1], [..., ...], [0, ..., 1, 2], [True], [False], [True, 1], [at], [at, at], [at, 1], [slice(None), at],
        [None, at, None], [at, None, at], [mask], [mask, 0], [mask[0]], [mask[:, 0]], [slice(None), mask[0]],
        [torch.tensor([5])], [torch.tensor([[0, 1], [2, 0]])], [torch.tensor(1)], [torch.tensor(True)],
        [torch.tensor([0.5])], [torch.tensor([1, 0, 1], dtype=torch.uint8)], [at, torch.tensor([1, 2, 3])],
        [slice(None, None, 0)], [],
    ]
    for indices in subscripts:
        yield line("index.get", (x, indices), {})
    yield line("index.get", (torch.tensor(1.0), [0]), {})
    yield line("index.get", (torch.tensor(1.0), [slice(None)]), {})
    yield line("index.get", (torch.tensor(1.0), [...]), {})
    values = [
        ([0], torch.tensor(9.0)), ([0], torch.tensor([1, 2, 3, 4])), ([0], torch.ones(3)), ([mask], torch.tensor(0)),
        ([slice(None), 1], torch.ones(3)), ([at], torch.zeros(2, 4)), ([at], torch.zeros(3, 4)), ([...], torch.tensor(2)),
        ([7], torch.tensor(1)), ([mask], torch.ones(12)), ([mask], torch.ones(int(mask.sum()))), ([True], torch.tensor(1)),
        ([False], torch.tensor(1)), ([None, 0], torch.ones(1, 4)), ([slice(None), at], torch.ones(1, 2)),
        ([0], torch.ones(1, 1, 1, 4)), ([1], torch.tensor(1j)), ([at, 2], torch.tensor([5, 6])),
    ]
    for indices, value in values:
        yield line("index.get", (x, indices, value), {})


if __name__ == "__main__":
    for text in {"sample": sample, "sweep": sweep}[sys.argv[1]]():
        print(text)
