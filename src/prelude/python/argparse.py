"""Command line arguments of scripts."""

import os.path
import sys
from _argparse_help import (
    SUPPRESS, ArgumentDefaultsHelpFormatter, HelpFormatter, MetavarTypeHelpFormatter, RawDescriptionHelpFormatter,
    RawTextHelpFormatter,
)
from _argparse_run import (
    ONE_OR_MORE, OPTIONAL, PARSER, REMAINDER, ZERO_OR_MORE, ArgumentError, ArgumentTypeError, Run,
)


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __repr__(self):
        plain = [f"{name}={value!r}" for name, value in vars(self).items() if name.isidentifier()]
        other = {name: value for name, value in vars(self).items() if not name.isidentifier()}
        return f"{type(self).__name__}({', '.join(plain + ([f'**{other!r}'] if other else []))})"

    def __eq__(self, other):
        return vars(self) == vars(other) if isinstance(other, Namespace) else NotImplemented

    def __contains__(self, name):
        return name in vars(self)


class FileType:
    def __init__(self, mode="r", bufsize=-1, encoding=None, errors=None):
        self._mode, self._encoding = mode, encoding

    def __call__(self, string):
        if string == "-":
            return sys.stdin if "r" in self._mode else sys.stdout
        try:
            return open(string, self._mode, encoding=self._encoding)
        except OSError as error:
            raise ArgumentTypeError(f"can't open '{string}': {error}")


class Action:
    """What becomes of an argument's words."""

    def __init__(
        self, option_strings, dest, nargs=None, const=None, default=None, type=None, choices=None, required=False,
        help=None, metavar=None,
    ):
        self.option_strings, self.dest, self.nargs, self.const, self.default = option_strings, dest, nargs, const, default
        self.type, self.choices, self.required, self.help, self.metavar = type, choices, required, help, metavar

    def __call__(self, parser, namespace, values, option_string=None):
        raise NotImplementedError(".__call__() not defined")

    def usage_option(self):
        return self.option_strings[0]

    def subactions(self):
        return []

    def __repr__(self):
        names = ("option_strings", "dest", "nargs", "const", "default", "type", "choices", "required", "help", "metavar")
        return f"{type(self).__name__}({', '.join([f'{name}={getattr(self, name)!r}' for name in names])})"


class _StoreAction(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values)


class _StoreConstAction(Action):
    def __init__(self, option_strings, dest, const=None, default=None, required=False, help=None, metavar=None):
        super().__init__(option_strings, dest, 0, const, default, required=required, help=help, metavar=metavar)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, self.const)


class _StoreTrueAction(_StoreConstAction):
    def __init__(self, option_strings, dest, default=False, required=False, help=None):
        super().__init__(option_strings, dest, True, default, required, help)


class _StoreFalseAction(_StoreConstAction):
    def __init__(self, option_strings, dest, default=True, required=False, help=None):
        super().__init__(option_strings, dest, False, default, required, help)


class BooleanOptionalAction(Action):
    def __init__(self, option_strings, dest, default=None, type=None, choices=None, required=False, help=None, metavar=None):
        names = []
        for option in option_strings:
            names.append(option)
            if option.startswith("--"):
                names.append("--no-" + option[2:])
        if help is not None and default is not None and default is not SUPPRESS:
            help += " (default: %(default)s)"
        super().__init__(names, dest, 0, None, default, type, choices, required, help, metavar)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, not option_string.startswith("--no-"))

    def usage_option(self):
        return " | ".join(self.option_strings)


def _items(namespace, dest):
    return list(getattr(namespace, dest, None) or [])


class _AppendAction(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, [*_items(namespace, self.dest), values])


class _AppendConstAction(_StoreConstAction):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, [*_items(namespace, self.dest), self.const])


class _ExtendAction(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, [*_items(namespace, self.dest), *values])


class _CountAction(Action):
    def __init__(self, option_strings, dest, default=None, required=False, help=None):
        super().__init__(option_strings, dest, 0, None, default, required=required, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, (getattr(namespace, self.dest, None) or 0) + 1)


