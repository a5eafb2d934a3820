//! Modules of Python's library that are written in Rust. Those in the shell's own language lie in `src/prelude/python`.

mod collections;
pub mod copy;
pub mod deque;
mod descriptor;
mod file;
mod front;
mod functools;
mod hashlib;
mod heap;
mod json;
mod json_read;
mod literal;
mod math;
mod os;
mod packing;
mod path;
mod process;
mod random;
mod re;
mod re_class;
mod re_match;
mod re_subject;
mod re_syntax;
mod re_template;
mod system;
mod weak;
mod zlib;

use torchsh_language::value::{Builtin, ModuleRow, ModuleText, TypeRow};

/// Their rows.
pub const ROWS: &[&[Builtin]] = &[
    collections::ROWS,
    copy::ROWS,
    deque::ROWS,
    descriptor::ROWS,
    file::ROWS,
    front::ROWS,
    functools::ROWS,
    hashlib::ROWS,
    heap::ROWS,
    json::ROWS,
    literal::ROWS,
    math::ROWS,
    os::ROWS,
    packing::ROWS,
    path::ROWS,
    process::ROWS,
    random::ROWS,
    re::ROWS,
    system::ROWS,
    weak::ROWS,
    zlib::ROWS,
];

/// Their types.
pub const TYPES: &[TypeRow] = &[
    TypeRow { name: "Pattern", module: "re", base: "object", summary: "a regular expression, ready for use" },
    TypeRow {
        name: "_lru_cache_wrapper",
        module: "functools",
        base: "object",
        summary: "a function that remembers its results",
    },
    TypeRow { name: "Match", module: "re", base: "object", summary: "where a regular expression was found" },
    TypeRow { name: "HASH", module: "_hashlib", base: "object", summary: "a checksum in the making" },
    TypeRow { name: "_Process", module: "_process", base: "object", summary: "a program that was started" },
    TypeRow { name: "TextIOWrapper", module: "_io", base: "object", summary: "an open file of text" },
    TypeRow { name: "TextStream", module: "_io", base: "object", summary: "standard output or error" },
    TypeRow { name: "BufferedReader", module: "_io", base: "object", summary: "an open file of bytes" },
];

const fn row(name: &'static str, summary: &'static str) -> ModuleRow {
    ModuleRow { name, source: ModuleText::Own(""), summary }
}

/// The modules.
pub const MODULES: &[ModuleRow] = &[
    row("_collections", "what collections is made from"),
    row("_bisect", "what bisect is made from"),
    row("_front", "what IPython.display and getpass are made from"),
    row("_functools", "what functools is made from"),
    row("_heapq", "what heapq is made from"),
    row("_imp", "what importlib is made from"),
    row("_io", "open files"),
    row("_process", "what subprocess is made from"),
    row("_warnings", "what warnings is made from"),
    row("_weakref", "what weakref is made from"),
    row("ast", "literals out of text"),
    row("builtins", "Python's built-in names"),
    row("concurrent", "executors"),
    row("copy", "copies of objects"),
    row("fnmatch", "file name patterns"),
    row("gc", "memory"),
    row("glob", "files by pattern"),
    row("blake3", "a checksum that is a tree of checksums"),
    row("hashlib", "checksums"),
    row("json.decoder", "JSON text"),
    row("math", "functions of numbers"),
    row("re", "regular expressions"),
    row("struct", "numbers as bytes"),
    row("sys", "the shell itself"),
    row("urllib", "addresses"),
];
