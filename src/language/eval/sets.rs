//! Operators of sets and of views that act as some.

use std::rc::Rc;

use super::Interpreter;
use crate::value::{Set, Value, ViewKind, Vm};
use torchsh_base::error::Result;
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

/// The items of a set or of a view that acts as one.
fn set_like(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Set(set) => Some(set.dict.keys()),
        Value::View(view) if view.kind != ViewKind::Values => Some(super::protocol::view_items(view)),
        _ => None,
    }
}

/// How two sets compare: by what they hold. None where one of both is no set.
pub(super) fn order(
    vm: &Interpreter,
    operator: CompareOperator,
    a: &Value,
    b: &Value,
) -> Option<Result<bool>> {
    let (left, right) = (size(a)?, size(b)?);
    let within = |of: &Value, all: &Value| {
        for item in set_like(of).unwrap_or_default() {
            if !vm.contains_item(all, &item)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    Some(match operator {
        CompareOperator::Less if left >= right => Ok(false),
        CompareOperator::Greater if left <= right => Ok(false),
        CompareOperator::Less | CompareOperator::LessEqual => within(a, b),
        CompareOperator::Greater | CompareOperator::GreaterEqual => within(b, a),
        _ if left != right => Ok(false),
        _ => within(a, b),
    })
}

fn size(value: &Value) -> Option<usize> {
    match value {
        Value::Set(set) => Some(set.dict.len()),
        Value::View(view) if view.kind != ViewKind::Values => Some(view.dict.len()),
        _ => None,
    }
}

pub(super) fn set_operation(
    vm: &Interpreter,
    operator: BinaryOperator,
    a: &Value,
    b: &Value,
) -> Option<Result<Value>> {
    let left = set_like(a)?;
    let right = match set_like(b) {
        Some(right) => right,
        // A view works with any iterable, a set only with sets.
        None if matches!(a, Value::View(_)) => match vm.collect(b) {
            Ok(right) => right,
            Err(error) => return Some(Err(error)),
        },
        None => return None,
    };
    let frozen = matches!(a, Value::Set(set) if set.frozen);
    Some(combine(vm, operator, &left, &right, frozen))
}

/// `& | ^ -` on the items of two sets.
pub(super) fn combine(
    vm: &dyn Vm,
    operator: BinaryOperator,
    left: &[Value],
    right: &[Value],
    frozen: bool,
) -> Result<Value> {
    let gather = |items: &[Value]| -> Result<Set> {
        let set = Set::default();
        for item in items {
            set.dict.set(vm, item.clone(), Value::None)?;
        }
        Ok(set)
    };
    let (in_left, in_right) = (gather(left)?, gather(right)?);
    let result = Set { frozen, ..Set::default() };
    let keep = |items: &[Value], other: &Set, wanted: Option<bool>| -> Result<()> {
        for item in items {
            if wanted.is_none() || wanted == Some(other.dict.contains(vm, item)?) {
                result.dict.set(vm, item.clone(), Value::None)?;
            }
        }
        Ok(())
    };
    match operator {
        BinaryOperator::BitAnd => keep(left, &in_right, Some(true))?,
        BinaryOperator::Sub => keep(left, &in_right, Some(false))?,
        BinaryOperator::BitXor => {
            keep(left, &in_right, Some(false))?;
            keep(right, &in_left, Some(false))?;
        }
        _ => {
            keep(left, &in_right, None)?;
            keep(right, &in_left, None)?;
        }
    }
    Ok(Value::Set(Rc::new(result)))
}
