//! The built-in types.

use torchsh_language::value::TypeRow;

const fn python(name: &'static str, base: &'static str, summary: &'static str) -> TypeRow {
    TypeRow { name, module: "builtins", base, summary }
}

const fn of(module: &'static str, name: &'static str, base: &'static str, summary: &'static str) -> TypeRow {
    TypeRow { name, module, base, summary }
}

/// Python's own, bases first.
pub const PYTHON: &[TypeRow] = &[
    python("type", "object", "a class"),
    python("NoneType", "object", "the type of None"),
    python("ellipsis", "object", "the type of ..."),
    python("NotImplementedType", "object", "the type of NotImplemented"),
    python("int", "object", "a whole number of any size"),
    python("bool", "int", "True or False"),
    python("float", "object", "a floating-point number"),
    python("complex", "object", "a complex number"),
    python("str", "object", "text"),
    python("bytes", "object", "bytes that don't change"),
    python("list", "object", "a list"),
    python("tuple", "object", "a list that doesn't change"),
    python("dict", "object", "keys and values, in the order of their insertion"),
    python("set", "object", "a set"),
    python("frozenset", "object", "a set that doesn't change"),
    python("range", "object", "whole numbers at a distance"),
    python("slice", "object", "what stands between brackets: start:stop:step"),
    python("dict_keys", "object", "the keys of a dict"),
    python("dict_values", "object", "the values of a dict"),
    python("dict_items", "object", "the entries of a dict"),
    python("function", "object", "a function of a program"),
    python("builtin_function_or_method", "object", "a function of the shell"),
    python("method", "object", "a function and the object it belongs to"),
    python("property", "object", "an attribute that a function computes"),
    python("staticmethod", "object", "a function found on a class"),
    python("classmethod", "object", "a function that is given the class"),
    python("super", "object", "the attributes of the classes a class is made from"),
    python("module", "object", "a module"),
    python("generator", "object", "a function that yields"),
    of("types", "GenericAlias", "object", "a type with types in brackets"),
    of("types", "UnionType", "object", "one of several types"),
    of("collections", "OrderedDict", "dict", "a dict that remembers its order"),
    of("collections", "defaultdict", "dict", "a dict that makes missing values"),
    of("collections", "Counter", "dict", "how often each thing occurs"),
    of("collections", "deque", "object", "a list that is cheap at both ends"),
];
