//! Programs as values: `eval`, `exec` and `compile`.

use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::eval::Interpreter;
use torchsh_language::value::{Args, Builtin, Native, Str, Value, Vm, opt, pos};
use torchsh_syntax::tree::{Code, StmtKind};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::global(
        "eval",
        &[pos("_expression"), opt("_globals", "…"), opt("_locals", "…")],
        |vm, args| {
            let code =
                code_of(vm, args.value(0), "eval() arg 1 must be a string, bytes or code object", "eval")?;
            run(vm, args, &code)
        },
    )
    .says("The value of an expression given as text")
    .examples(&[("eval('1 + 2')", "3")])
    .reads_frame(),
    Builtin::global("exec", &[pos("_program"), opt("_globals", "…"), opt("_locals", "…")], |vm, args| {
        let code = code_of(vm, args.value(0), "exec() arg 1 must be a string, bytes or code object", "exec")?;
        run(vm, args, &code).map(|_| Value::None)
    })
    .says("Runs a program given as text")
    .reads_frame(),
    Builtin::global(
        "compile",
        &[
            pos("source"),
            pos("filename"),
            pos("mode"),
            opt("flags", "0"),
            opt("dont_inherit", "False"),
            opt("optimize", "-1"),
        ],
        compile,
    )
    .says("A program, read but not run")
    .examples(&[("eval(compile('1 + 2', '<here>', 'eval'))", "3")]),
];

/// A program that was read.
struct Program {
    code: Rc<Code>,
    filename: Str,
}

impl Native for Program {
    fn type_name(&self) -> &str {
        "code"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "co_filename" => Some(Ok(Value::Str(self.filename.clone()))),
            "co_name" => Some(Ok(Value::str("<module>"))),
            _ => None,
        }
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        let at = Rc::as_ptr(&self.code) as usize;
        Some(Ok(format!("<code object <module> at {at:#x}, file \"{}\", line 1>", self.filename)))
    }
}

fn interpreter(vm: &dyn Vm) -> Result<&Interpreter> {
    vm.as_any().downcast_ref().ok_or_else(|| Error::runtime("no interpreter is running"))
}

fn text_of(value: &Value) -> Result<Option<String>> {
    Ok(match value.payload() {
        Value::Str(text) => Some(text.to_string()),
        Value::Bytes(bytes) => Some(super::encoding::decode(&bytes, "utf-8", "strict")?),
        _ => None,
    })
}

/// What was compiled before, or text that is read now.
fn code_of(vm: &dyn Vm, value: &Value, wrong: &str, mode: &str) -> Result<Rc<Code>> {
    if let Some(program) = value.as_native::<Program>() {
        return Ok(program.code.clone());
    }
    let text = text_of(value)?.ok_or_else(|| Error::type_error(wrong))?;
    read(vm, "<string>", &text, mode)
}

fn read(vm: &dyn Vm, filename: &str, text: &str, mode: &str) -> Result<Rc<Code>> {
    let text = if mode == "eval" { text.trim_start_matches([' ', '\t']) } else { text };
    let code = interpreter(vm)?.read(filename, text)?;
    if mode == "eval" && !matches!(code.body.as_slice(), [only] if matches!(only.kind, StmtKind::Expr(_))) {
        return Err(Error::new(Kind::Syntax, "invalid syntax").note("one expression is expected"));
    }
    Ok(code)
}

fn run(vm: &dyn Vm, args: &Args, code: &Rc<Code>) -> Result<Value> {
    let globals = if args.some(1).is_some() { args.dict(vm, 1)? } else { vm.globals() };
    let locals = match (args.some(2), args.some(1)) {
        (Some(_), _) => args.dict(vm, 2)?,
        (None, Some(_)) => globals.clone(),
        (None, None) => vm.locals(),
    };
    interpreter(vm)?.run_code(code, &globals, &locals)
}

fn compile(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mode = args.str(vm, 2)?;
    if !matches!(mode.as_str(), "exec" | "eval" | "single") {
        return Err(Error::value("compile() mode must be 'exec', 'eval' or 'single'"));
    }
    let wrong = "compile() arg 1 must be a string, bytes or AST object";
    let text = text_of(args.value(0))?.ok_or_else(|| Error::type_error(wrong))?;
    let filename = vm.text(args.value(1))?;
    let code = read(vm, &filename, &text, &mode)?;
    Ok(Value::native(Program { code, filename }))
}
