//! Expressions.

use std::rc::Rc;

use smallvec::SmallVec;

use super::Interpreter;
use super::call_keywords::{Named, called};
use super::frame::Frame;
use crate::value::{CellRef, Dict, Function, List, Map, Set, Slice, Str, Tuple, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;
use torchsh_syntax::tree::{
    Call, CompareOperator, ConstantTuple, Expr, ExprKind, FStringPart, Literal, Place, UnaryOperator, Verb,
};

/// The argument that tells a function of the library where it was called.
const CALLER: &str = "__caller__";

/// Arguments by position.
pub(super) type Positional = SmallVec<[Value; 4]>;
impl Interpreter {
    /// The value of an expression. An error on its way up is given the innermost place of this block.
    #[inline]
    pub(super) fn expr(&self, frame: &mut Frame<'_>, expr: &Expr) -> Result<Value> {
        match &expr.kind {
            ExprKind::Name(Place::Local(number)) => match frame.local(*number) {
                Ok(value) => Ok(value),
                Err(error) => Err(place_error(frame, expr, error)),
            },
            ExprKind::Literal(literal) => Ok(self.literal(literal)),
            kind => match self.form(frame, kind) {
                Ok(value) => Ok(value),
                Err(error) if frame.placed => Err(error),
                Err(error) => Err(place_error(frame, expr, error)),
            },
        }
    }

    /// The forms that loops are made of; the others stand apart, so that this needs little of the stack.
    fn form(&self, frame: &mut Frame<'_>, kind: &ExprKind) -> Result<Value> {
        match kind {
            ExprKind::Name(place) => self.name(frame, place),
            ExprKind::Attribute(of, name) => {
                let of = self.expr(frame, of)?;
                self.attribute(&of, name)
            }
            ExprKind::Subscript(of, index) => {
                let of = self.expr(frame, of)?;
                let index = self.expr(frame, index)?;
                self.item(&of, &index)
            }
            ExprKind::Call(call) => self.call_expr(frame, call),
            ExprKind::Binary(operator, a, b) => {
                let a = self.expr(frame, a)?;
                let b = self.expr(frame, b)?;
                self.binary(*operator, &a, &b)
            }
            ExprKind::Compare(first, others) => self.compare_chain(frame, first, others),
            kind => self.other_form(frame, kind),
        }
    }

    #[inline(never)]
    fn other_form(&self, frame: &mut Frame<'_>, kind: &ExprKind) -> Result<Value> {
        match kind {
            ExprKind::Literal(literal) => Ok(self.literal(literal)),
            ExprKind::Slice(start, stop, step) => {
                let start = self.optional(frame, start.as_deref())?;
                let stop = self.optional(frame, stop.as_deref())?;
                let step = self.optional(frame, step.as_deref())?;
                Ok(Value::Slice(Rc::new(Slice { start, stop, step })))
            }
            ExprKind::Unary(operator, of) => {
                let of = self.expr(frame, of)?;
                self.unary(*operator, &of)
            }
            ExprKind::And(parts) => self.short_circuit(frame, parts, false),
            ExprKind::Or(parts) => self.short_circuit(frame, parts, true),
            ExprKind::Conditional(test, then, otherwise) => {
                let chosen = if self.test(frame, test)? { then } else { otherwise };
                self.expr(frame, chosen)
            }
            ExprKind::Lambda(function) => self.make_function(frame, function),
            ExprKind::List(items) => Ok(Value::list(self.spread(frame, items)?)),
            ExprKind::Tuple(items) => Ok(Value::tuple(self.spread(frame, items)?)),
            ExprKind::ConstantTuple(tuple) => self.constant_tuple(frame, tuple),
            ExprKind::Set(items) => self.set_display(frame, items),
            ExprKind::Dict(items) => self.dict_display(frame, items),
            ExprKind::Comprehension(comprehension) => self.comprehension(frame, comprehension),
            ExprKind::Generator(code, first) => self.generator_expression(frame, code, first),
            ExprKind::FString(parts) => Ok(Value::Str(self.fstring(frame, parts)?.into())),
            ExprKind::Walrus(place, value) => {
                let value = self.expr(frame, value)?;
                frame.store(place, value.clone());
                Ok(value)
            }
            ExprKind::Yield(value) => {
                let value = self.optional(frame, value.as_deref())?;
                self.yield_value(frame, value)
            }
            ExprKind::YieldFrom(of) => self.yield_from(frame, of),
            ExprKind::Verb(verb) => self.verb(frame, verb),
            ExprKind::Name(_)
            | ExprKind::Attribute(..)
            | ExprKind::Subscript(..)
            | ExprKind::Call(_)
            | ExprKind::Binary(..)
            | ExprKind::Compare(..) => self.form(frame, kind),
            ExprKind::Starred(_) => Err(Error::new(Kind::Syntax, "can't use starred expression here")),
        }
    }

    fn constant_tuple(&self, frame: &mut Frame<'_>, tuple: &ConstantTuple) -> Result<Value> {
        if let Some(made) = tuple.made.get().and_then(|made| made.clone().downcast::<Tuple>().ok()) {
            return Ok(Value::Tuple(made));
        }
        let made = Value::tuple(self.spread(frame, &tuple.items)?);
        if let Value::Tuple(made) = &made {
            let _ = tuple.made.set(made.clone());
        }
        Ok(made)
    }

    pub(super) fn literal(&self, literal: &Literal) -> Value {
        match literal {
            Literal::None => Value::None,
            Literal::Ellipsis => Value::Ellipsis,
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Int(value) => Value::Int(*value),
            Literal::BigInt(value) => Value::BigInt(value.clone()),
            Literal::Float(value) => Value::Float(*value),
            Literal::Imaginary(value) => Value::complex(0.0, *value),
            Literal::Str(text) => Value::Str(text.clone()),
            Literal::Bytes(bytes) => Value::Bytes(Rc::new(bytes.to_vec())),
        }
    }

    fn optional(&self, frame: &mut Frame<'_>, expr: Option<&Expr>) -> Result<Value> {
        expr.map_or(Ok(Value::None), |expr| self.expr(frame, expr))
    }

    /// Reads a name.
    pub(super) fn name(&self, frame: &Frame<'_>, place: &Place) -> Result<Value> {
        let own = |name: &Str| frame.namespace.as_ref().and_then(|namespace| namespace.get_str(name));
        match place {
            Place::Local(number) => frame.local(*number),
            Place::Cell(number) => frame.read_cell(*number),
            Place::Global(name) => self.global(frame, name),
            Place::Class(name) => own(name).map_or_else(|| self.global(frame, name), Ok),
            Place::ClassCell(name, number) => own(name).map_or_else(|| frame.read_cell(*number), Ok),
        }
    }

    fn global(&self, frame: &Frame<'_>, name: &Str) -> Result<Value> {
        if let Some(value) = frame.globals.get_str(name) {
            return Ok(value);
        }
        match self.builtins.get_str(name) {
            Some(value) => Ok(value),
            None if name.as_str() == "__spec__" && frame.globals.get_name("__name__").is_some() => {
                let module = frame.globals.get_name("__name__").and_then(|name| name.as_str());
                self.spec_of(&module.unwrap_or_else(|| Str::intern("__main__")), &frame.globals)
            }
            None => self
                .deferred_global(&frame.globals, name)
                .or_else(|| self.at_hand(name))
                .unwrap_or_else(|| Err(self.unknown_name(frame, name))),
        }
    }

    /// The truth of a test.
    pub(super) fn test(&self, frame: &mut Frame<'_>, expr: &Expr) -> Result<bool> {
        let value = self.expr(frame, expr)?;
        match value {
            Value::Bool(value) => Ok(value),
            Value::None => Ok(false),
            value => self.truth(&value).map_err(|error| place_error(frame, expr, error)),
        }
    }

    fn short_circuit(&self, frame: &mut Frame<'_>, parts: &[Expr], stop_at: bool) -> Result<Value> {
        let mut last = Value::None;
        for (i, part) in parts.iter().enumerate() {
            last = self.expr(frame, part)?;
            if i + 1 < parts.len() && self.truth(&last)? == stop_at {
                return Ok(last);
            }
        }
        Ok(last)
    }

    fn compare_chain(
        &self,
        frame: &mut Frame<'_>,
        first: &Expr,
        others: &[(CompareOperator, Expr)],
    ) -> Result<Value> {
        let mut left = self.expr(frame, first)?;
        for (i, (operator, right)) in others.iter().enumerate() {
            let right = self.expr(frame, right)?;
            let answer = self.compare(*operator, &left, &right)?;
            if i + 1 == others.len() || !self.truth(&answer)? {
                return Ok(answer);
            }
            left = right;
        }
        Ok(left)
    }

    pub(super) fn unary(&self, operator: UnaryOperator, of: &Value) -> Result<Value> {
        if operator == UnaryOperator::Not {
            return Ok(Value::Bool(!self.truth(of)?));
        }
        super::arithmetic::unary(self, operator, of)
    }

    /// The items of a display, `*` ones spread.
    pub(super) fn spread(&self, frame: &mut Frame<'_>, items: &[Expr]) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Starred(inner) => {
                    let inner = self.expr(frame, inner)?;
                    values.extend(self.collect(&inner)?);
                }
                _ => values.push(self.expr(frame, item)?),
            }
        }
        Ok(values)
    }

    fn set_display(&self, frame: &mut Frame<'_>, items: &[Expr]) -> Result<Value> {
        let set = Set::default();
        for item in self.spread(frame, items)? {
            set.dict.set(self, item, Value::None)?;
        }
        Ok(Value::Set(Rc::new(set)))
    }

    fn dict_display(&self, frame: &mut Frame<'_>, items: &[(Option<Expr>, Expr)]) -> Result<Value> {
        let dict = Dict::new(Map::with_capacity(items.len()), crate::value::DictKind::Plain);
        for (key, value) in items {
            match key {
                Some(key) => {
                    let key = self.expr(frame, key)?;
                    let value = self.expr(frame, value)?;
                    dict.set(self, key, value)?;
                }
                None => {
                    let more = self.expr(frame, value)?;
                    for (key, value) in self.mapping_entries(&more)? {
                        dict.set(self, key, value)?;
                    }
                }
            }
        }
        Ok(Value::Dict(Rc::new(dict)))
    }

    /// The entries of a mapping: of a dict, or of what has `keys` and `[]`.
    pub(super) fn mapping_entries(&self, mapping: &Value) -> Result<Vec<(Value, Value)>> {
        if let Some(dict) = mapping.as_dict() {
            return Ok(dict.entries());
        }
        let Some(keys) = self.attribute_or_none(mapping, &Str::intern("keys"))? else {
            let name = self.type_name(mapping);
            let message = format!("'{name}' object is not a mapping");
            return Err(Error::type_error(message).because(Reason::NotAMapping));
        };
        let keys = self.collect(&self.call(&keys, &[], &[])?)?;
        keys.into_iter().map(|key| self.item(mapping, &key).map(|value| (key, value))).collect()
    }

    fn fstring(&self, frame: &mut Frame<'_>, parts: &[FStringPart]) -> Result<String> {
        let mut text = String::new();
        for part in parts {
            match part {
                FStringPart::Text(piece) => text.push_str(piece),
                FStringPart::Value { value, conversion, format } => {
                    let value = self.expr(frame, value)?;
                    let value = match conversion {
                        Some('r') => Value::str(self.repr(&value)?),
                        Some('a') => {
                            Value::str(crate::value::text::quote::escape_non_ascii(&self.repr(&value)?))
                        }
                        Some(_) => Value::Str(self.text(&value)?),
                        None => value,
                    };
                    let format =
                        format.as_ref().map_or(Ok(String::new()), |format| self.fstring(frame, format))?;
                    text.push_str(&self.format(&value, &format)?);
                }
            }
        }
        Ok(text)
    }

    // ---- calls ------------------------------------------------------------------------------------------------

    #[inline(never)]
    fn call_expr(&self, frame: &mut Frame<'_>, call: &Call) -> Result<Value> {
        if let ExprKind::Attribute(receiver, name) = &call.function.kind {
            let receiver = self.expr(frame, receiver)?;
            let method = match self.method(&receiver, name) {
                Ok(method) => method,
                Err(error) => return Err(place_error(frame, &call.function, error)),
            };
            let mut positional = Positional::new();
            let function = match method {
                super::attribute::Method::Bound(function) => {
                    positional.push(receiver);
                    function
                }
                super::attribute::Method::Plain(function) => function,
            };
            return self.call_with(frame, call, &function, positional);
        }
        let function = self.expr(frame, &call.function)?;
        self.call_with(frame, call, &function, Positional::new())
    }

    /// Calls a function with `positional` and then the arguments written.
    #[inline]
    fn call_with(
        &self,
        frame: &mut Frame<'_>,
        call: &Call,
        function: &Value,
        mut positional: Positional,
    ) -> Result<Value> {
        for argument in &call.arguments {
            match &argument.kind {
                ExprKind::Starred(inner) => {
                    let inner = self.expr(frame, inner)?;
                    positional.extend(self.collect(&inner).map_err(|error| match error.reason() {
                        Some(Reason::NotIterable) => {
                            let (called, kind) = (called(function), self.type_name(&inner));
                            Error::type_error(format!(
                                "{called}argument after * must be an iterable, not {kind}"
                            ))
                        }
                        _ => error,
                    })?);
                }
                _ => positional.push(self.expr(frame, argument)?),
            }
        }
        if matches!(function, Value::Builtin(row) if row.reads_frame) {
            self.show_variables(frame);
        }
        let wants_caller = matches!(function, Value::Function(called) if called.definition.code.wants_caller);
        if call.keywords.is_empty() && !wants_caller {
            let made = self.call_value(function, &positional, &[])?;
            if positional.len() == 3 {
                self.say_where_made(frame, function, &positional, &made);
            }
            return Ok(made);
        }
        let mut named = self.keywords_of(frame, &call.keywords, function)?;
        if wants_caller && !named.iter().any(|(name, _)| name.as_str() == CALLER) {
            named.push((Str::intern(CALLER), self.caller(frame, call)));
        }
        self.call_value(function, &positional, &named)
    }

    /// `type(name, bases, namespace)` makes a class of the module that calls it, unless the namespace says another.
    fn say_where_made(&self, frame: &Frame<'_>, function: &Value, given: &[Value], made: &Value) {
        let (Value::Class(of), Value::Class(class), Some(Value::Dict(namespace))) =
            (function, made, given.get(2))
        else {
            return;
        };
        let module = frame.globals.get_name("__name__").and_then(|name| name.as_str());
        if of.core == Some(crate::value::Core::Type)
            && namespace.get_name("__module__").is_none()
            && let Some(module) = module
        {
            class.module.replace(module);
        }
    }

    /// Where a call stands: the file, the line and the function around.
    fn caller(&self, frame: &Frame<'_>, call: &Call) -> Value {
        let span = call.function.span;
        let source = self.source(span.source);
        let line = source.as_ref().map_or(0, |source| source.line_of(span.start));
        let file = source.map_or_else(String::new, |source| source.name.clone());
        Value::tuple(vec![file.into(), Value::Int(line), Value::Str(frame.code.name.clone())])
    }

    fn verb(&self, frame: &mut Frame<'_>, verb: &Verb) -> Result<Value> {
        if let Some((names, python)) = &verb.unless
            && self.has_one_of(frame, names)
        {
            return self.expr(frame, python);
        }
        let row = self.verb_row(&verb.name)?;
        let mut positional = Positional::new();
        for argument in &verb.arguments {
            positional.push(self.expr(frame, argument)?);
        }
        let mut named = Named::new();
        for (name, value) in &verb.keywords {
            named.push((name.clone(), self.expr(frame, value)?));
        }
        self.call_value(&Value::Builtin(row), &positional, &named)
    }

    /// Whether the program has one of these names, so that a line that looks like a verb's is its own.
    pub(super) fn has_one_of(&self, frame: &mut Frame<'_>, names: &[Expr]) -> bool {
        names.iter().any(|name| self.expr(frame, name).is_ok())
    }

    // ---- functions and generators -----------------------------------------------------------------------------

    /// The function object of a `def` or `lambda`.
    pub(super) fn make_function(
        &self,
        frame: &mut Frame<'_>,
        definition: &Rc<torchsh_syntax::tree::Function>,
    ) -> Result<Value> {
        let mut defaults = Vec::with_capacity(definition.defaults.len());
        for default in &definition.defaults {
            defaults.push(self.expr(frame, default)?);
        }
        let mut keyword_defaults = Vec::new();
        for (number, default) in &definition.keyword_defaults {
            keyword_defaults.push((*number, self.expr(frame, default)?));
        }
        let function = Function {
            definition: definition.clone(),
            defaults,
            keyword_defaults,
            closure: captured(frame, &definition.code.captures),
            globals: frame.globals.clone(),
            attributes: std::cell::OnceCell::new(),
        };
        self.annotate(frame, definition, &function)?;
        Ok(Value::Function(Rc::new(function)))
    }

    fn annotate(
        &self,
        frame: &mut Frame<'_>,
        definition: &torchsh_syntax::tree::Function,
        function: &Function,
    ) -> Result<()> {
        if definition.annotations.is_empty() {
            return Ok(());
        }
        let annotations = Dict::default();
        for (name, annotation) in &definition.annotations {
            annotations.set_str(name.clone(), self.expr(frame, annotation)?);
        }
        function.attributes().set_name("__annotations__", Rc::new(annotations));
        Ok(())
    }
}

/// The cells of a frame that an inner block captures.
pub(super) fn captured(frame: &Frame<'_>, captures: &[u32]) -> Vec<CellRef> {
    captures.iter().map(|&number| frame.cell(number)).collect()
}

/// Gives an error its place in this block, once.
pub(super) fn place_error(frame: &mut Frame<'_>, expr: &Expr, error: Error) -> Error {
    if frame.placed {
        return error;
    }
    frame.placed = true;
    error.at(expr.span, &Rc::from(frame.code.name.as_str()))
}

/// Whether an operator is `is` or `is not`, which no class can change.
pub(super) fn identity(operator: CompareOperator, a: &Value, b: &Value) -> Option<bool> {
    match operator {
        CompareOperator::Is => Some(a.same(b)),
        CompareOperator::IsNot => Some(!a.same(b)),
        _ => None,
    }
}

/// An empty list that a comprehension fills.
pub(super) fn list_of(items: Vec<Value>) -> Value {
    Value::List(Rc::new(List::new(items)))
}
