//! What the front shows and asks at a program's wish: what `IPython.display` and `getpass` are made from.

use torchsh_language::value::{Builtin, DisplayPlace, Effect, Str, Value, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function(
        "_front",
        "show",
        &[pos("value"), opt("display_id", "None"), opt("is_update", "False")],
        |vm, args| {
            let id = args.some(1).map(|id| vm.text(id)).transpose()?.map(|id| id.as_str().to_owned());
            vm.display(args.value(0), &DisplayPlace { id, is_update: vm.truth(args.value(2))? })?;
            Ok(Value::None)
        },
    )
    .says("shows a value in the richest form that the front can show")
    .effect(Effect::Writes),
    Builtin::function("_front", "clear", &[opt("wait", "False")], |vm, args| {
        vm.clear_display(vm.truth(args.value(0))?)?;
        Ok(Value::None)
    })
    .says("takes away what was shown so far")
    .effect(Effect::Writes),
    Builtin::function("_front", "progress", &[opt("line", "None")], |vm, args| {
        let line = args.some(0).map(|line| vm.text(line)).transpose()?;
        vm.progress(line.as_ref().map(Str::as_str));
        Ok(Value::None)
    })
    .says("shows how far a long work is, on a line that the next one replaces; None takes it away")
    .effect(Effect::Writes),
    Builtin::function("_front", "secret_line", &[opt("prompt", "''")], |vm, args| {
        super::system::line_from_person(vm, &args.str_or(vm, 0, "")?, true)
    })
    .says("a line from the person at the shell that is not shown")
    .effect(Effect::Reads),
];
