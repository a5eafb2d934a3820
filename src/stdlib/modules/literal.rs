//! `ast.literal_eval`: values written out, and nothing else.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Dict, Value, Vm, pos};
use torchsh_syntax::tree::{BinaryOperator, Call, ExprKind, Literal, Place, StmtKind, UnaryOperator};
use torchsh_syntax::{Source, parse_module, tree::Expr};

/// The rows.
pub const ROWS: &[Builtin] =
    &[Builtin::function("ast", "literal_eval", &[pos("node_or_string")], literal_eval)
        .says("the value of a text that is a literal; nothing is run")
        .examples(&[(
            "import ast\nast.literal_eval(\"{'lr': 0.1, 'betas': (0.9, 0.99)}\")",
            "{'lr': 0.1, 'betas': (0.9, 0.99)}",
        )])];

fn literal_eval(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let text = args.str(vm, 0)?;
    let text = text.trim_matches([' ', '\t', '\n']);
    let code = parse_module(&Source::new(0, "<unknown>", text))?;
    match code.body.as_slice() {
        [only] => match &only.kind {
            StmtKind::Expr(expr) if is_literal(expr) => {
                let nothing: Rc<Dict> = Rc::default();
                vm.run_text(text, &nothing, &nothing)
            }
            _ => Err(malformed(text)),
        },
        _ => Err(malformed(text)),
    }
}

fn malformed(text: &str) -> Error {
    Error::value(format!("malformed node or string: {text}"))
        .hint("only literals: numbers, texts, tuples, lists, dicts, sets, booleans, None")
}

/// Whether an expression is made of literals alone.
fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::ConstantTuple(_) => true,
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => items.iter().all(is_literal),
        ExprKind::Dict(entries) => {
            entries.iter().all(|(key, value)| key.as_ref().is_some_and(is_literal) && is_literal(value))
        }
        ExprKind::Binary(BinaryOperator::Add | BinaryOperator::Sub, left, right) => {
            is_signed(left) && matches!(right.kind, ExprKind::Literal(Literal::Imaginary(_)))
        }
        ExprKind::Call(call) => is_empty_set(call),
        _ => is_signed(expr),
    }
}

/// A number, perhaps with a sign.
fn is_signed(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(
            Literal::Int(_) | Literal::BigInt(_) | Literal::Float(_) | Literal::Imaginary(_),
        ) => true,
        ExprKind::Unary(UnaryOperator::Negative | UnaryOperator::Positive, of) => is_signed(of),
        _ => false,
    }
}

/// `set()`, which has no literal.
fn is_empty_set(call: &Call) -> bool {
    let is_set = matches!(&call.function.kind, ExprKind::Name(Place::Global(name)) if name.as_str() == "set");
    is_set && call.arguments.is_empty() && call.keywords.is_empty()
}
