"""What argparse says of a program: usage and help, laid out as Python does."""

# Classes are pickled under the name that Python has for them.
__name__ = "argparse"
import re
import shutil
import textwrap

SUPPRESS = "==SUPPRESS=="
# what a usage is not broken within: what is in brackets
_UNBROKEN = re.compile(r"\(.*?\)+(?=\s|$)|\[.*?\]+(?=\s|$)|\S+")


class HelpFormatter:
    """Help texts beside the arguments where there is room, wrapped."""

    def __init__(self, prog, indent_increment=2, max_help_position=24, width=None):
        self.prog = prog
        self.width = shutil.get_terminal_size().columns - 2 if width is None else width
        self.most = min(max_help_position, max(self.width - 20, indent_increment * 2))

    # ---- usage

    def usage(self, given, actions, groups, prefix="usage: "):
        if given is not None:
            return f"{prefix}{given % {'prog': self.prog}}\n"
        options = [action for action in actions if action.option_strings]
        words = [action for action in actions if not action.option_strings]
        texts = [" ".join(self._usage_parts(some, groups)) for some in (options, words)]
        whole = " ".join([self.prog, *[text for text in texts if text]])
        width = max(self.width, 11)
        if len(prefix) + len(whole) <= width:
            return f"{prefix}{whole}\n"
        optional, positional = [_UNBROKEN.findall(text) for text in texts]
        if len(prefix) + len(self.prog) > 0.75 * width:
            indent = " " * len(prefix)
            lines = self._lines(optional + positional, indent)
            if len(lines) > 1:
                lines = self._lines(optional, indent) + self._lines(positional, indent)
            lines = [self.prog, *lines]
        else:
            indent = " " * (len(prefix) + len(self.prog) + 1)
            lines = self._lines([self.prog, *(optional or positional)], indent, prefix)
            lines += self._lines(positional, indent) if optional else []
        return prefix + "\n".join(lines) + "\n"

    def _lines(self, parts, indent, prefix=None):
        lines, line = [], []
        length = len(indent if prefix is None else prefix) - 1
        for part in parts:
            if line and length + 1 + len(part) > self.width:
                lines.append(indent + " ".join(line))
                line, length = [], len(indent) - 1
            line.append(part)
            length += len(part) + 1
        if line:
            lines.append(indent + " ".join(line))
        if prefix is not None and lines:
            lines[0] = lines[0][len(indent) :]
        return lines

    def _usage_parts(self, actions, groups):
        parts, grouped = [], []
        for action in actions:
            if action.help == SUPPRESS or action in grouped:
                continue
            group = next((group for group in groups if action in group.members and len(group.members) > 1), None)
            if group is None or not action.option_strings:
                parts.append(self._usage_part(action, False))
                continue
            grouped.extend(group.members)
            texts = [self._usage_part(member, True) for member in group.members if member.help != SUPPRESS]
            begin, end = "()" if group.required else "[]"
            texts[0], texts[-1] = begin + texts[0], texts[-1] + end
            for text in texts[:-1]:
                parts += [text, "|"]
            parts.append(texts[-1])
        return parts

    def _usage_part(self, action, grouped):
        if not action.option_strings:
            return self.arguments(action, self.metavar(action, action.dest)[0])
        text = action.usage_option()
        if action.nargs != 0:
            text += " " + self.arguments(action, *self.metavar(action, action.dest.upper()))
        return text if action.required or grouped else f"[{text}]"

    def metavar(self, action, default):
        if action.metavar is not None:
            return action.metavar if isinstance(action.metavar, tuple) else (action.metavar,)
        if action.choices is not None:
            return ("{" + ",".join([str(choice) for choice in action.choices]) + "}",)
        return (default,)

    def arguments(self, action, *names):
        name, nargs = names[0], action.nargs
        last = names[-1]
        if nargs is None:
            return name
        if nargs == "?":
            return f"[{name}]"
        if nargs == "*":
            return f"[{name} ...]"
        if nargs == "+":
            return f"{name} [{last} ...]"
        if nargs == "...":
            return "..."
        if nargs == "A...":
            return f"{name} ..."
        if nargs == SUPPRESS:
            return ""
        return " ".join(names if len(names) > 1 else [name] * nargs)

    # ---- help

    def help(self, usage, description, sections, epilog):
        shown = [(title, text, [a for a in actions if a.help != SUPPRESS]) for title, text, actions in sections]
        lengths = [len(self.invocation(a)) + 2 for _, _, actions in shown for a in actions]
        lengths += [len(self.invocation(a)) + 4 for _, _, actions in shown for b in actions for a in b.subactions()]
        place = min(max(lengths, default=0) + 2, self.most)
        parts = [usage]
        if description:
            parts.append(self.fill_text(self._expand(description), "") + "\n")
        for title, text, actions in shown:
            if not actions and not text:
                continue
            part = f"{title}:\n"
            if text:
                part += self.fill_text(self._expand(text), "  ") + "\n\n"
            parts.append(part + "".join([self._action(action, place, 2) for action in actions]))
        if epilog:
            parts.append(self.fill_text(self._expand(epilog), "") + "\n")
        whole = "\n".join(parts)
        return re.sub(r"\n\n\n+", "\n\n", whole).strip("\n") + "\n"

    def _expand(self, text):
        return text % {"prog": self.prog} if "%(prog)" in text else text

    def invocation(self, action):
        if not action.option_strings:
            return " ".join(self.metavar(action, action.dest)[:1])
        if action.nargs == 0:
            return ", ".join(action.option_strings)
        shown = self.arguments(action, *self.metavar(action, action.dest.upper()))
        return ", ".join([f"{option} {shown}" for option in action.option_strings])

    def _action(self, action, place, indent):
        head, text = self.invocation(action), self.expanded(action)
        room = place - indent - 2
        lines = self.split_lines(text, max(self.width - place, 11)) if text and text.strip() else []
        if not lines:
            shown = " " * indent + head + "\n"
        elif len(head) <= room:
            shown = " " * indent + head.ljust(room) + "  " + lines.pop(0) + "\n"
        else:
            shown = " " * indent + head + "\n"
        shown += "".join([" " * place + line + "\n" for line in lines])
        return shown + "".join([self._action(inner, place, indent + 2) for inner in action.subactions()])

    def help_of(self, action):
        return action.help

    def expanded(self, action):
        text = self.help_of(action)
        if not text or "%" not in text:
            return text
        values = {name: value for name, value in vars(action).items() if value is not SUPPRESS}
        values["prog"] = self.prog
        values = {name: getattr(value, "__name__", value) for name, value in values.items()}
        if values.get("choices") is not None:
            values["choices"] = ", ".join([str(choice) for choice in values["choices"]])
        return text % values

    def fill_text(self, text, indent):
        text = re.sub(r"\s+", " ", text).strip()
        return textwrap.fill(text, max(self.width - len(indent), 11) + len(indent), initial_indent=indent, subsequent_indent=indent)

    def split_lines(self, text, width):
        return textwrap.wrap(re.sub(r"\s+", " ", text).strip(), width)


class RawDescriptionHelpFormatter(HelpFormatter):
    """Descriptions as they are."""

    def fill_text(self, text, indent):
        return "".join([indent + line for line in text.splitlines(keepends=True)])


class RawTextHelpFormatter(RawDescriptionHelpFormatter):
    """All texts as they are."""

    def split_lines(self, text, width):
        return text.splitlines()


class ArgumentDefaultsHelpFormatter(HelpFormatter):
    """Defaults behind the help."""

    def help_of(self, action):
        text = action.help or ""
        has_default = action.default is not SUPPRESS and (action.option_strings or action.nargs in ("?", "*"))
        return text + " (default: %(default)s)" if text and has_default and "%(default)" not in text else text


class MetavarTypeHelpFormatter(HelpFormatter):
    """Types in place of names."""

    def metavar(self, action, default):
        name = getattr(action.type, "__name__", default)
        return super().metavar(action, name)
