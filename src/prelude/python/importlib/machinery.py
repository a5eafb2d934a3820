"""What a module is loaded by, and what is known of it before."""

SOURCE_SUFFIXES = [".py"]
BYTECODE_SUFFIXES = [".pyc"]
EXTENSION_SUFFIXES = []


def all_suffixes():
    return SOURCE_SUFFIXES + BYTECODE_SUFFIXES + EXTENSION_SUFFIXES


class ModuleSpec:
    """A module that can be loaded: its name, its loader, where it is from."""

    def __init__(self, name, loader, *, origin=None, loader_state=None, is_package=None):
        self.name = name
        self.loader = loader
        self.origin = origin
        self.loader_state = loader_state
        self.submodule_search_locations = [] if is_package else None
        self.has_location = False
        self.cached = None

    @property
    def parent(self):
        return self.name if self.submodule_search_locations is not None else self.name.rpartition(".")[0]

    def __repr__(self):
        parts = [f"name={self.name!r}", f"loader={self.loader!r}"]
        if self.origin is not None:
            parts.append(f"origin={self.origin!r}")
        if self.submodule_search_locations is not None:
            parts.append(f"submodule_search_locations={self.submodule_search_locations}")
        return f"ModuleSpec({', '.join(parts)})"


class SourceFileLoader:
    """Runs a `.py` file as a module."""

    def __init__(self, fullname, path):
        self.name = fullname
        self.path = path

    def get_filename(self, name=None):
        return self.path

    def get_source(self, fullname):
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        text = self.get_source(self.name)
        exec(compile(text, self.path, "exec"), module.__dict__)

    def load_module(self, fullname=None):
        import sys
        from importlib.util import module_from_spec, spec_from_file_location

        name = fullname or self.name
        module = module_from_spec(spec_from_file_location(name, self.path))
        sys.modules[name] = module
        self.exec_module(module)
        return module


class BuiltinImporter:
    """Loads what the shell's own library has."""

    @staticmethod
    def create_module(spec):
        from importlib import import_module

        return import_module(spec.name)

    @staticmethod
    def exec_module(module):
        """Making it has run it."""
