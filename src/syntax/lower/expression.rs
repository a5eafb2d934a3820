//! Expressions.

use std::cell::OnceCell;

use std::rc::Rc;

use num_bigint::BigInt;
use ruff_python_ast::{self as ast, Expr as Ast};
use ruff_text_size::{Ranged, TextSize};

use super::Lowerer;
use super::scope::ScopeKind;
use crate::tree::{
    BinaryOperator, Call, CompareOperator, ComprehensionKind, ConstantTuple, Expr, ExprKind, FStringPart,
    Literal, UnaryOperator, Verb,
};
use crate::verbs::{VerbLine, Word};
use torchsh_base::Str;
use torchsh_base::error::Result;

impl Lowerer<'_> {
    pub(super) fn expr(&mut self, expr: &Ast) -> Result<Expr> {
        let verb = match expr {
            Ast::NumberLiteral(placeholder) => self.verbs.get(&placeholder.range().start()),
            _ => None,
        };
        // A placeholder is one character; what is meant is the line, of a chain its last verb.
        let span = verb.map_or_else(|| self.span(expr), |line| self.span_of(line.own));
        Ok(Expr { kind: self.form(expr)?, span })
    }

    pub(super) fn boxed(&mut self, expr: &Ast) -> Result<Box<Expr>> {
        self.expr(expr).map(Box::new)
    }

    fn optional(&mut self, expr: Option<&Ast>) -> Result<Option<Box<Expr>>> {
        expr.map(|expr| self.boxed(expr)).transpose()
    }

    pub(super) fn all(&mut self, exprs: &[Ast]) -> Result<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn form(&mut self, expr: &Ast) -> Result<ExprKind> {
        Ok(match expr {
            Ast::Name(name) => ExprKind::Name(self.place(&self.name(name.id.as_str()))),
            Ast::Attribute(attribute) => {
                ExprKind::Attribute(self.boxed(&attribute.value)?, self.name(attribute.attr.as_str()))
            }
            Ast::Subscript(subscript) => {
                ExprKind::Subscript(self.boxed(&subscript.value)?, self.boxed(&subscript.slice)?)
            }
            Ast::Slice(slice) => ExprKind::Slice(
                self.optional(slice.lower.as_deref())?,
                self.optional(slice.upper.as_deref())?,
                self.optional(slice.step.as_deref())?,
            ),
            Ast::Call(call) => ExprKind::Call(Box::new(self.call(call)?)),
            Ast::BinOp(binary) => {
                ExprKind::Binary(operator(binary.op), self.boxed(&binary.left)?, self.boxed(&binary.right)?)
            }
            Ast::UnaryOp(unary) => self.unary(unary)?,
            Ast::Compare(compare) => self.compare(compare)?,
            Ast::BoolOp(bool_op) => match bool_op.op {
                ast::BoolOp::And => ExprKind::And(self.all(&bool_op.values)?),
                ast::BoolOp::Or => ExprKind::Or(self.all(&bool_op.values)?),
            },
            Ast::If(conditional) => ExprKind::Conditional(
                self.boxed(&conditional.test)?,
                self.boxed(&conditional.body)?,
                self.boxed(&conditional.orelse)?,
            ),
            Ast::Lambda(lambda) => self.lambda(lambda)?,
            Ast::List(list) => ExprKind::List(self.all(&list.elts)?),
            Ast::Tuple(tuple) => tuple_of(self.all(&tuple.elts)?),
            Ast::Set(set) => ExprKind::Set(self.all(&set.elts)?),
            Ast::Dict(dict) => ExprKind::Dict(self.dict(dict)?),
            Ast::ListComp(ast::ExprListComp { elt, .. }) | Ast::SetComp(ast::ExprSetComp { elt, .. })
                if elt.is_starred_expr() =>
            {
                return Err(self.refuse(elt.as_ref(), "iterable unpacking cannot be used in comprehension"));
            }
            Ast::ListComp(c) => self
                .comprehension(expr, &c.generators, |this| Ok(ComprehensionKind::List(this.expr(&c.elt)?)))?,
            Ast::SetComp(c) => self
                .comprehension(expr, &c.generators, |this| Ok(ComprehensionKind::Set(this.expr(&c.elt)?)))?,
            Ast::DictComp(c) => {
                let Some(key) = &c.key else {
                    return Err(self.refuse(expr, "dict unpacking cannot be used in dict comprehension"));
                };
                self.comprehension(expr, &c.generators, |this| {
                    Ok(ComprehensionKind::Dict(this.expr(key)?, this.expr(&c.value)?))
                })?
            }
            Ast::Generator(generator) => self.generator(generator)?,
            Ast::FString(fstring) => self.fstring(&fstring.value)?,
            Ast::Starred(starred) => ExprKind::Starred(self.boxed(&starred.value)?),
            Ast::Named(walrus) => self.walrus(walrus)?,
            Ast::Yield(inner) => {
                self.check_yield(expr)?;
                ExprKind::Yield(self.optional(inner.value.as_deref())?)
            }
            Ast::YieldFrom(inner) => {
                self.check_yield(expr)?;
                ExprKind::YieldFrom(self.boxed(&inner.value)?)
            }
            Ast::Await(_) => {
                let error = self.refuse(expr, "await is not part of this shell");
                return Err(error.hint("call the function directly"));
            }
            Ast::TString(_) => {
                return Err(self
                    .refuse(expr, "template strings are not part of this shell")
                    .hint("use an f-string"));
            }
            Ast::IpyEscapeCommand(_) => return Err(self.refuse(expr, "invalid syntax")),
            Ast::NumberLiteral(placeholder) if self.verbs.contains_key(&placeholder.range().start()) => {
                self.verb(placeholder.range().start())?
            }
            literal => ExprKind::Literal(self.literal(literal)?),
        })
    }

    fn literal(&self, expr: &Ast) -> Result<Literal> {
        Ok(match expr {
            Ast::NoneLiteral(_) => Literal::None,
            Ast::EllipsisLiteral(_) => Literal::Ellipsis,
            Ast::BooleanLiteral(value) => Literal::Bool(value.value),
            Ast::StringLiteral(text) => Literal::Str(Str::intern(text.value.to_str())),
            Ast::BytesLiteral(bytes) => Literal::Bytes(bytes.value.bytes().collect::<Vec<u8>>().into()),
            Ast::NumberLiteral(number) => match &number.value {
                ast::Number::Int(int) => match int.as_i64() {
                    Some(value) => Literal::Int(value),
                    None => Literal::BigInt(Rc::new(self.big(expr)?)),
                },
                ast::Number::Float(value) => Literal::Float(*value),
                ast::Number::Complex { imag, .. } => Literal::Imaginary(*imag),
            },
            _ => return Err(self.refuse(expr, "invalid syntax")),
        })
    }

    fn big(&self, expr: &Ast) -> Result<BigInt> {
        let text: String = self.range_text(expr.range()).chars().filter(|c| *c != '_').collect();
        let lower = text.to_ascii_lowercase();
        let (digits, radix) = match lower.get(..2) {
            Some("0x") => (lower.get(2..), 16),
            Some("0o") => (lower.get(2..), 8),
            Some("0b") => (lower.get(2..), 2),
            _ => (Some(lower.as_str()), 10),
        };
        let parsed = digits.and_then(|digits| BigInt::parse_bytes(digits.as_bytes(), radix));
        parsed.ok_or_else(|| self.refuse(expr, "invalid number"))
    }

    fn call(&mut self, call: &ast::ExprCall) -> Result<Call> {
        let function = self.expr(&call.func)?;
        let arguments = match self.super_arguments(call) {
            Some(arguments) => arguments,
            None => self.all(&call.arguments.args)?,
        };
        let mut keywords = Vec::new();
        for keyword in &call.arguments.keywords {
            // Names of arguments stay as they are in a class, where other private names do not.
            let name = keyword.arg.as_ref().map(|name| Str::intern(name.as_str()));
            if let Some(name) = &name
                && keywords.iter().any(|(known, _): &(Option<Str>, Expr)| known.as_ref() == Some(name))
            {
                return Err(self.refuse(keyword, format!("keyword argument repeated: {name}")));
            }
            keywords.push((name, self.expr(&keyword.value)?));
        }
        Ok(Call { function, arguments, keywords })
    }

    fn verb(&mut self, at: TextSize) -> Result<ExprKind> {
        let verbs = self.verbs;
        match verbs.get(&at) {
            Some(line) => self.verb_line(line),
            None => Ok(ExprKind::Literal(Literal::None)),
        }
    }

    fn verb_line(&mut self, line: &VerbLine) -> Result<ExprKind> {
        let span = self.span_of(line.range);
        let mut arguments = Vec::new();
        for word in &line.words {
            arguments.push(match word {
                Word::Value(expr) => self.expr(expr)?,
                Word::Text(text) => Expr { kind: ExprKind::Literal(Literal::Str(Str::intern(text))), span },
                Word::Line(inner) => Expr { kind: self.verb_line(inner)?, span: self.span_of(inner.range) },
            });
        }
        let mut keywords = Vec::new();
        for (name, value) in &line.keywords {
            keywords.push((Str::intern(name), self.expr(value)?));
        }
        let unless = match line.unless.as_deref() {
            Some(unless) => Some((self.all(&unless.names)?, self.expr(&unless.python)?)),
            None => None,
        };
        Ok(ExprKind::Verb(Box::new(Verb { name: Str::intern(line.name), arguments, keywords, unless })))
    }

    /// `-1` is a number, so that no tree is walked for it.
    /// What an `in` looks through: a list of literals is nobody else's, and need not be made each time.
    fn looked_through(&mut self, container: &Ast) -> Result<Expr> {
        let mut container = self.expr(container)?;
        container.kind = match container.kind {
            ExprKind::List(items) if items.iter().all(is_constant) => tuple_of(items),
            other => other,
        };
        Ok(container)
    }

    fn unary(&mut self, unary: &ast::ExprUnaryOp) -> Result<ExprKind> {
        let operand = self.boxed(&unary.operand)?;
        Ok(match (unary.op, &operand.kind) {
            (ast::UnaryOp::USub, ExprKind::Literal(Literal::Int(value))) if *value != 0 => {
                ExprKind::Literal(Literal::Int(-value))
            }
            (ast::UnaryOp::USub, ExprKind::Literal(Literal::Float(value))) => {
                ExprKind::Literal(Literal::Float(-value))
            }
            (ast::UnaryOp::USub, _) => ExprKind::Unary(UnaryOperator::Negative, operand),
            (ast::UnaryOp::UAdd, _) => ExprKind::Unary(UnaryOperator::Positive, operand),
            (ast::UnaryOp::Invert, _) => ExprKind::Unary(UnaryOperator::Invert, operand),
            (ast::UnaryOp::Not, _) => ExprKind::Unary(UnaryOperator::Not, operand),
        })
    }

    fn compare(&mut self, compare: &ast::ExprCompare) -> Result<ExprKind> {
        let left = self.boxed(&compare.left)?;
        let mut others = Vec::with_capacity(compare.ops.len());
        for (op, right) in compare.ops.iter().zip(&compare.comparators) {
            let right = match op {
                ast::CmpOp::In | ast::CmpOp::NotIn => self.looked_through(right)?,
                _ => self.expr(right)?,
            };
            others.push((comparison(*op), right));
        }
        Ok(ExprKind::Compare(left, others))
    }

    fn dict(&mut self, dict: &ast::ExprDict) -> Result<Vec<(Option<Expr>, Expr)>> {
        let mut items = Vec::with_capacity(dict.items.len());
        for item in dict.iter() {
            let key = item.key.as_ref().map(|key| self.expr(key)).transpose()?;
            items.push((key, self.expr(&item.value)?));
        }
        Ok(items)
    }

    fn walrus(&mut self, walrus: &ast::ExprNamed) -> Result<ExprKind> {
        let Ast::Name(name) = &*walrus.target else {
            return Err(self.refuse(walrus, "cannot use assignment expressions with this target"));
        };
        let place = self.place(&self.name(name.id.as_str()));
        Ok(ExprKind::Walrus(place, self.boxed(&walrus.value)?))
    }

    fn check_yield(&self, expr: &Ast) -> Result<()> {
        if self.kind() != ScopeKind::Function {
            return Err(self.refuse(expr, "'yield' outside function"));
        }
        let in_comprehension = self.unit().is_some_and(|unit| unit.scope != self.scope);
        if in_comprehension {
            return Err(self.refuse(expr, "'yield' inside a comprehension"));
        }
        Ok(())
    }

    // ---- f-strings --------------------------------------------------------------------------------------------

    fn fstring(&mut self, value: &ast::FStringValue) -> Result<ExprKind> {
        let mut parts = Vec::new();
        for part in value.iter() {
            match part {
                ast::FStringPart::Literal(literal) => {
                    parts.push(FStringPart::Text(Str::intern(&literal.value)))
                }
                ast::FStringPart::FString(fstring) => self.elements(&fstring.elements, &mut parts)?,
            }
        }
        Ok(ExprKind::FString(parts))
    }

    fn elements(
        &mut self,
        elements: &ast::InterpolatedStringElements,
        parts: &mut Vec<FStringPart>,
    ) -> Result<()> {
        for element in elements.iter() {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => {
                    parts.push(FStringPart::Text(Str::intern(&literal.value)))
                }
                ast::InterpolatedStringElement::Interpolation(inner) => self.interpolation(inner, parts)?,
            }
        }
        Ok(())
    }

    fn interpolation(
        &mut self,
        inner: &ast::InterpolatedElement,
        parts: &mut Vec<FStringPart>,
    ) -> Result<()> {
        let mut conversion = inner.conversion.to_char();
        let format = match &inner.format_spec {
            Some(spec) => {
                let mut format = Vec::new();
                self.elements(&spec.elements, &mut format)?;
                Some(format)
            }
            None => None,
        };
        if let Some(debug) = &inner.debug_text {
            let text = format!("{}{}{}", debug.leading(), debug.expression(), debug.trailing());
            parts.push(FStringPart::Text(Str::intern(&text)));
            if conversion.is_none() && format.is_none() {
                conversion = Some('r');
            }
        }
        let value = self.expr(&inner.expression)?;
        parts.push(FStringPart::Value { value, conversion, format });
        Ok(())
    }
}

