"""torch.testing: claims about tensors."""
import math

import torch

_TOLERANCES = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
    torch.complex32: (1e-3, 1e-5),
    torch.complex64: (1.3e-6, 1e-5),
    torch.complex128: (1e-7, 1e-7),
}


def _tolerances(dtypes, rtol, atol):
    if (rtol is None) != (atol is None):
        missing = "atol" if atol is None else "rtol"
        given = "rtol" if atol is None else "atol"
        raise ValueError(
            f"Both 'rtol' and 'atol' must be either specified or unspecified, but got no {missing}"
            f" although {given} was given"
        )
    if rtol is not None:
        return rtol, atol
    each = [_TOLERANCES.get(dtype, (0.0, 0.0)) for dtype in dtypes]
    return max([r for r, _ in each]), max([a for _, a in each])


def _fail(text, where, msg):
    text += f"\n\nThe failure occurred for item {where}" if where else ""
    if msg is not None:
        text = msg(text) if callable(msg) else msg
    raise AssertionError(text)


class _Claim:
    def __init__(self, rtol, atol, equal_nan, checks, msg, allow_subclasses):
        self.rtol, self.atol, self.equal_nan, self.checks, self.msg = rtol, atol, equal_nan, checks, msg
        self.allow_subclasses = allow_subclasses

    def compare(self, actual, expected, where=""):
        if isinstance(actual, dict) and isinstance(expected, dict):
            self._keys(actual, expected, where)
            for key in actual:
                self.compare(actual[key], expected[key], f"{where}[{key!r}]")
        elif isinstance(actual, (list, tuple)) and isinstance(expected, (list, tuple)):
            if len(actual) != len(expected):
                _fail(
                    f"The length of the sequences mismatch: {len(actual)} != {len(expected)}",
                    where,
                    self.msg,
                )
            for i, pair in enumerate(zip(actual, expected)):
                self.compare(*pair, f"{where}[{i}]")
        elif isinstance(actual, torch.Tensor) or isinstance(expected, torch.Tensor):
            self._tensors(actual, expected, where)
        elif isinstance(actual, bool) and isinstance(expected, bool):
            if actual is not expected:
                _fail(f"Booleans mismatch: {actual} is not {expected}", where, self.msg)
        elif isinstance(actual, (int, float, complex)) and isinstance(expected, (int, float, complex)):
            self._numbers(actual, expected, where)
        elif actual is None and expected is None:
            pass
        else:
            raise TypeError(
                "No comparison pair was able to handle inputs of type"
                f" {type(actual)} and {type(expected)}."
            )

    def _keys(self, actual, expected, where):
        if actual.keys() == expected.keys():
            return
        missing = sorted([k for k in expected if k not in actual], key=str)
        additional = sorted([k for k in actual if k not in expected], key=str)
        _fail(
            "The keys of the mappings do not match:\n"
            f"Missing keys in the actual mapping: {missing}\n"
            f"Additional keys in the actual mapping: {additional}",
            where,
            self.msg,
        )

    def _numbers(self, actual, expected, where):
        if self.checks["dtype"] and type(actual) is not type(expected):
            _fail(
                f"The (d)types do not match: {type(actual)} != {type(expected)}.", where, self.msg
            )
        dtypes = [torch.tensor(float(v) if isinstance(v, float) else v).dtype for v in (actual, expected)]
        dtypes = [torch.float64 if d == torch.float32 else d for d in dtypes]
        rtol, atol = _tolerances(dtypes, self.rtol, self.atol)
        if actual == expected or self.equal_nan and actual != actual and expected != expected:
            return
        distance = abs(actual - expected)
        bound = atol + rtol * abs(expected)
        if distance <= bound and math.isfinite(distance):
            return
        if rtol == 0 and atol == 0:
            text = f"Scalars are not equal!\n\nExpected {expected} but got {actual}."
            text += f"\nAbsolute difference: {distance}"
            text += f"\nRelative difference: {distance / abs(expected) if expected else float('inf')}"
        else:
            text = f"Scalars are not close!\n\nExpected {expected} but got {actual}."
            text += f"\nAbsolute difference: {distance} (up to {atol} allowed)"
            relative = distance / abs(expected) if expected else float("inf")
            text += f"\nRelative difference: {relative} (up to {rtol} allowed)"
        _fail(text, where, self.msg)

    def _tensors(self, actual, expected, where):
        kinds = (type(actual), type(expected))
        if not (isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor)):
            if not self.allow_subclasses or not all(
                [isinstance(v, (torch.Tensor, int, float, complex, bool)) for v in (actual, expected)]
            ):
                raise TypeError(
                    f"No comparison pair was able to handle inputs of type {kinds[0]} and {kinds[1]}."
                )
            raise AssertionError(
                f"Except for {kinds[0]}, tensor-likes are compared with tensor-likes only, not {kinds[1]}"
            )
        self._attributes(actual, expected, where)
        rtol, atol = _tolerances((actual.dtype, expected.dtype), self.rtol, self.atol)
        if actual.dtype != expected.dtype:
            common = torch.promote_types(actual.dtype, expected.dtype)
            actual, expected = actual.to(common), expected.to(common)
        actual, expected = actual.detach(), expected.detach()
        close = torch.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=self.equal_nan)
        if not torch.all(close):
            _fail(_mismatch(actual, expected, ~close, rtol, atol), where, self.msg)

    def _attributes(self, actual, expected, where):
        pairs = [("shape", "shape", True), ("layout", "layout", self.checks["layout"])]
        pairs += [("device", "device", self.checks["device"]), ("dtype", "dtype", self.checks["dtype"])]
        for name, word, wanted in pairs:
            ours, theirs = getattr(actual, name), getattr(expected, name)
            if wanted and ours != theirs:
                _fail(f"The values for attribute '{word}' do not match: {ours} != {theirs}.", where, self.msg)
        if self.checks["stride"] and actual.stride() != expected.stride():
            _fail(
                "The values for attribute 'stride()' do not match:"
                f" {actual.stride()} != {expected.stride()}.",
                where,
                self.msg,
            )


