"""Runs the prelude under CPython with the real torch, as the package `tsh`.

Every `torch.nn`, `torch.optim`, … that a prelude file names becomes `tsh.nn`, `tsh.optim`, …, so that
its classes stand beside PyTorch's own and can be compared. `torch._shell` is real PyTorch's.
"""
import importlib.abc
import importlib.util
import pathlib
import re
import sys
import types

import torch

PRELUDE = pathlib.Path(__file__).resolve().parents[2] / "src" / "prelude"
OWN = re.compile(r"\btorch\.(nn|optim|functional|utils|_shell|hub)\b")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if not name.startswith("tsh"):
            return None
        parts = name.split(".")[1:]
        base = PRELUDE.joinpath(*parts)
        for file, package in ((base / "__init__.py", True), (base.with_suffix(".py"), False)):
            if file.is_file():
                return importlib.util.spec_from_file_location(
                    name, file, loader=Loader(name, str(file)),
                    submodule_search_locations=[str(base)] if package else None)
        if base.is_dir() or not parts:
            return importlib.util.spec_from_loader(name, Empty(), is_package=True)
        return None


class Empty(importlib.abc.Loader):
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        pass


class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        text = pathlib.Path(self.path).read_text()
        text = OWN.sub(r"tsh.\1", text)
        text = re.sub(r"\b(from|import) torchvision\b", r"\1 tsh.torchvision", text)
        text = text.replace('"torchvision.', '"tsh.torchvision.')
        # a plain `import tsh.nn` binds tsh, and the file says torch.nn everywhere else
        return compile(text, self.path, "exec")


sys.meta_path.insert(0, Finder())
shell = types.ModuleType("tsh._shell")
shell.Parameter = torch.nn.Parameter
sys.modules["tsh._shell"] = shell
