"""The Python functions of torch.nn.functional, by theme."""