def _place(flat, shape):
    index = []
    for size in reversed(shape):
        index.append(flat % size)
        flat //= size
    return tuple(reversed(index))


def _mismatch(actual, expected, matches_not, rtol, atol):
    number, total = int(matches_not.sum()), actual.numel()
    if not actual.is_floating_point() and not actual.is_complex():
        actual, expected = actual.to(torch.int64), expected.to(torch.int64)
    flat = matches_not.flatten()
    distance = torch.abs(actual - expected).flatten()
    distance = torch.where(flat, distance, torch.zeros_like(distance))
    relative = distance / torch.abs(expected.flatten())
    relative = torch.where(flat, relative, torch.zeros_like(relative))
    worst, at = torch.max(distance, 0)
    worst_relative, at_relative = torch.max(relative, 0)
    equal = rtol == 0 and atol == 0
    text = f"Tensor-likes are not {'equal' if equal else 'close'}!\n\n"
    shape = actual.shape
    text += f"Mismatched elements: {number} / {total} ({number / total:.1%})\n"

    def line(what, value, place, allowed):
        text = f"Greatest {what} difference: {value.item()}"
        if shape:
            text += f" at index {_place(place.item(), shape)}"
        return text + ("" if equal else f" (up to {allowed} allowed)")

    if not shape:
        text = f"Scalars are not {'equal' if equal else 'close'}!\n\n"
        text += f"Expected {expected.item()} but got {actual.item()}.\n"
        text += f"Absolute difference: {worst.item()}" + ("" if equal else f" (up to {atol} allowed)")
        text += f"\nRelative difference: {worst_relative.item()}"
        return text + ("" if equal else f" (up to {rtol} allowed)")
    text += line("absolute", worst, at, atol) + "\n"
    return text + line("relative", worst_relative, at_relative, rtol)


def assert_close(
    actual,
    expected,
    *,
    allow_subclasses=True,
    rtol=None,
    atol=None,
    equal_nan=False,
    check_device=True,
    check_dtype=True,
    check_layout=True,
    check_stride=False,
    msg=None,
):
    """Raise AssertionError unless both are equal but for rounding."""
    checks = {
        "device": check_device,
        "dtype": check_dtype,
        "layout": check_layout,
        "stride": check_stride,
    }
    claim = _Claim(rtol, atol, equal_nan, checks, msg, allow_subclasses)
    claim.compare(actual, expected)


def assert_allclose(actual, expected, rtol=None, atol=None, equal_nan=True, msg=""):
    assert_close(
        actual,
        expected,
        rtol=rtol,
        atol=atol,
        equal_nan=equal_nan,
        check_device=True,
        check_dtype=False,
        check_stride=False,
        msg=msg or None,
    )


def make_tensor(*shape, dtype, device="cpu", low=None, high=None, requires_grad=False, **options):
    shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    if dtype == torch.bool:
        return torch.randint(0, 2, shape, device=device, dtype=dtype)
    low, high = -9 if low is None else low, 9 if high is None else high
    if not dtype.is_floating_point and not dtype.is_complex:
        return torch.randint(low, high, shape, device=device, dtype=dtype)
    made = torch.empty(shape, device=device, dtype=dtype).uniform_(low, high)
    return made.requires_grad_(requires_grad)
