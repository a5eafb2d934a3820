"""Tangents of operators that libtorch has none for are refused by libtorch, by name."""
