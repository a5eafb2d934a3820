//! `pickle`: plain objects to bytes and back. As everywhere here, nothing in a pickle is executed.

use std::rc::Rc;

use super::files::value_of;
use super::from_value::graph_of;
use super::place::Place;
use crate::checkpoint::from_pickle;
use crate::checkpoint::mapping::Mapping;
use crate::checkpoint::write::pickled;
use crate::error::{Error, Kind};
use crate::value::{Builtin, Effect, Value, req};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("_pickle", "dumps", &[req("obj")], |vm, args| {
        let (graph, root) = graph_of(vm, args.value(0))?;
        Ok(Value::Bytes(Rc::new(pickled(&graph, root)?)))
    })
    .says("the pickle of an object"),
    Builtin::function("_pickle", "loads", &[req("data")], |vm, args| {
        let Value::Bytes(bytes) = args.value(0).payload() else {
            return Err(args.wrong_type(vm, 0, "bytes"));
        };
        if bytes.is_empty() {
            return Err(Error::new(Kind::Eof, "Ran out of input"));
        }
        let mapping = Mapping::of_bytes(bytes.to_vec(), "the pickle");
        let (loaded, length) = from_pickle(&mapping)?;
        let value = value_of(vm, &loaded, &Place::of(vm, &Value::None)?)?;
        Ok(Value::tuple(vec![value, length.into()]))
    })
    .says("the object that some bytes begin with, and how many bytes it takes")
    .effect(Effect::Reads),
];
