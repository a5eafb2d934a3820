"""Text in lines."""

import re

_SPACES = "\t\n\x0b\x0c\r "
_LETTER = r"[^\d\W]"


class TextWrapper:
    """How text is broken into lines; see Python's own for what each option does."""

    _blanks = {ord(c): " " for c in _SPACES}
    _ends = re.compile(r"[a-z][\.\!\?][\"\']?\Z")
    _simple = re.compile(rf"([{_SPACES}]+)")
    _pieces = re.compile(
        rf"""([{_SPACES}]+|(?<=[\w!"'&.,?])-{{2,}}(?=\w)|[^{_SPACES}](?:[^{_SPACES}]*?)(?:"""
        rf"""-(?:(?<={_LETTER}{{2}}-)|(?<={_LETTER}-{_LETTER}-))(?={_LETTER}-?{_LETTER})"""
        rf"""|(?=[{_SPACES}]|\Z)|(?<=[\w!"'&.,?])(?=-{{2,}}\w)))""")

    def __init__(self, width=70, initial_indent="", subsequent_indent="", expand_tabs=True, replace_whitespace=True,
                 fix_sentence_endings=False, break_long_words=True, drop_whitespace=True, break_on_hyphens=True,
                 tabsize=8, *, max_lines=None, placeholder=" [...]"):
        self.width = width
        self.initial_indent = initial_indent
        self.subsequent_indent = subsequent_indent
        self.expand_tabs = expand_tabs
        self.replace_whitespace = replace_whitespace
        self.fix_sentence_endings = fix_sentence_endings
        self.break_long_words = break_long_words
        self.drop_whitespace = drop_whitespace
        self.break_on_hyphens = break_on_hyphens
        self.tabsize = tabsize
        self.max_lines = max_lines
        self.placeholder = placeholder

    def _split(self, text):
        pieces = self._pieces if self.break_on_hyphens else self._simple
        chunks = [piece for piece in pieces.split(text) if piece]
        if self.fix_sentence_endings:
            for i in range(len(chunks) - 1):
                if chunks[i + 1] == " " and self._ends.search(chunks[i]):
                    chunks[i + 1] = "  "
        return chunks

    def _break_word(self, chunks, line, filled, width):
        """A word longer than any line: what still fits of it, or a line of its own."""
        room = 1 if width < 1 else width - filled
        if self.break_long_words:
            end = room
            word = chunks[-1]
            if self.break_on_hyphens and len(word) > room:
                hyphen = word.rfind("-", 0, room)
                if hyphen > 0 and any(c != "-" for c in word[:hyphen]):
                    end = hyphen + 1
            line.append(word[:end])
            chunks[-1] = word[end:]
        elif not line:
            line.append(chunks.pop())

    def _lines(self, chunks):
        if self.width <= 0:
            raise ValueError(f"invalid width {self.width!r} (must be > 0)")
        if self.max_lines is not None:
            indent = self.subsequent_indent if self.max_lines > 1 else self.initial_indent
            if len(indent) + len(self.placeholder.lstrip()) > self.width:
                raise ValueError("placeholder too large for max width")
        lines = []
        chunks.reverse()
        while chunks:
            line, filled = [], 0
            indent = self.subsequent_indent if lines else self.initial_indent
            width = self.width - len(indent)
            if self.drop_whitespace and chunks[-1].strip() == "" and lines:
                chunks.pop()
            while chunks and filled + len(chunks[-1]) <= width:
                filled += len(chunks[-1])
                line.append(chunks.pop())
            if chunks and len(chunks[-1]) > width:
                self._break_word(chunks, line, filled, width)
                filled = sum(map(len, line))
            if self.drop_whitespace and line and line[-1].strip() == "":
                filled -= len(line.pop())
            if not line:
                continue
            is_last = not chunks or self.drop_whitespace and len(chunks) == 1 and not chunks[0].strip()
            if self.max_lines is None or len(lines) + 1 < self.max_lines or is_last and filled <= width:
                lines.append(indent + "".join(line))
                continue
            self._end_early(lines, line, filled, width, indent)
            break
        return lines

    def _end_early(self, lines, line, filled, width, indent):
        while line:
            if line[-1].strip() and filled + len(self.placeholder) <= width:
                lines.append(indent + "".join(line) + self.placeholder)
                return
            filled -= len(line.pop())
        if lines:
            before = lines[-1].rstrip()
            if len(before) + len(self.placeholder) <= self.width:
                lines[-1] = before + self.placeholder
                return
        lines.append(indent + self.placeholder.lstrip())

    def wrap(self, text):
        if self.expand_tabs:
            text = text.expandtabs(self.tabsize)
        if self.replace_whitespace:
            text = text.translate(self._blanks)
        return self._lines(self._split(text))

    def fill(self, text):
        return "\n".join(self.wrap(text))


def wrap(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).wrap(text)


def fill(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).fill(text)


def shorten(text, width, **kwargs):
    return TextWrapper(width=width, max_lines=1, **kwargs).fill(" ".join(text.strip().split()))


def dedent(text):
    """Without the blanks that all lines begin with; lines of blanks alone become empty and count for nothing."""
    lines = [line if line.strip(" \t") else "" for line in text.split("\n")]
    margin = None
    for line in lines:
        if not line:
            continue
        own = line[: len(line) - len(line.lstrip(" \t"))]
        if margin is None or margin.startswith(own):
            margin = own
        elif not own.startswith(margin):
            shared = 0
            while shared < min(len(margin), len(own)) and margin[shared] == own[shared]:
                shared += 1
            margin = margin[:shared]
    return "\n".join(line[len(margin):] if line else line for line in lines) if margin else "\n".join(lines)


def indent(text, prefix, predicate=None):
    wanted = (lambda line: line.strip()) if predicate is None else predicate
    return "".join(prefix + line if wanted(line) else line for line in text.splitlines(True))
