"""Command line arguments of scripts."""

import os.path
import sys


class ArgumentTypeError(Exception):
    pass


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __repr__(self):
        return "Namespace(" + ", ".join(f"{k}={v!r}" for k, v in vars(self).items()) + ")"

    def __eq__(self, other):
        return isinstance(other, Namespace) and vars(self) == vars(other)

    def __contains__(self, name):
        return name in vars(self)


class _Action:
    def __init__(self, flags, options):
        self.flags = flags
        self.positional = not flags[0].startswith("-")
        long = [flag for flag in flags if flag.startswith("--")] or flags
        self.dest = options.get("dest") or long[0].lstrip("-").replace("-", "_")
        self.action = options.get("action", "store")
        self.nargs = options.get("nargs")
        self.type = options.get("type")
        self.choices = options.get("choices")
        self.required = options.get("required", False)
        self.const = options.get("const")
        self.help = options.get("help")
        self.metavar = options.get("metavar")
        default = {"store_true": False, "store_false": True}.get(self.action)
        self.default = options.get("default", default)

    def convert(self, parser, text):
        try:
            value = text if self.type is None else self.type(text)
        except (ValueError, TypeError):
            name = getattr(self.type, "__name__", str(self.type))
            parser.error(f"argument {self.shown()}: invalid {name} value: {text!r}")
        if self.choices is not None and value not in self.choices:
            listed = ", ".join(repr(choice) for choice in self.choices)
            parser.error(f"argument {self.shown()}: invalid choice: {value!r} (choose from {listed})")
        return value

    def shown(self):
        return "/".join(self.flags) if not self.positional else (self.metavar or self.dest)

    def word(self):
        if self.choices is not None:
            return "{" + ",".join(str(choice) for choice in self.choices) + "}"
        return self.metavar or (self.dest if self.positional else self.dest.upper())

    def usage(self):
        if self.action in ("store_true", "store_false", "count", "help"):
            text = self.flags[0]
        else:
            word = {"?": f"[{self.word()}]", "*": f"[{self.word()} ...]", "+": f"{self.word()} [{self.word()} ...]"}.get(
                self.nargs, self.word()
            )
            text = word if self.positional else f"{self.flags[0]} {word}"
        return text if self.positional or self.required else f"[{text}]"


