"""How argparse reads a command line."""

# Classes are pickled under the name that Python has for them.
__name__ = "argparse"
import re
from _argparse_help import SUPPRESS

OPTIONAL, ZERO_OR_MORE, ONE_OR_MORE, PARSER, REMAINDER = "?", "*", "+", "A...", "..."


class ArgumentError(Exception):
    def __init__(self, argument, message):
        self.argument_name = _shown(argument)
        self.message = message

    def __str__(self):
        return self.message if self.argument_name is None else f"argument {self.argument_name}: {self.message}"


class ArgumentTypeError(Exception):
    pass


def _shown(action):
    if action is None:
        return None
    if action.option_strings:
        return "/".join(action.option_strings)
    if action.metavar not in (None, SUPPRESS):
        return action.metavar if isinstance(action.metavar, str) else action.metavar[0]
    if action.dest not in (None, SUPPRESS):
        return action.dest
    return "{" + ",".join(action.choices) + "}" if action.choices else None


_PATTERNS = {None: "A", "?": "A?", "*": "A*", "+": "A+", REMAINDER: "[AO]*", PARSER: "A[AO]*"}
_EXPECTED = {None: "expected one argument", "?": "expected at most one argument", "+": "expected at least one argument"}


class Run:
    """One reading of a command line."""

    def __init__(self, parser, args, namespace):
        self.parser, self.args, self.namespace = parser, args, namespace
        self.left = [action for action in parser._actions if not action.option_strings]
        self.unknown, self.seen, self.given = [], [], []
        end = args.index("--") if "--" in args else len(args)
        self.options = {i: found for i, arg in enumerate(args[:end]) if (found := self._option(arg))}
        # one letter a word: an option, a plain word, the two dashes after which all are plain
        self.kinds = "".join(["-" if i == end else "O" if i in self.options else "A" for i in range(len(args))])

    def all(self):
        at, last = 0, max(self.options, default=-1)
        while at <= last:
            next_option = min([i for i in self.options if i >= at])
            moved = self._words(at)
            if moved > at:
                at = moved
                continue
            if at not in self.options:
                self.unknown += self.args[at:next_option]
                at = next_option
            at = self._take_option(at)
        at = self._words(at)
        self.unknown += [arg for arg in self.args[at:]]
        self._check_all()
        return self.unknown

    def _option(self, arg):
        """The option that a word names, as (action, its name, a value after `=`); none for a plain word."""
        parser = self.parser
        if not arg or arg[0] not in parser.prefix_chars:
            return None
        if arg in parser._options:
            return parser._options[arg], arg, None
        if len(arg) == 1:
            return None
        name, equals, value = arg.partition("=")
        if equals and name in parser._options:
            return parser._options[name], name, value
        near = self._abbreviated(arg)
        if len(near) > 1:
            names = ", ".join([option for _, option, _ in near])
            raise ArgumentError(None, f"ambiguous option: {arg} could match {names}")
        if near:
            return near[0]
        looks_negative = any([re.match(r"-\d+$|-\d*\.\d+$", option) for option in parser._options])
        if re.match(r"^-\d+$|^-\d*\.\d+$", arg) and not looks_negative or " " in arg:
            return None
        return None, arg, None

    def _abbreviated(self, arg):
        options, chars = self.parser._options, self.parser.prefix_chars
        if arg[1] in chars:
            name, equals, value = arg.partition("=")
            if not self.parser.allow_abbrev:
                return []
            return [(options[o], o, value if equals else None) for o in options if o.startswith(name)]
        short, rest = arg[:2], arg[2:]
        found = [(options[o], o, rest) for o in options if o == short]
        return found + [(options[o], o, None) for o in options if o != short and o.startswith(arg)]

    def _take_option(self, at):
        action, name, value = self.options[at]
        while action is not None and value is not None and action.nargs == 0 and not self.args[at].startswith(self.parser.prefix_chars[0] * 2):
            # letters behind a flag are flags themselves
            self._act(action, [], name)
            name = self.args[at][0] + value[0]
            action, value = self.parser._options.get(name), value[1:] or None
            if action is None:
                raise ArgumentError(self.options[at][0], f"ignored explicit argument {self.args[at][2:]!r}")
        if action is None:
            self.unknown.append(self.args[at])
            return at + 1
        if value is not None:
            if action.nargs == 0 or isinstance(action.nargs, int) and action.nargs > 1:
                raise ArgumentError(action, f"ignored explicit argument {value!r}" if action.nargs == 0 else self._expected(action))
            self._act(action, [value], name)
            return at + 1
        count = self._matched(action, at + 1)
        self._act(action, self.args[at + 1 : at + 1 + count], name)
        return at + 1 + count

    def _pattern(self, action):
        return "A" * action.nargs if isinstance(action.nargs, int) else _PATTERNS[action.nargs]

    def _matched(self, action, at):
        found = re.match(self._pattern(action), self.kinds[at:])
        if found is None:
            raise ArgumentError(action, self._expected(action))
        return found.end()

    def _expected(self, action):
        many = "argument" if action.nargs == 1 else "arguments"
        return _EXPECTED.get(action.nargs) or f"expected {action.nargs} {many}"

    def _words(self, at):
        """Gives the words here to as many of the arguments that are left as they suffice for."""
        kinds = self.kinds[at:]
        for count in range(len(self.left), 0, -1):
            taken = self.left[:count]
            pattern = "".join([f"({self._spread(self._pattern(action))})" for action in taken])
            found = re.match(pattern, kinds)
            if found is None:
                continue
            for action, part in zip(taken, found.groups()):
                words = [arg for arg, kind in zip(self.args[at : at + len(part)], part) if kind != "-" or action.nargs in (PARSER, REMAINDER)]
                at += len(part)
                self._act(action, words, None)
            self.left = self.left[count:]
            return at
        return at

    def _spread(self, pattern):
        return "-*" + re.sub(r"A\*", "[A-]*", re.sub(r"A\+", "A[A-]*", pattern.replace("[AO]*", "[-AO]*"))) + "-*"

    def _act(self, action, words, option):
        values = self._values(action, words)
        self.seen.append(action)
        if values is not action.default:
            self.given.append(action)
            for group in self.parser._exclusive:
                if action in group.members:
                    for other in group.members:
                        if other is not action and other in self.given:
                            raise ArgumentError(action, f"not allowed with argument {_shown(other)}")
        if values is not SUPPRESS:
            action(self.parser, self.namespace, values, option)

    def _values(self, action, words):
        nargs = action.nargs
        if nargs == "?" and not words:
            value = action.const if action.option_strings else action.default
            return self._checked(action, self._converted(action, value)) if isinstance(value, str) else value
        if nargs == "*" and not words and not action.option_strings:
            return action.default if action.default is not None else words
        if nargs == PARSER:
            values = [self._converted(action, word) for word in words]
            self._checked(action, values[0])
            return values
        values = [self._converted(action, word) for word in words]
        if nargs != REMAINDER:
            for value in values:
                self._checked(action, value)
        return values[0] if nargs in (None, "?") else values

    def _converted(self, action, word):
        if action.type is None or not isinstance(word, str):
            return word
        try:
            return action.type(word)
        except ArgumentTypeError as error:
            raise ArgumentError(action, str(error))
        except (TypeError, ValueError):
            name = getattr(action.type, "__name__", repr(action.type))
            raise ArgumentError(action, f"invalid {name} value: {word!r}")

    def _checked(self, action, value):
        if action.choices is not None and value not in action.choices:
            listed = ", ".join([repr(choice) for choice in action.choices])
            raise ArgumentError(action, f"invalid choice: {value!r} (choose from {listed})")
        return value

    def _check_all(self):
        missing = []
        for action in self.parser._actions:
            if action in self.seen:
                continue
            if action.required:
                missing.append(_shown(action))
            elif isinstance(action.default, str) and action.dest is not SUPPRESS and getattr(self.namespace, action.dest, None) is action.default:
                setattr(self.namespace, action.dest, self._converted(action, action.default))
        if missing:
            raise ArgumentError(None, f"the following arguments are required: {', '.join(missing)}")
        for group in self.parser._exclusive:
            if group.required and not [member for member in group.members if member in self.given]:
                names = " ".join([_shown(member) for member in group.members if member.help is not SUPPRESS])
                raise ArgumentError(None, f"one of the arguments {names} is required")
