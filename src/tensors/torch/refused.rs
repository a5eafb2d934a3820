//! What `load_state_dict` refused: the exceptions of PyTorch's own Python remember it as values.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::gather;
use torchsh_language::value::report::refusal::{KeysRefused, Refusal};
use torchsh_language::value::{Args, Builtin, Instance, Str, Value, Vm, req};

fn exception<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Rc<Instance>> {
    match args.value(0) {
        Value::Instance(exception) => Ok(exception),
        _ => Err(args.wrong_type(vm, 0, "an exception")),
    }
}

fn texts(vm: &dyn Vm, values: &Value) -> Result<Vec<String>> {
    vm.collect(values)?.iter().map(|value| gather::key_text(vm, value)).collect()
}

/// `keys_refused(error, model, state_dict, strict, missing, unexpected, parts)`
fn keys_refused(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let model = args.value(1);
    let mut refused = KeysRefused {
        model: vm.class_of(model).name.to_string(),
        missing: texts(vm, args.value(4))?,
        unexpected: texts(vm, args.value(5))?,
        strict: vm.truth(args.value(3))?,
        parts: texts(vm, args.value(6))?,
        ..KeysRefused::default()
    };
    let own = gather::state_dict_of(vm, model, "load_state_dict");
    // A model whose own state_dict() fails has told what it could.
    if let (Some(state), Ok(own)) = (args.value(2).as_dict(), own) {
        refused.look_at(vm, &state, &own)?;
    }
    Refusal::Keys(refused).keep(exception(vm, args)?);
    Ok(Value::None)
}

/// `groups_refused(error, optimizer, state_dict)`
fn groups_refused(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = Str::intern("param_groups");
    let sizes = |groups: &Value| -> Result<Vec<usize>> {
        let size = |group: &Value| Some(group.as_dict()?.get_name("params")?.as_list()?.len());
        Ok(vm.collect(groups)?.iter().filter_map(size).collect())
    };
    let own = sizes(&vm.attribute(args.value(1), &name)?)?;
    let state = args.value(2).as_dict().and_then(|state| state.get_str(&name));
    let given = sizes(&state.ok_or_else(|| Error::value("a state_dict without param_groups"))?)?;
    if given != own {
        Refusal::Groups { given, own }.keep(exception(vm, args)?);
    }
    Ok(Value::None)
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function(
        "torch._shell",
        "keys_refused",
        &[
            req("error"),
            req("model"),
            req("state_dict"),
            req("strict"),
            req("missing"),
            req("unexpected"),
            req("parts"),
        ],
        keys_refused,
    ),
    Builtin::function(
        "torch._shell",
        "groups_refused",
        &[req("error"), req("optimizer"), req("state_dict")],
        groups_refused,
    ),
];
