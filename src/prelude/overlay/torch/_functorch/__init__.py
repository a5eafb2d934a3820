"""Functions of functions: what of PyTorch's own is Python."""
