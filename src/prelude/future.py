"""torch.__future__: how a module's parameters change when it is converted, or loaded into."""

_settings = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value):
    _settings["overwrite"] = value


def get_overwrite_module_params_on_conversion():
    """Whether a conversion puts new parameters into a module, in place of new data into its parameters."""
    return _settings["overwrite"]


def set_swap_module_params_on_conversion(value):
    _settings["swap"] = value


def get_swap_module_params_on_conversion():
    """Whether a conversion and load_state_dict exchange the tensors under the parameters (torch.utils.swap_tensors)."""
    return _settings["swap"]
