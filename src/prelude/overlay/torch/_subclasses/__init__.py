"""Tensors of a compiler: there are none here."""
