"""Kinds of loaders, to make classes from."""

import abc


class Loader(abc.ABC):
    def create_module(self, spec):
        return None


class MetaPathFinder(abc.ABC):
    def invalidate_caches(self):
        """Nothing is kept."""