pub(super) fn operator(op: ast::Operator) -> BinaryOperator {
    match op {
        ast::Operator::Add => BinaryOperator::Add,
        ast::Operator::Sub => BinaryOperator::Sub,
        ast::Operator::Mult => BinaryOperator::Mul,
        ast::Operator::MatMult => BinaryOperator::MatMul,
        ast::Operator::Div => BinaryOperator::Div,
        ast::Operator::Mod => BinaryOperator::Mod,
        ast::Operator::Pow => BinaryOperator::Pow,
        ast::Operator::LShift => BinaryOperator::LeftShift,
        ast::Operator::RShift => BinaryOperator::RightShift,
        ast::Operator::BitOr => BinaryOperator::BitOr,
        ast::Operator::BitXor => BinaryOperator::BitXor,
        ast::Operator::BitAnd => BinaryOperator::BitAnd,
        ast::Operator::FloorDiv => BinaryOperator::FloorDiv,
    }
}

/// The tuple of these, made once if they are all constants.
fn tuple_of(items: Vec<Expr>) -> ExprKind {
    match !items.is_empty() && items.iter().all(is_constant) {
        true => ExprKind::ConstantTuple(Box::new(ConstantTuple { items, made: OnceCell::new() })),
        false => ExprKind::Tuple(items),
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_) | ExprKind::ConstantTuple(_))
}

fn comparison(op: ast::CmpOp) -> CompareOperator {
    match op {
        ast::CmpOp::Eq => CompareOperator::Equal,
        ast::CmpOp::NotEq => CompareOperator::NotEqual,
        ast::CmpOp::Lt => CompareOperator::Less,
        ast::CmpOp::LtE => CompareOperator::LessEqual,
        ast::CmpOp::Gt => CompareOperator::Greater,
        ast::CmpOp::GtE => CompareOperator::GreaterEqual,
        ast::CmpOp::Is => CompareOperator::Is,
        ast::CmpOp::IsNot => CompareOperator::IsNot,
        ast::CmpOp::In => CompareOperator::In,
        ast::CmpOp::NotIn => CompareOperator::NotIn,
    }
}
