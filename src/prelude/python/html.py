"""Text within HTML."""

import re

_NAMES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'", "nbsp": "\xa0", "copy": "\xa9"}


def escape(s, quote=True):
    s = s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return s.replace('"', "&quot;").replace("'", "&#x27;") if quote else s


def _one(found):
    name = found.group(1)
    if name.startswith("#"):
        return chr(int(name[2:], 16) if name[1] in "xX" else int(name[1:]))
    return _NAMES.get(name, found.group())


def unescape(s):
    return re.sub(r"&(#\d+|#[xX][0-9a-fA-F]+|\w+);", _one, s)
