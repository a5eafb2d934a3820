//! What containers answer to Python's own protocols: `hasattr(x, "__iter__")`, `super().__len__()`.

use torchsh_language::value::{Builtin, Value, pos};

macro_rules! protocols {
    ($($of:literal: $($name:ident)*;)*) => {
        /// The rows.
        pub const ROWS: &[Builtin] = &[$($(protocols!(@row $of $name)),*),*];
    };
    (@row $of:literal iter) => {
        Builtin::method($of, "__iter__", &[], |vm, args| vm.iterate(&args.receiver().payload())).says("An iterator over the items")
    };
    (@row $of:literal len) => {
        Builtin::method($of, "__len__", &[], |vm, args| Ok(vm.length(&args.receiver().payload())?.into())).says("Number of items")
    };
    (@row $of:literal contains) => {
        Builtin::method($of, "__contains__", &[pos("_item")], |vm, args| {
            Ok(Value::Bool(vm.contains(&args.receiver().payload(), args.value(0))?))
        })
        .says("Whether an item is there")
    };
    (@row $of:literal getitem) => {
        Builtin::method($of, "__getitem__", &[pos("_index")], |vm, args| vm.item(&args.receiver().payload(), args.value(0))).says("An item")
    };
}

protocols! {
    "tuple": iter len contains getitem;
    "list": contains;
    "str": iter contains getitem;
    "bytes": iter len contains getitem;
    "set": iter len contains;
    "frozenset": iter len contains;
    "range": iter len contains getitem;
    "dict_keys": iter len contains;
    "dict_values": iter len;
    "dict_items": iter len contains;
    "generator": iter;
}
