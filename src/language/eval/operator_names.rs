//! What operators are called.

use torchsh_syntax::tree::BinaryOperator;

/// The special methods of an operator: its own and the reflected one.
pub(super) fn special_names(
    operator: BinaryOperator,
) -> (&'static str, &'static str, &'static str, &'static str) {
    match operator {
        BinaryOperator::Add => ("__add__", "__radd__", "__iadd__", "+"),
        BinaryOperator::Sub => ("__sub__", "__rsub__", "__isub__", "-"),
        BinaryOperator::Mul => ("__mul__", "__rmul__", "__imul__", "*"),
        BinaryOperator::Div => ("__truediv__", "__rtruediv__", "__itruediv__", "/"),
        BinaryOperator::FloorDiv => ("__floordiv__", "__rfloordiv__", "__ifloordiv__", "//"),
        BinaryOperator::Mod => ("__mod__", "__rmod__", "__imod__", "%"),
        BinaryOperator::Pow => ("__pow__", "__rpow__", "__ipow__", "** or pow()"),
        BinaryOperator::LeftShift => ("__lshift__", "__rlshift__", "__ilshift__", "<<"),
        BinaryOperator::RightShift => ("__rshift__", "__rrshift__", "__irshift__", ">>"),
        BinaryOperator::BitAnd => ("__and__", "__rand__", "__iand__", "&"),
        BinaryOperator::BitOr => ("__or__", "__ror__", "__ior__", "|"),
        BinaryOperator::BitXor => ("__xor__", "__rxor__", "__ixor__", "^"),
        BinaryOperator::MatMul => ("__matmul__", "__rmatmul__", "__imatmul__", "@"),
    }
}