class ArgumentParser:
    def __init__(self, prog=None, usage=None, description=None, epilog=None, formatter_class=None, add_help=True, **rest):
        self.prog = prog or os.path.basename(sys.argv[0] if sys.argv else "torchsh")
        self.description = description
        self.epilog = epilog
        self._actions = []
        self._defaults = {}
        if add_help:
            self.add_argument("-h", "--help", action="help", help="show this help message and exit")

    def add_argument(self, *flags, **options):
        action = _Action(list(flags), options)
        self._actions.append(action)
        return action

    def add_argument_group(self, *rest, **options):
        return self

    def add_mutually_exclusive_group(self, *rest, **options):
        return self

    def set_defaults(self, **defaults):
        self._defaults.update(defaults)

    def parse_args(self, args=None, namespace=None):
        result, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.error("unrecognized arguments: " + " ".join(unknown))
        return result

    def parse_known_args(self, args=None, namespace=None):
        left = list(sys.argv[1:] if args is None else args)
        result = Namespace() if namespace is None else namespace
        for action in self._actions:
            if action.action != "help":
                default = self._defaults.get(action.dest, action.default)
                if isinstance(default, str) and action.type is not None:
                    default = action.convert(self, default)
                setattr(result, action.dest, default)
        for name, value in self._defaults.items():
            if not hasattr(result, name):
                setattr(result, name, value)
        positional, unknown, seen = [], [], set()
        only_positional = False
        while left:
            word = left.pop(0)
            if word == "--" and not only_positional:
                only_positional = True
                continue
            is_number = word[1:].replace(".", "", 1).isdigit()
            if only_positional or not word.startswith("-") or word == "-" or is_number:
                positional.append(word)
                continue
            name, equals, value = word.partition("=")
            action = self._find(name)
            if action is None:
                unknown.append(word)
                continue
            seen.add(action.dest)
            self._apply(action, ([value] if equals else []), left, result)
        unknown += self._positional(positional, result)
        missing = [a.shown() for a in self._actions if a.required and a.dest not in seen and not a.positional]
        if missing:
            self.error("the following arguments are required: " + ", ".join(missing))
        return result, unknown

    def _find(self, name):
        for action in self._actions:
            if name in action.flags:
                return action
        near = [a for a in self._actions for flag in a.flags if name.startswith("--") and flag.startswith(name)]
        return near[0] if len(near) == 1 else None

    def _apply(self, action, given, left, result):
        if action.action == "help":
            self.print_help()
            sys.exit(0)
        if action.action in ("store_true", "store_false"):
            setattr(result, action.dest, action.action == "store_true")
            return
        if action.action == "store_const":
            setattr(result, action.dest, action.const)
            return
        if action.action == "count":
            setattr(result, action.dest, (getattr(result, action.dest) or 0) + 1)
            return
        wanted = {None: 1, "?": 1}.get(action.nargs, action.nargs)
        words = list(given)
        while left and (not left[0].startswith("-") or left[0][1:].replace(".", "", 1).isdigit()):
            if isinstance(wanted, int) and len(words) >= wanted:
                break
            words.append(left.pop(0))
        if isinstance(wanted, int) and len(words) < wanted and action.nargs != "?":
            self.error(f"argument {action.shown()}: expected {'one argument' if wanted == 1 else f'{wanted} arguments'}")
        if action.nargs == "+" and not words:
            self.error(f"argument {action.shown()}: expected at least one argument")
        values = [action.convert(self, word) for word in words]
        if action.nargs == "?":
            value = values[0] if values else action.const
        else:
            value = values[0] if action.nargs is None else values
        if action.action == "append":
            value = (getattr(result, action.dest) or []) + [value]
        setattr(result, action.dest, value)

    def _positional(self, words, result):
        actions = [action for action in self._actions if action.positional]
        for number, action in enumerate(actions):
            later = sum(1 for a in actions[number + 1 :] if a.nargs in (None, "+"))
            if action.nargs in ("*", "+"):
                take = max(len(words) - later, 0)
            elif action.nargs == "?":
                take = 1 if len(words) > later else 0
            else:
                take = 1 if action.nargs is None else action.nargs
            taken, words = words[:take], words[take:]
            if len(taken) < take or (action.nargs == "+" and not taken):
                missing = [a.shown() for a in actions[number:] if a.nargs not in ("?", "*")]
                self.error("the following arguments are required: " + ", ".join(missing))
            values = [action.convert(self, word) for word in taken]
            if action.nargs in ("*", "+") or isinstance(action.nargs, int):
                if values or action.default is None:
                    setattr(result, action.dest, values)
            elif values:
                setattr(result, action.dest, values[0])
        return words

    def format_usage(self):
        options = [a.usage() for a in self._actions if not a.positional]
        words = [a.usage() for a in self._actions if a.positional]
        return "usage: " + " ".join([self.prog, *options, *words]) + "\n"

    def print_help(self):
        lines = [self.format_usage()]
        if self.description:
            lines.append(self.description + "\n")
        for head, positional in (("positional arguments:", True), ("options:", False)):
            actions = [a for a in self._actions if a.positional == positional]
            if actions:
                lines.append(head)
                for action in actions:
                    simple = action.positional or action.action in ("store_true", "store_false", "help", "count")
                    shown = ", ".join(action.flags if simple else [f"{flag} {action.word()}" for flag in action.flags])
                    lines.append(f"  {shown:<21} {action.help or ''}".rstrip())
                lines.append("")
        print("\n".join(lines))

    def error(self, message):
        print(self.format_usage(), end="", file=sys.stderr)
        print(f"{self.prog}: error: {message}", file=sys.stderr)
        sys.exit(2)


class HelpFormatter:
    pass


RawTextHelpFormatter = RawDescriptionHelpFormatter = ArgumentDefaultsHelpFormatter = HelpFormatter
