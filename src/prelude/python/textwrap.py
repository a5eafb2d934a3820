"""Text in lines."""


def dedent(text):
    lines = text.split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins) if margins else 0
    return "\n".join(line[margin:] if line.strip() else "" for line in lines)


def indent(text, prefix, predicate=None):
    wanted = (lambda line: line.strip()) if predicate is None else predicate
    return "".join(prefix + line if wanted(line) else line for line in text.splitlines(True))


def wrap(text, width=70):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return lines + [line] if line else lines


def fill(text, width=70):
    return "\n".join(wrap(text, width))


def shorten(text, width, placeholder=" [...]"):
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    kept = ""
    for word in text.split():
        if len(kept) + len(word) + bool(kept) + len(placeholder) > width:
            break
        kept = f"{kept} {word}" if kept else word
    return kept + placeholder if kept else placeholder.strip()
