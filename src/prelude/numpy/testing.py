"""Claims about arrays."""
from numpy import allclose, array_equal, asarray


def assert_allclose(actual, desired, rtol=1e-07, atol=0, equal_nan=True, err_msg=""):
    import torch
    from numpy._tensors import pair, real

    a, b = pair(actual, desired)
    if a.shape != b.shape and 1 not in (a.numel(), b.numel()) or not torch.allclose(
        real(a).double(), real(b).double(), rtol=rtol, atol=atol, equal_nan=equal_nan
    ):
        raise AssertionError(f"Not equal to tolerance rtol={rtol:g}, atol={atol:g}\n{err_msg}\n actual: {actual!r}\n desired: {desired!r}")


def assert_array_equal(actual, desired, err_msg=""):
    if not array_equal(asarray(actual), asarray(desired)):
        raise AssertionError(f"Arrays are not equal\n{err_msg}\n actual: {actual!r}\n desired: {desired!r}")


assert_equal = assert_array_equal


def assert_almost_equal(actual, desired, decimal=7, err_msg=""):
    assert_allclose(actual, desired, rtol=0, atol=1.5 * 10 ** (-decimal), err_msg=err_msg)
