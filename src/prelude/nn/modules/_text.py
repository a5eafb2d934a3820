"""How a module is shown: its name, what it says of itself, and the modules in it."""

# characters of the modules in one that is shown: some hold each other again and again
_LONGEST = 1 << 21


class _writing:
    """The repr that is being written: of modules within modules, of so many characters."""

    depth = length = 0


def written(module):
    if _writing.depth == 0:
        _writing.length = 0
    if _writing.length > _LONGEST:
        return module._get_name() + "(…)"
    _writing.depth += 1
    try:
        text = _text_of(module)
    finally:
        _writing.depth -= 1
    _writing.length += len(text)
    return text


def _text_of(module):
    extra = module.extra_repr()
    lines = extra.split("\n") if extra else []
    single = len(lines) == 1 and not module._modules
    for name, child in module._modules.items():
        lines.append(f"({name}): " + repr(child).replace("\n", "\n  "))
    text = module._get_name() + "("
    if single:
        text += lines[0]
    elif lines:
        text += "\n  " + "\n  ".join(lines) + "\n"
    return text + ")"
