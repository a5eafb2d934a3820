//! Names that no file needs, because calling them runs what somebody else wrote: what scanners of pickles warn of.

use crate::graph::Global;

const COMMANDS: &str = "runs commands";
const CODE: &str = "runs code";
const FILES: &str = "reads or writes files";
const NETWORK: &str = "opens connections";
const PICKLES: &str = "opens other pickles";
const REACHES: &str = "reaches any function by its name";
const CALLS: &str = "calls what it is given";
const MEMORY: &str = "reads or writes any memory";

/// Modules of which every name is such, with what lies in them.
const MODULES: &[(&str, &str)] = &[
    ("_posixsubprocess", COMMANDS),
    ("_pickle", PICKLES),
    ("aiohttp", NETWORK),
    ("asyncio", COMMANDS),
    ("bdb", CODE),
    ("cloudpickle", CODE),
    ("code", CODE),
    ("codeop", CODE),
    ("commands", COMMANDS),
    ("concurrent.futures", CALLS),
    ("ctypes", MEMORY),
    ("dill", CODE),
    ("distutils", FILES),
    ("ftplib", NETWORK),
    ("http", NETWORK),
    ("httplib", NETWORK),
    ("imp", CODE),
    ("importlib", CODE),
    ("marshal", CODE),
    ("mmap", MEMORY),
    ("multiprocessing", COMMANDS),
    ("nt", COMMANDS),
    ("numpy.ctypeslib", MEMORY),
    ("numpy.f2py", CODE),
    ("numpy.testing._private.utils", CODE),
    ("os", COMMANDS),
    ("pdb", CODE),
    ("pickle", PICKLES),
    ("pip", COMMANDS),
    ("pkgutil", CODE),
    ("platform", COMMANDS),
    ("popen2", COMMANDS),
    ("posix", COMMANDS),
    ("posixpath", FILES),
    ("pty", COMMANDS),
    ("pydoc", COMMANDS),
    ("requests", NETWORK),
    ("runpy", CODE),
    ("shutil", FILES),
    ("signal", CALLS),
    ("smtplib", NETWORK),
    ("socket", NETWORK),
    ("socketserver", NETWORK),
    ("sqlite3", FILES),
    ("ssl", NETWORK),
    ("subprocess", COMMANDS),
    ("sys", CODE),
    ("tempfile", FILES),
    ("threading", CALLS),
    ("timeit", CODE),
    ("torch.hub", CODE),
    ("torch.utils.cpp_extension", CODE),
    ("urllib", NETWORK),
    ("venv", COMMANDS),
    ("webbrowser", COMMANDS),
    ("zipimport", CODE),
];

