"""Operators for ONNX: nothing is exported here."""


def _register_custom_op():
    """There is nothing to register with."""
