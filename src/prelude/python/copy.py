"""Copies of objects."""


class Error(Exception):
    """An object that cannot be copied."""


error = Error
