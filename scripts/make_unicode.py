#!/usr/bin/env python3
"""Writes what Python's str methods know of characters and Rust's do not, as tables.

Run it with the Python whose answers are wanted (3.11: Unicode 14), in the root of the repository:

    python3 scripts/make_unicode.py kinds > src/language/value/text/unicode_kinds.rs
    python3 scripts/make_unicode.py case > src/language/value/text/unicode_case.rs
"""

import sys
import unicodedata

HEAD = """//! What Python knows of characters; written by `scripts/make_unicode.py` from Python {}'s Unicode {}.

"""
ALL = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]


def ranges(test):
    found = []
    for code in map(ord, filter(test, ALL)):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def table(name, says, kind, cells):
    lines, line = [], "   "
    for cell in cells:
        if len(line) + len(cell) + 2 > 109:
            lines.append(line)
            line = "   "
        line += f" {cell},"
    body = "\n".join([*lines, line])
    print(f"/// {says}\n#[rustfmt::skip]\npub const {name}: &[{kind}] = &[\n{body}\n];\n")


def range_table(name, says, test):
    table(name, says, "(u32, u32)", [f"({a:#x}, {b:#x})" for a, b in ranges(test)])


def text(value):
    return '"' + "".join(f"\\u{{{ord(c):x}}}" for c in value) + '"'


def change_table(name, says, change, usual):
    cells = [f"({ord(c):#x}, {text(change(c))})" for c in ALL if change(c) != usual(c)]
    table(name, says, "(u32, &str)", cells)


def kinds():
    range_table("HIDDEN", "Characters that `repr` escapes.", lambda c: not c.isprintable())
    range_table("LETTERS", "Letters.", str.isalpha)
    range_table("DECIMALS", "Decimal digits.", str.isdecimal)
    range_table("DIGITS", "Digits that are not decimal.", lambda c: c.isdigit() and not c.isdecimal())
    range_table("NUMERALS", "Numerals that are not digits.", lambda c: c.isnumeric() and not c.isdigit())
    range_table("NAME_MARKS", "What may stand in a name behind its first character, but not first.",
                lambda c: ("a" + c).isidentifier() and not c.isidentifier())
    range_table("NAME_STARTS", "What may begin a name, beside letters.",
                lambda c: c.isidentifier() and not c.isalpha())
    range_table("NO_NAMES", "Letters that no name may hold.",
                lambda c: c.isalpha() and not ("a" + c).isidentifier())


def case():
    range_table("TITLES", "Letters that are a capital and a small letter in one.",
                lambda c: unicodedata.category(c) == "Lt")
    change_table("TITLED", "Characters whose title form is not their upper form.", str.title, str.upper)
    change_table("FOLDED", "Characters whose folded form is not their lower form.", str.casefold, str.lower)


print(HEAD.format(sys.version.split()[0], unicodedata.unidata_version), end="")
{"kinds": kinds, "case": case}[sys.argv[1]]()
