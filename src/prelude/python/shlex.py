"""Words as a shell reads them."""

import re

_UNSAFE = re.compile(r"[^\w@%+=:,./-]", re.ASCII)


def quote(s):
    if not s:
        return "''"
    return s if _UNSAFE.search(s) is None else "'" + s.replace("'", "'\"'\"'") + "'"


def join(split_command):
    return " ".join(quote(word) for word in split_command)


def split(s, comments=False, posix=True):
    words, word, inside, i = [], None, "", 0
    while i < len(s):
        c = s[i]
        if inside:
            if c == inside:
                inside = ""
            elif c == "\\" and inside == '"' and s[i + 1 : i + 2] in ('"', "\\"):
                i += 1
                word += s[i]
            else:
                word += c
        elif c in "'\"":
            inside, word = c, word or ""
        elif c == "\\":
            i += 1
            if i == len(s):
                raise ValueError("No escaped character")
            word = (word or "") + s[i]
        elif c.isspace():
            words += [] if word is None else [word]
            word = None
        elif comments and c == "#" and word is None:
            i = s.find("\n", i)
            i = len(s) if i < 0 else i
        else:
            word = (word or "") + c
        i += 1
    if inside:
        raise ValueError("No closing quotation")
    return words if word is None else words + [word]
