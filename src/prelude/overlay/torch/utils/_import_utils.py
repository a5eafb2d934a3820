"""Libraries that are looked for before they are imported."""
import importlib.util


def _check_module_exists(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


def dill_available():
    return _check_module_exists("dill")


def import_dill():
    """None: dill is not a part of the shell."""
    return None
