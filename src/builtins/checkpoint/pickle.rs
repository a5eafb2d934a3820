//! Python's `pickle`, with tensors. What is read is made again as `torch.load(weights_only=False)` makes it: nothing that a
//! pickle names is called.

use std::rc::Rc;

use super::files::made;
use super::from_value::graph_of_whole;
use super::map_location::Place;
use super::to_value::Maker;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::from_pickle;
use torchsh_checkpoint::mapping::Mapping;
use torchsh_checkpoint::pickle::opcodes::HIGHEST_PROTOCOL;
use torchsh_checkpoint::write::pickled;
use torchsh_language::value::{Args, Builtin, Effect, Str, Value, Vm, kw, opt, pos, req};
use torchsh_stdlib::bytes_like;

/// The rows of the module.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("pickle", "HIGHEST_PROTOCOL", |_, _| Ok(Value::from(usize::from(HIGHEST_PROTOCOL))))
        .says("the newest protocol that is read"),
    Builtin::constant("pickle", "DEFAULT_PROTOCOL", |_, _| Ok(Value::from(usize::from(DEFAULT_PROTOCOL))))
        .says("the protocol of Python's own pickles"),
    Builtin::constant("pickle", "PickleError", |vm, _| class_of(vm, Kind::Pickle))
        .says("what is wrong with a pickle"),
    Builtin::constant("pickle", "PicklingError", |vm, _| class_of(vm, Kind::Pickling))
        .says("why an object cannot be pickled"),
    Builtin::constant("pickle", "UnpicklingError", |vm, _| class_of(vm, Kind::Unpickling))
        .says("why a pickle cannot be read"),
    Builtin::function(
        "pickle",
        "dumps",
        &[req("obj"), opt("protocol", "None"), kw("fix_imports", "True"), kw("buffer_callback", "None")],
        |vm, args| dumped(vm, args.value(0), protocol(vm, args, 1)?),
    )
    .says("An object as the bytes of a pickle")
    .details("Written in protocol 4 where no other is asked for; what is asked for below 2 is written in 2.")
    .examples(&[(
        "import pickle\npickle.loads(pickle.dumps({'lr': 0.1, 'betas': (0.9, 0.999)}))",
        "{'lr': 0.1, 'betas': (0.9, 0.999)}",
    )]),
    Builtin::function(
        "pickle",
        "dump",
        &[
            req("obj"),
            req("file"),
            opt("protocol", "None"),
            kw("fix_imports", "True"),
            kw("buffer_callback", "None"),
        ],
        |vm, args| {
            let bytes = dumped(vm, args.value(0), protocol(vm, args, 2)?)?;
            vm.call_method(args.value(1), "write", &[bytes]).map(|_| Value::None)
        },
    )
    .says("Writes an object to a file as a pickle")
    .effect(Effect::Writes),
    Builtin::function(
        "pickle",
        "loads",
        &[
            pos("data"),
            kw("fix_imports", "True"),
            kw("encoding", "'ASCII'"),
            kw("errors", "'strict'"),
            kw("buffers", "None"),
        ],
        |vm, args| match bytes_like(args.value(0)) {
            Some(bytes) => loaded(vm, &bytes).map(|(value, _)| value),
            None => {
                let name = vm.type_name(args.value(0));
                Err(Error::type_error(format!("a bytes-like object is required, not '{name}'")))
            }
        },
    )
    .says("The object of a pickle; nothing that it names is called"),
    Builtin::function(
        "pickle",
        "load",
        &[
            req("file"),
            kw("fix_imports", "True"),
            kw("encoding", "'ASCII'"),
            kw("errors", "'strict'"),
            kw("buffers", "None"),
        ],
        |vm, args| load(vm, args),
    )
    .says("The next object of a file of pickles; nothing that it names is called")
    .effect(Effect::Reads),
];

fn class_of(vm: &dyn Vm, kind: Kind) -> Result<Value> {
    let class = vm.types().named(kind.name());
    class.map(Value::Class).ok_or_else(|| Error::new(Kind::Attribute, kind.name()))
}

/// What Python writes where no protocol is asked for.
const DEFAULT_PROTOCOL: u8 = 4;

/// An argument that is a protocol; one below 0 is the highest.
fn protocol(vm: &dyn Vm, args: &Args, index: usize) -> Result<u8> {
    match args.int_or(vm, index, i64::from(DEFAULT_PROTOCOL))? {
        ..0 => Ok(HIGHEST_PROTOCOL),
        asked => u8::try_from(asked)
            .ok()
            .filter(|&asked| asked <= HIGHEST_PROTOCOL)
            .ok_or_else(|| Error::value(format!("pickle protocol must be <= {HIGHEST_PROTOCOL}"))),
    }
}

fn dumped(vm: &dyn Vm, value: &Value, protocol: u8) -> Result<Value> {
    let (graph, root) = graph_of_whole(vm, value)?;
    pickled(&graph, root, protocol).map(|bytes| Value::Bytes(Rc::new(bytes)))
}

/// The object at the start of some bytes, and where its pickle ends.
fn loaded(vm: &dyn Vm, bytes: &[u8]) -> Result<(Value, usize)> {
    if bytes.is_empty() {
        return Err(Error::new(Kind::Eof, "Ran out of input"));
    }
    let (loaded, end) = from_pickle(&Mapping::of_bytes(bytes.to_vec(), "the pickle"))?;
    let place = Place::of(vm, &Value::None)?;
    let value = made(vm, Maker::new(vm, &loaded.graph, &place).reviving(), &loaded)?;
    Ok((value, end))
}

/// Reads one object and leaves the file where the next begins.
fn load(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let file = args.value(0);
    let tell = vm.attribute_or_none(file, &Str::intern("tell"))?;
    let start = tell.map(|tell| vm.call(&tell, &[], &[])).transpose()?.and_then(|at| at.as_int());
    let Value::Bytes(bytes) = vm.call_method(file, "read", &[])? else {
        return Err(
            Error::type_error("a file of pickles must be opened in binary mode").hint("open(path, \"rb\")")
        );
    };
    let (value, end) = loaded(vm, &bytes)?;
    if let (Some(start), Ok(end)) = (start, i64::try_from(end)) {
        vm.call_method(file, "seek", &[Value::Int(start + end)])?;
    }
    Ok(value)
}
