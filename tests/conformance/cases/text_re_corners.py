import re


def show(make):
    try:
        print(repr(make()))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


texts = ["", "ab", "aab.b", "layer1.0.conv.weight", "a\nb\n", "é٣ A"]
patterns = [r"a*?", r"(b)?", r"", r"^", r"$", r"a$", r"\w+", r"\d", r"\b", r"\B", r"(?P<n>a)(?P=n)", r"(a)|(b)", r"[^.]+",
            r"(?<=a)b", r"(?i)A", r"(?s:.)", r"a{,2}", r"{", r"\Z", r"[]a]", r"[\w-]", r"(?x: a b )", r"a++", r"(a)(?(1)b|c)"]
for pattern in patterns:
    for text in texts:
        for flags in [0, re.I, re.M, re.A]:
            found = re.search(pattern, text, flags)
            print(found and (found, found.groups(), found.groupdict(), found.lastindex, found.lastgroup))
            print(re.findall(pattern, text, flags), re.split(pattern, text, flags=flags),
                  re.subn(pattern, r"<\g<0>>", text, flags=flags))
for broken in [")", "(", "[", "*", "a**", "a{3,2}", "\\", r"\q", r"\1", "(?P<1>a)", "(?P<a>b)(?P<a>c)", "(?P=x)", "(?z)", "a(?i)b",
               "[z-a]", "(?P<a", "(?#x", "\n(", "^*"]:
    show(lambda: re.compile(broken))
for template in [r"\1", r"\2", r"\g<n>", r"\g<x>", r"\g<", r"\q", "\\", r"\0", r"\101", r"\g<1>0", r"\.", r"\g<>"]:
    show(lambda: re.sub("(?P<n>a)", template, "ba"))
pattern = re.compile("a", re.I | re.X)
print(pattern, pattern.flags, pattern.groups, pattern.match("ba", 1), pattern.search("aba", 1, 2), pattern.findall("aAa", 1))
print(re.compile("^a").search("ba", 1), re.sub(r"layer(\d)", lambda m: f"l{int(m[1]) + 1}", "layer1.layer2"))
show(lambda: re.compile(pattern, re.I))
show(lambda: re.match("a", 5))