/// Single names, with what they do.
const NAMES: &[(&str, &[&str], &str)] = &[
    ("builtins", &["eval", "exec", "execfile", "compile", "breakpoint"], CODE),
    ("builtins", &["__import__", "getattr", "setattr", "delattr", "globals", "locals", "vars"], REACHES),
    ("builtins", &["apply", "map", "filter", "reduce"], CALLS),
    ("builtins", &["open", "file", "input"], FILES),
    ("cProfile", &["run", "runctx", "Profile.run", "Profile.runctx"], CODE),
    ("doctest", &["debug_script", "run_docstring_examples"], CODE),
    ("ensurepip", &["_run_pip", "bootstrap"], COMMANDS),
    ("functools", &["partial", "partialmethod", "reduce"], CALLS),
    ("idlelib.autocomplete", &["AutoComplete.get_entity", "AutoComplete.fetch_completions"], CODE),
    ("idlelib.calltip", &["Calltip.fetch_tip", "get_entity"], CODE),
    ("idlelib.debugobj", &["ObjectTreeItem.SetText"], CODE),
    ("idlelib.pyshell", &["ModifiedInterpreter.runcode", "ModifiedInterpreter.runcommand"], CODE),
    ("idlelib.run", &["Executive.runcode"], CODE),
    ("io", &["open", "open_code", "FileIO"], FILES),
    ("itertools", &["starmap"], CALLS),
    ("joblib", &["load"], PICKLES),
    ("lib2to3.pgen2.grammar", &["Grammar.loads"], PICKLES),
    ("lib2to3.pgen2.pgen", &["ParserGenerator.make_label"], CODE),
    ("logging.config", &["listen", "fileConfig", "dictConfig"], CODE),
    ("numpy", &["load", "fromfile"], PICKLES),
    ("operator", &["attrgetter", "itemgetter", "methodcaller"], REACHES),
    ("pandas", &["read_pickle"], PICKLES),
    ("pandas.io.pickle", &["read_pickle"], PICKLES),
    ("profile", &["run", "runctx", "Profile.run", "Profile.runctx"], CODE),
    ("torch", &["load"], PICKLES),
    ("torch._dynamo.guards", &["GuardBuilder.get"], CODE),
    ("torch._inductor.codecache", &["compile_file"], COMMANDS),
    ("torch.fx.experimental.symbolic_shapes", &["ShapeEnv.evaluate_guards_expression"], CODE),
    ("torch.jit", &["load"], CODE),
    ("torch.jit.unsupported_tensor_ops", &["execWrapper"], CODE),
    ("torch.serialization", &["load"], PICKLES),
    ("torch.utils._config_module", &["ConfigModule.load_config"], PICKLES),
    ("torch.utils.bottleneck.__main__", &["run_cprofile", "run_autograd_prof"], CODE),
    ("torch.utils.collect_env", &["run"], COMMANDS),
    ("torch.utils.data.datapipes.utils.decoder", &["basichandlers"], PICKLES),
    ("trace", &["Trace.run", "Trace.runctx"], CODE),
    ("types", &["CodeType", "FunctionType"], CODE),
];

/// What a name would do if it were called; none for those that are not known to be dangerous.
#[must_use]
pub fn danger(global: &Global) -> Option<&'static str> {
    let module = match global.module.as_str() {
        "__builtin__" => "builtins",
        module => module,
    };
    let is_within =
        |whole: &str| module.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if let Some((_, why)) = MODULES.iter().find(|(whole, _)| is_within(whole)) {
        return Some(why);
    }
    let names = NAMES.iter().filter(|(known, ..)| *known == module);
    names.into_iter().find(|(_, names, _)| names.contains(&global.name.as_str())).map(|(.., why)| *why)
}

/// Classes that only hold values, of which `torch.distributed.checkpoint` keeps objects in its `.metadata`.
const PLAIN: &[(&str, &[&str])] = &[
    (
        "torch.distributed.checkpoint.metadata",
        &[
            "Metadata",
            "TensorStorageMetadata",
            "TensorProperties",
            "_MEM_FORMAT_ENCODING",
            "ChunkStorageMetadata",
            "BytesStorageMetadata",
            "MetadataIndex",
            "StorageMeta",
        ],
    ),
    ("torch.distributed.checkpoint.filesystem", &["_StorageInfo"]),
    ("pathlib", &["PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"]),
    ("torch", &["strided"]),
];

/// Whether a name is that of a class whose objects only hold values.
#[must_use]
pub fn is_plain(global: &Global) -> bool {
    let module = match global.module.as_str() {
        "pathlib._local" => "pathlib",
        module => module,
    };
    PLAIN.iter().any(|(known, names)| *known == module && names.contains(&global.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use torchsh_base::Str;

    #[test]
    fn what_runs_is_told_from_what_makes_values() {
        let of =
            |module: &str, name: &str| danger(&Global { module: Str::new(module), name: Str::new(name) });
        assert_eq!(of("posix", "system"), Some(COMMANDS));
        assert_eq!(of("os.path", "exists"), Some(COMMANDS));
        assert_eq!(of("__builtin__", "eval"), Some(CODE));
        assert_eq!(of("torch.serialization", "load"), Some(PICKLES));
        for (module, name) in [
            ("collections", "OrderedDict"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("osmium", "x"),
            ("builtins", "set"),
        ] {
            assert_eq!(of(module, name), None, "{module}.{name}");
        }
    }
}
