"""torch.backends.mkldnn: how oneDNN computes; kept as it is set."""
import sys

from torch.backends import _flags

enabled, deterministic, allow_tf32 = True, False, False


def flags(enabled=False, deterministic=False, allow_tf32=True, fp32_precision="none"):
    return _flags.flags(sys.modules[__name__], {"enabled": enabled, "deterministic": deterministic, "allow_tf32": allow_tf32})