class _HelpAction(Action):
    def __init__(self, option_strings, dest=SUPPRESS, default=SUPPRESS, help=None):
        super().__init__(option_strings, dest, 0, None, default, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        parser.print_help()
        parser.exit()


class _VersionAction(Action):
    def __init__(self, option_strings, version=None, dest=SUPPRESS, default=SUPPRESS, help="show program's version number and exit"):
        super().__init__(option_strings, dest, 0, None, default, help=help)
        self.version = version

    def __call__(self, parser, namespace, values, option_string=None):
        version = self.version or parser.version
        print(parser._formatter().fill_text(version % {"prog": parser.prog}, ""))
        parser.exit()


class _SubParsersAction(Action):
    """Parsers of their own for what follows a command."""

    def __init__(self, option_strings, prog, parser_class, dest=SUPPRESS, required=False, help=None, metavar=None):
        self._prog_prefix, self._parser_class, self._choices_actions = prog, parser_class, []
        super().__init__(option_strings, dest, PARSER, None, None, None, {}, required, help, metavar)

    def add_parser(self, name, *, aliases=(), help=None, **kwargs):
        if kwargs.get("prog") is None:
            kwargs["prog"] = f"{self._prog_prefix} {name}"
        parser = self._parser_class(**kwargs)
        if help is not None:
            shown = name + (f" ({', '.join(aliases)})" if aliases else "")
            self._choices_actions.append(Action([], name, help=help, metavar=shown))
        for known in (name, *aliases):
            self.choices[known] = parser
        return parser

    def subactions(self):
        return self._choices_actions

    def __call__(self, parser, namespace, values, option_string=None):
        name, *rest = values
        if self.dest is not SUPPRESS:
            setattr(namespace, self.dest, name)
        inner, unknown = self.choices[name].parse_known_args(rest, None)
        for key, value in vars(inner).items():
            setattr(namespace, key, value)
        if unknown:
            parser._unknown.extend(unknown)


_ACTIONS = {
    None: _StoreAction, "store": _StoreAction, "store_const": _StoreConstAction, "store_true": _StoreTrueAction,
    "store_false": _StoreFalseAction, "append": _AppendAction, "append_const": _AppendConstAction, "count": _CountAction,
    "help": _HelpAction, "version": _VersionAction, "extend": _ExtendAction,
}


class _Container:
    """Something that arguments are added to."""

    def add_argument(self, *args, **kwargs):
        if not args or len(args) == 1 and args[0][:1] not in self._root.prefix_chars:
            options = self._positional(*args, **kwargs)
        else:
            options = self._optional(*args, **kwargs)
        if "default" not in options:
            if options["dest"] in self._root._defaults:
                options["default"] = self._root._defaults[options["dest"]]
            elif self._root.argument_default is not None:
                options["default"] = self._root.argument_default
        kind = options.pop("action", None)
        kind = _ACTIONS.get(kind, kind) if kind is None or isinstance(kind, str) else kind
        if not callable(kind):
            raise ValueError(f'unknown action "{kind}"')
        action = kind(**options)
        if action.type is not None and not callable(action.type):
            raise ValueError(f"{action.type!r} is not callable")
        return self._add_action(action)

    def _positional(self, dest=None, **kwargs):
        if "required" in kwargs:
            raise TypeError("'required' is an invalid argument for positionals")
        if kwargs.get("nargs") not in ("?", "*") or kwargs.get("nargs") == "*" and "default" not in kwargs:
            kwargs["required"] = True
        if kwargs.get("action") in ("store_true", "store_false", "store_const", "count"):
            kwargs.pop("required", None)
        return {**kwargs, "dest": kwargs.pop("dest", dest), "option_strings": []}

    def _optional(self, *names, **kwargs):
        for name in names:
            if name[:1] not in self._root.prefix_chars:
                raise ValueError(f"invalid option string {name!r}: must start with a character {self._root.prefix_chars!r}")
        dest = kwargs.pop("dest", None)
        if dest is None:
            long = [name for name in names if len(name) > 1 and name[1] in self._root.prefix_chars]
            dest = (long or names)[0].lstrip(self._root.prefix_chars).replace("-", "_")
            if not dest:
                raise ValueError(f"dest= is required for options like {names[0]!r}")
        return {**kwargs, "dest": dest, "option_strings": list(names)}

    def _add_action(self, action):
        for option in action.option_strings:
            known = self._root._options.get(option)
            if known is not None:
                if self._root.conflict_handler != "resolve":
                    raise ArgumentError(action, f"conflicting option string: {option}")
                known.option_strings.remove(option)
                if not known.option_strings:
                    self._root._forget(known)
            self._root._options[option] = action
        self._root._actions.append(action)
        self._section(action).append(action)
        return action

    def add_argument_group(self, title=None, description=None, **kwargs):
        group = _Group(self._root, title, description)
        self._root._groups.append(group)
        return group

    def add_mutually_exclusive_group(self, *, required=False):
        group = _Exclusive(self, required)
        self._root._exclusive.append(group)
        return group

    def set_defaults(self, **defaults):
        self._root._defaults.update(defaults)
        for action in self._root._actions:
            if action.dest in defaults:
                action.default = defaults[action.dest]

    def get_default(self, dest):
        for action in self._root._actions:
            if action.dest == dest and action.default is not None:
                return action.default
        return self._root._defaults.get(dest)

    def register(self, registry_name, value, object):
        _ACTIONS[value] = object


class _Group(_Container):
    def __init__(self, root, title, description):
        self._root, self.title, self.description, self.members = root, title, description, []

    def _section(self, action):
        return self.members


class _Exclusive(_Container):
    def __init__(self, around, required):
        self._around, self._root, self.required, self.members = around, around._root, required, []

    def _add_action(self, action):
        if action.required:
            raise ValueError("mutually exclusive arguments must be optional")
        self._around._add_action(action)
        self.members.append(action)
        return action


class ArgumentParser(_Container):
    def __init__(
        self, prog=None, usage=None, description=None, epilog=None, parents=(), formatter_class=HelpFormatter,
        prefix_chars="-", fromfile_prefix_chars=None, argument_default=None, conflict_handler="error", add_help=True,
        allow_abbrev=True, exit_on_error=True,
    ):
        self.prog = prog or os.path.basename(sys.argv[0] if sys.argv else "torchsh")
        self.usage, self.description, self.epilog, self.formatter_class = usage, description, epilog, formatter_class
        self.prefix_chars, self.fromfile_prefix_chars, self.argument_default = prefix_chars, fromfile_prefix_chars, argument_default
        self.conflict_handler, self.add_help, self.allow_abbrev, self.exit_on_error = conflict_handler, add_help, allow_abbrev, exit_on_error
        self._root = self
        self._actions, self._options, self._defaults, self._exclusive, self._unknown = [], {}, {}, [], []
        self._words = _Group(self, "positional arguments", None)
        self._flags = _Group(self, "options", None)
        self._groups = [self._words, self._flags]
        self._subparsers = None
        if add_help:
            first = "-" if "-" in prefix_chars else prefix_chars[0]
            self.add_argument(first + "h", first * 2 + "help", action="help", default=SUPPRESS, help="show this help message and exit")
        for parent in parents:
            self._take_over(parent)

    def _take_over(self, parent):
        for group in parent._groups:
            same = next((own for own in self._groups if own.title == group.title), None) or self.add_argument_group(group.title, group.description)
            for action in group.members:
                same._add_action(action)
        self._exclusive += parent._exclusive
        self._defaults.update(parent._defaults)

    def _section(self, action):
        return (self._flags if action.option_strings else self._words).members

    def _forget(self, action):
        self._actions.remove(action)
        for group in self._groups:
            if action in group.members:
                group.members.remove(action)

    def add_subparsers(self, *, title=None, description=None, prog=None, parser_class=None, **kwargs):
        if self._subparsers is not None:
            self.error("cannot have multiple subparser arguments")
        group = self._words if title is None and description is None else self.add_argument_group(title or "subcommands", description)
        if prog is None:
            words = [action for action in self._actions if not action.option_strings]
            prog = self._formatter().usage(self.usage, words, [], "").strip()
        kwargs.pop("action", None)
        self._subparsers = _SubParsersAction(option_strings=[], prog=prog, parser_class=parser_class or type(self), **kwargs)
        return group._add_action(self._subparsers)

    # ---- parsing

    def parse_args(self, args=None, namespace=None):
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            message = f"unrecognized arguments: {' '.join(unknown)}"
            if not self.exit_on_error:
                raise ArgumentError(None, message)
            self.error(message)
        return found

    def parse_known_args(self, args=None, namespace=None):
        args = list(sys.argv[1:] if args is None else args)
        namespace = Namespace() if namespace is None else namespace
        for action in self._actions:
            if action.dest is not SUPPRESS and action.default is not SUPPRESS and not hasattr(namespace, action.dest):
                setattr(namespace, action.dest, action.default)
        for name, value in self._defaults.items():
            if not hasattr(namespace, name):
                setattr(namespace, name, value)
        self._unknown = []
        try:
            unknown = Run(self, self._from_files(args), namespace).all()
            return namespace, unknown + self._unknown
        except ArgumentError as error:
            if not self.exit_on_error:
                raise
            self.error(str(error))

    parse_intermixed_args, parse_known_intermixed_args = parse_args, parse_known_args

    def _from_files(self, args):
        if self.fromfile_prefix_chars is None:
            return args
        out = []
        for arg in args:
            if not arg or arg[0] not in self.fromfile_prefix_chars:
                out.append(arg)
                continue
            try:
                with open(arg[1:]) as file:
                    lines = [part for line in file.read().splitlines() for part in self.convert_arg_line_to_args(line)]
            except OSError as error:
                self.error(str(error))
            out += self._from_files(lines)
        return out

    def convert_arg_line_to_args(self, arg_line):
        return [arg_line]

    # ---- what it says

    def _formatter(self):
        return self.formatter_class(prog=self.prog)

    def format_usage(self):
        return self._formatter().usage(self.usage, self._actions, self._exclusive)

    def format_help(self):
        sections = [(group.title, group.description, group.members) for group in self._groups]
        return self._formatter().help(self.format_usage(), self.description, sections, self.epilog)

    def print_usage(self, file=None):
        print(self.format_usage(), end="", file=file or sys.stdout)

    def print_help(self, file=None):
        print(self.format_help(), end="", file=file or sys.stdout)

    def exit(self, status=0, message=None):
        if message:
            print(message, end="", file=sys.stderr)
        sys.exit(status)

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}\n")
