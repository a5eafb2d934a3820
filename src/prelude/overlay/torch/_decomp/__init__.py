"""Operators written as others, for compilers: there are none here."""
