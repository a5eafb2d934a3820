"""Trees: containers within containers, taken apart into their leaves and put together again."""

from collections import OrderedDict, defaultdict, deque, namedtuple

NodeDef = namedtuple("NodeDef", ["type", "flatten_fn", "unflatten_fn", "flatten_with_keys_fn"])
SUPPORTED_NODES = {}
BUILTIN_TYPES = {tuple, list, dict, namedtuple, OrderedDict, defaultdict, deque}
STANDARD_DICT_TYPES = {dict, OrderedDict, defaultdict}


class _Key:
    _name = ""

    def __init__(self, value):
        setattr(self, self._name, value)

    def __repr__(self):
        return f"{type(self).__name__}({self._name}={getattr(self, self._name)!r})"

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(getattr(self, self._name))

    def __str__(self):
        return f"[{getattr(self, self._name)!r}]"


class SequenceKey(_Key):
    _name = "idx"

    def get(self, sequence):
        return sequence[self.idx]


class MappingKey(_Key):
    _name = "key"

    def get(self, mapping):
        return mapping[self.key]


class GetAttrKey(_Key):
    _name = "name"

    def get(self, obj):
        return getattr(obj, self.name)

    def __str__(self):
        return f".{self.name}"


def keystr(kp):
    """The keys on the way to a leaf, as a program would write them."""
    return "".join([str(key) for key in kp])


def key_get(obj, kp):
    for key in kp:
        obj = key.get(obj)
    return obj


def is_namedtuple_class(cls):
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_namedtuple_instance(obj):
    return is_namedtuple_class(type(obj))


def register_pytree_node(cls, flatten_fn, unflatten_fn, *, serialized_type_name=None, to_dumpable_context=None,
                         from_dumpable_context=None, flatten_with_keys_fn=None):
    """Tells how a class is taken apart: `flatten_fn(x)` gives its children and what else is needed to make it again."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)


_register_pytree_node = register_pytree_node


def register_dataclass(cls, *, field_names=None, drop_field_names=None, serialized_type_name=None):
    """Makes the fields of a data class its children."""
    import dataclasses

    names = field_names or [field.name for field in dataclasses.fields(cls) if field.init]

    def flatten(value):
        return [getattr(value, name) for name in names], None

    def flatten_with_keys(value):
        return [(GetAttrKey(name), getattr(value, name)) for name in names], None

    register_pytree_node(cls, flatten, lambda values, _: cls(**dict(zip(names, values))), flatten_with_keys_fn=flatten_with_keys)


def _by_place(kind):
    def flatten(value):
        return list(value), value.maxlen if kind is deque else None

    def unflatten(values, context):
        return deque(values, maxlen=context) if kind is deque else kind(values)

    return flatten, unflatten, lambda value: ([(SequenceKey(i), v) for i, v in enumerate(value)], flatten(value)[1])


def _by_key(kind):
    def flatten(value):
        keys = list(value.keys())
        return list(value.values()), [value.default_factory, keys] if kind is defaultdict else keys

    def unflatten(values, context):
        if kind is defaultdict:
            return defaultdict(context[0], zip(context[1], values))
        return kind(zip(context, values))

    return flatten, unflatten, lambda value: ([(MappingKey(k), v) for k, v in value.items()], flatten(value)[1])


for _kind in (tuple, list):
    register_pytree_node(_kind, *_by_place(_kind)[:2], flatten_with_keys_fn=_by_place(_kind)[2])
register_pytree_node(dict, *_by_key(dict)[:2], flatten_with_keys_fn=_by_key(dict)[2])
register_pytree_node(
    namedtuple,
    lambda value: (list(value), type(value)),
    lambda values, context: context(*values),
    flatten_with_keys_fn=lambda value: ([(GetAttrKey(name), getattr(value, name)) for name in value._fields], type(value)),
)
for _kind in (OrderedDict, defaultdict):
    register_pytree_node(_kind, *_by_key(_kind)[:2], flatten_with_keys_fn=_by_key(_kind)[2])
register_pytree_node(deque, *_by_place(deque)[:2], flatten_with_keys_fn=_by_place(deque)[2])


def _node_type(tree):
    kind = type(tree)
    if kind in SUPPORTED_NODES:
        return kind
    if is_namedtuple_instance(tree):
        return namedtuple
    # What an operator returns, and sizes, are tuples too.
    return tuple if isinstance(tree, tuple) else kind


def tree_is_leaf(tree, is_leaf=None):
    return _node_type(tree) not in SUPPORTED_NODES or (is_leaf is not None and is_leaf(tree))


class TreeSpec:
    """The shape of a tree without its leaves."""

    def __init__(self, type, context, children_specs):
        self.type, self.context, self._children = type, context, children_specs
        own = type is None
        self.num_nodes = 1 + sum([child.num_nodes for child in children_specs])
        self.num_leaves = 1 if own else sum([child.num_leaves for child in children_specs])
        self.num_children = len(children_specs)

    @property
    def children_specs(self):
        return self._children

    def children(self):
        return self._children.copy()

    def child(self, index):
        return self._children[index]

    def is_leaf(self):
        return self.type is None

    def flatten_up_to(self, tree):
        """The parts of another tree that stand where this one has leaves."""
        found = []
        self._flatten_up_to(tree, found)
        return found

    def _flatten_up_to(self, tree, found):
        if self.is_leaf():
            found.append(tree)
            return
        kind = _node_type(tree)
        both_dicts = self.type in STANDARD_DICT_TYPES and kind in STANDARD_DICT_TYPES
        if kind is not self.type and not both_dicts:
            raise ValueError(f"Type mismatch; expected {self.type!r}, but got {kind!r}.")
        values, context = SUPPORTED_NODES[kind].flatten_fn(tree)
        if len(values) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(values)}.")
        if both_dicts:
            keys = self.context[1] if self.type is defaultdict else self.context
            if set(keys) != set(tree):
                raise ValueError(f"Node keys mismatch; missing key(s): {[k for k in keys if k not in tree]}, "
                                 f"extra key(s): {[k for k in tree if k not in keys]}.")
            values = [tree[key] for key in keys]
        elif context != self.context and self.type is not deque:
            raise ValueError(f"Node context mismatch for custom node type {self.type!r}; expected: {self.context!r}, but got {context!r}.")
        for child, value in zip(self._children, values):
            child._flatten_up_to(value, found)

    def unflatten(self, leaves):
        """The tree of this shape with these leaves."""
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec refers to a pytree that holds "
                             f"{self.num_leaves} items ({self}).")
        return self._build(iter(leaves))

    def _build(self, leaves):
        if self.is_leaf():
            return next(leaves)
        values = [child._build(leaves) for child in self._children]
        return SUPPORTED_NODES[self.type].unflatten_fn(values, self.context)

    def __eq__(self, other):
        if not isinstance(other, TreeSpec):
            return NotImplemented
        return self.type is other.type and self.context == other.context and self._children == other._children

    def __hash__(self):
        return hash((self.type, str(self.context), tuple(self._children)))

    def __repr__(self, indent=0):
        if self.is_leaf():
            return "*"
        inner = indent + 2
        between = ",\n" + " " * inner
        children = between.join([child.__repr__(inner) for child in self._children])
        return f"TreeSpec({self.type.__name__}, {self.context}, [{children}])"


def LeafSpec():
    return TreeSpec(None, None, [])


treespec_leaf = LeafSpec
PyTreeSpec = TreeSpec


def tree_flatten(tree, is_leaf=None):
    """The leaves, and the shape."""
    leaves = []
    return leaves, _flatten(tree, leaves, is_leaf)


def _flatten(tree, leaves, is_leaf):
    if tree_is_leaf(tree, is_leaf):
        leaves.append(tree)
        return LeafSpec()
    kind = _node_type(tree)
    values, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flatten(value, leaves, is_leaf) for value in values])


def tree_unflatten(leaves, treespec):
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"tree_unflatten(leaves, treespec): Expected `treespec` to be instance of TreeSpec but got item of type {type(treespec)}.")
    return treespec.unflatten(leaves)


def tree_iter(tree, is_leaf=None):
    if tree_is_leaf(tree, is_leaf):
        yield tree
        return
    for value in SUPPORTED_NODES[_node_type(tree)].flatten_fn(tree)[0]:
        yield from tree_iter(value, is_leaf)


def tree_leaves(tree, is_leaf=None):
    return list(tree_iter(tree, is_leaf))


def arg_tree_leaves(*args, **kwargs):
    return tree_leaves((args, kwargs))


def tree_structure(tree, is_leaf=None):
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func, tree, *rests, is_leaf=None):
    """The tree with a function's results in the place of its leaves; several trees of one shape give it several arguments."""
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [spec.flatten_up_to(rest) for rest in rests]
    return spec.unflatten([func(*values) for values in zip(leaves, *others)])


