"""A program of several files: packages, relative imports, sys.path, modules made and replaced by hand."""
import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
import types

home = tempfile.mkdtemp()
FILES = {
    "zoo/__init__.py": '"""Models."""\nfrom .net import Net\nfrom . import tools\nfrom .blocks import conv\nVERSION = "1.0"\n',
    "zoo/net.py": "from .tools import name_of\n\n\nclass Net:\n    def name(self):\n        return name_of(self)\n",
    "zoo/tools.py": "def name_of(x):\n    return type(x).__name__, __name__, __package__\n",
    "zoo/blocks/__init__.py": "",
    "zoo/blocks/conv.py": "from ..net import Net\nfrom .. import tools as t\nfrom .parts import *\nfound = t.name_of(Net())\n",
    "zoo/blocks/parts.py": "__all__ = ['kernel']\nkernel = 3\nstride = 1\n",
    "plain/inner.py": "value = 'folder without __init__'\n",
    "left.py": "import right\nx = 1\n",
    "right.py": "from left import x\n",
    "broken.py": "x = 1 / 0\n",
    "config.py": "lr = 0.1\nlayers = [2, 2]\n",
    "takes_over.py": "import sys\n\n\nclass Lazy:\n    answer = 42\n\n\nsys.modules[__name__] = Lazy()\n",
}
for path, text in FILES.items():
    path = os.path.join(home, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def shown(error):
    return type(error).__name__, str(error).replace(home, "HOME"), error.name, error.msg == str(error)


print(os.path.basename(__file__), os.path.isabs(__file__), __name__, __package__, __spec__)
try:
    import zoo
except ImportError as error:
    print(shown(error))
sys.path.insert(0, home)

import zoo
import zoo.blocks.conv as conv
from zoo import Net, VERSION, tools

print(Net().name(), VERSION, tools is zoo.tools, conv.found, conv.kernel, hasattr(conv, "stride"))
print(zoo.__doc__, zoo.__package__, zoo.__path__ == [os.path.join(home, "zoo")], zoo.net.__package__, zoo.blocks.__name__)
print(repr(zoo).replace(home, "HOME"), sys.modules["zoo.net"] is zoo.net, isinstance(zoo, types.ModuleType))
import plain.inner

print(plain.inner.value)

for statement in (
    "import nothing_here",
    "import zoo.nothing",
    "from zoo import nothing",
    "import config.nothing",
    "from zoo.nothing import x",
    "from . import x",
    "import left",
):
    try:
        exec(statement)
    except ImportError as error:
        print(statement, shown(error))
try:
    import broken
except ZeroDivisionError:
    print("broken" in sys.modules)

spec = importlib.util.spec_from_file_location("settings", os.path.join(home, "config.py"))
settings = importlib.util.module_from_spec(spec)
spec.loader.exec_module(settings)
print(settings.lr, settings.layers, settings.__name__, "settings" in sys.modules)
import config

config.lr = 7
importlib.reload(config)
print(config.lr, importlib.import_module(".net", "zoo").Net is Net)
print(importlib.util.find_spec("nothing_here"), importlib.util.find_spec("zoo.net").origin.replace(home, "HOME"))

old = types.ModuleType("old_name", "stands for what has gone")
old.Net = Net
sys.modules["old_name"] = old
from old_name import Net as Again

print(Again is Net, old.__doc__, old)
import takes_over

print(takes_over.answer, type(takes_over).__name__)
sys.modules["refused"] = None
try:
    import refused
except ImportError as error:
    print(error)
del sys.modules["config"]
import config as fresh

print(fresh is config, fresh.lr)
shutil.rmtree(home)