def tree_map_(func, tree, *rests, is_leaf=None):
    """Calls the function for every leaf; the tree stays."""
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [spec.flatten_up_to(rest) for rest in rests]
    for values in zip(leaves, *others):
        func(*values)
    return tree


def map_only(kinds, /):
    """A decorator: the function sees only leaves of these types, or those that a test picks."""
    def picks(value):
        return isinstance(value, kinds) if isinstance(kinds, (type, tuple)) else kinds(value)

    return lambda func: lambda value: func(value) if picks(value) else value


def tree_map_only(kinds, func, tree, is_leaf=None):
    return tree_map(map_only(kinds)(func), tree, is_leaf=is_leaf)


def tree_map_only_(kinds, func, tree, is_leaf=None):
    return tree_map_(map_only(kinds)(func), tree, is_leaf=is_leaf)


def tree_all(pred, tree, is_leaf=None):
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred, tree, is_leaf=None):
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(kinds, pred, tree, is_leaf=None):
    return all([pred(value) for value in tree_iter(tree, is_leaf) if isinstance(value, kinds)])


def tree_any_only(kinds, pred, tree, is_leaf=None):
    return any([pred(value) for value in tree_iter(tree, is_leaf) if isinstance(value, kinds)])


def _with_paths(path, tree, is_leaf):
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    node = SUPPORTED_NODES[_node_type(tree)]
    if node.flatten_with_keys_fn is None:
        raise ValueError(f"Did not find a flatten_with_keys_fn for type: {node.type}. Please pass a flatten_with_keys_fn argument to register_pytree_node.")
    for key, value in node.flatten_with_keys_fn(tree)[0]:
        yield from _with_paths((*path, key), value, is_leaf)


def tree_leaves_with_path(tree, is_leaf=None):
    return list(_with_paths((), tree, is_leaf))


def tree_flatten_with_path(tree, is_leaf=None):
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func, tree, *rests, is_leaf=None):
    found, spec = tree_flatten_with_path(tree, is_leaf)
    others = [spec.flatten_up_to(rest) for rest in rests]
    return spec.unflatten([func(path, leaf, *values) for (path, leaf), *values in zip(found, *others)])
