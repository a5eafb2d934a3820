//! `repr`, `str` and `format`: Python's own text for every value.

use super::Interpreter;
use crate::value::number::decimal;
use crate::value::text::{float, quote, spec};
use crate::value::{
    Builtin, Class, Descriptor, Dict, DictKind, Function, Instance, On, Set, Str, Tuple, TupleKind, Value,
    View, ViewKind, Vm, memory,
};
use torchsh_base::error::{Error, Kind, Result};

/// Bytes of the text of one object.
const LONGEST_TEXT: usize = 1 << 27;

fn too_long() -> Error {
    Error::new(Kind::Memory, format!("the text of the object is longer than {LONGEST_TEXT} bytes"))
}

impl Interpreter {
    pub(super) fn repr_of(&self, value: &Value) -> Result<String> {
        match value {
            Value::Instance(_) | Value::Tensor(_) | Value::Native(_) => {}
            Value::Tuple(tuple) if matches!(tuple.kind, TupleKind::Named(_)) => {}
            _ => return self.plain_repr_of(value),
        }
        match self.class_of(value).lookup(&Str::intern("__repr__")) {
            Some(Value::Builtin(row)) if !self.shows_itself(value, row) => self.plain_repr_of(value),
            Some(_) => match self.special(value, "__repr__", &[]) {
                Some(text) => self.must_be_text(text?, "__repr__").map(|text| text.to_string()),
                None => self.plain_repr_of(value),
            },
            None => self.plain_repr_of(value),
        }
    }

    /// Whether a `__repr__` row is the value's own, not one of `object` or of a type the evaluator shows itself.
    fn shows_itself(&self, value: &Value, row: &Builtin) -> bool {
        let of = match row.on {
            On::Method(of) => of,
            _ => return false,
        };
        match value {
            Value::Tensor(_) => of == "Tensor",
            Value::Native(_) => of != "object",
            Value::Instance(object) => of != "object" && matches!(object.payload(), Some(Value::Native(_))),
            _ => false,
        }
    }

    fn must_be_text(&self, value: Value, name: &str) -> Result<Str> {
        value.as_str().ok_or_else(|| {
            let got = self.type_name(&value);
            Error::type_error(format!("{name} returned non-string (type {got})"))
        })
    }

    pub(super) fn plain_repr_of(&self, value: &Value) -> Result<String> {
        Ok(match value {
            Value::None => "None".to_owned(),
            Value::Ellipsis => "Ellipsis".to_owned(),
            Value::NotImplemented => "NotImplemented".to_owned(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(number) => decimal(number)?,
            Value::Float(number) => float::repr(*number),
            Value::Complex(number) => float::complex_repr(number.0, number.1),
            Value::Str(text) => quote::repr(text),
            Value::Bytes(bytes) => quote::bytes_repr(bytes),
            Value::List(list) => {
                memory::room(list.len().saturating_mul(2 * size_of::<Value>()))?;
                self.nested(value, "[...]", || self.listed(&list.to_vec(), "[", "]"))?
            }
            Value::Tuple(tuple) => self.nested(value, "(...)", || self.tuple_repr(tuple))?,
            Value::Dict(dict) => self.nested(value, dict_loop(dict), || self.dict_repr(value, dict))?,
            Value::Set(set) => self.nested(value, "set(...)", || self.set_repr(set))?,
            Value::Range(range) if range.step == 1 => format!("range({}, {})", range.start, range.stop),
            Value::Range(range) => format!("range({}, {}, {})", range.start, range.stop, range.step),
            Value::Slice(slice) => {
                let (start, stop, step) =
                    (self.repr(&slice.start)?, self.repr(&slice.stop)?, self.repr(&slice.step)?);
                format!("slice({start}, {stop}, {step})")
            }
            Value::View(view) => self.nested(value, "...", || self.view_repr(view))?,
            Value::Dtype(dtype) => dtype.to_string(),
            Value::Device(device) => match device.index {
                Some(index) => format!("device(type='{}', index={index})", device.kind.name()),
                None => format!("device(type='{}')", device.kind.name()),
            },
            Value::Class(class) if let Some(text) = self.metaclass_repr(value, class) => text?,
            Value::Class(class) => match (class.module.borrow().as_str(), &class.qualified_name) {
                ("builtins", name) => format!("<class '{name}'>"),
                (module, name) => format!("<class '{module}.{name}'>"),
            },
            Value::Module(module) => self.module_repr(module),
            Value::Function(function) => self.function_repr(value, function),
            Value::Builtin(row) => builtin_repr(row),
            Value::BoundMethod(method) => match &method.function {
                Value::Builtin(row) => {
                    let (of, at) = (self.type_name(&method.receiver), method.receiver.address());
                    format!("<built-in method {} of {of} object at {at:#x}>", row.name)
                }
                function => {
                    let receiver = self.repr(&method.receiver)?;
                    let name = match function {
                        Value::Function(function) => function.definition.code.qualified_name.clone(),
                        other => self.type_name(other),
                    };
                    format!("<bound method {name} of {receiver}>")
                }
            },
            Value::Descriptor(descriptor) => match &**descriptor {
                Descriptor::Property { .. } => format!("<property object at {:#x}>", value.address()),
                Descriptor::Static(inner) => format!("<staticmethod({})>", self.repr(inner)?),
                Descriptor::Class(inner) => format!("<classmethod({})>", self.repr(inner)?),
            },
            Value::Iterator(object)
                if let Some(title) = object.with(|state| Ok(state.title())).ok().flatten() =>
            {
                format!("<generator object {title} at {:#x}>", value.address())
            }
            Value::Iterator(object) => format!("<{} object at {:#x}>", object.name, value.address()),
            Value::Tensor(_) => "<Tensor>".to_owned(),
            Value::Native(object) => match object.repr(self) {
                Some(text) => text?,
                None => self.default_repr(value),
            },
            Value::Instance(instance) => self.instance_repr(value, instance)?,
        })
    }

    // ---- containers -------------------------------------------------------------------------------------------

    /// Runs `show` unless it is already running for the same container.
    fn nested(&self, value: &Value, again: &str, show: impl FnOnce() -> Result<String>) -> Result<String> {
        let address = value.address();
        if self.showing.borrow().contains(&address) {
            return Ok(again.to_owned());
        }
        self.depth.enter()?;
        self.showing.borrow_mut().push(address);
        let result = show().and_then(|text| self.within_limits(text));
        self.showing.borrow_mut().pop();
        self.depth.leave();
        result
    }

    /// Counts the text of a container inside another one: each level of lists that hold the same lists again copies it.
    fn within_limits(&self, text: String) -> Result<String> {
        if self.showing.borrow().len() == 1 {
            self.shown.set(0);
            return Ok(text);
        }
        self.shown.set(self.shown.get().saturating_add(text.len()));
        if self.shown.get() > LONGEST_TEXT / 4 {
            self.shown.set(0);
            return Err(too_long());
        }
        Ok(text)
    }

    fn listed(&self, items: &[Value], open: &str, close: &str) -> Result<String> {
        let mut text = open.to_owned();
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(&self.repr(item)?);
            self.go_on(&text)?;
        }
        text.push_str(close);
        Ok(text)
    }

    /// Looks up from a text in the making. A few lists that hold each other can have one larger than any memory.
    fn go_on(&self, text: &str) -> Result<()> {
        self.check_interrupt()?;
        if text.len() > LONGEST_TEXT { Err(too_long()) } else { Ok(()) }
    }

    fn tuple_repr(&self, tuple: &Tuple) -> Result<String> {
        match &tuple.kind {
            TupleKind::Size => self.listed(&tuple.items, "torch.Size([", "])"),
            TupleKind::Plain if tuple.items.len() == 1 => self.listed(&tuple.items, "(", ",)"),
            TupleKind::Plain => self.listed(&tuple.items, "(", ")"),
            TupleKind::Named(named) => {
                let module = named.class.module.borrow().clone();
                let of_torch = &*module == "torch.return_types";
                let mut text = if of_torch {
                    format!("torch.return_types.{}(", named.class.name)
                } else {
                    format!("{}(", named.class.name)
                };
                for (i, (field, item)) in named.fields.iter().zip(&tuple.items).enumerate() {
                    let gap = match (i, of_torch) {
                        (0, false) => "",
                        (_, false) => ", ",
                        (0, true) => "\n",
                        (_, true) => ",\n",
                    };
                    text.push_str(&format!("{gap}{field}={}", self.repr(item)?));
                }
                text.push(')');
                Ok(text)
            }
        }
    }

    fn dict_repr(&self, value: &Value, dict: &Dict) -> Result<String> {
        let kind = dict.kind.borrow().clone();
        let name = self.type_name(value);
        match kind {
            DictKind::Plain => self.entries_repr(&dict.entries()),
            DictKind::Ordered => self.ordered_repr(&name, dict),
            DictKind::Default(factory) => {
                Ok(format!("{name}({}, {})", self.repr(&factory)?, self.entries_repr(&dict.entries())?))
            }
            DictKind::Counter if dict.is_empty() => Ok(format!("{name}()")),
            DictKind::Counter => {
                let mut entries = dict.entries();
                // Most common first; equal counts in the order of insertion.
                entries.sort_by_key(|(_, count)| std::cmp::Reverse(count.as_int().unwrap_or(0)));
                Ok(format!("{name}({})", self.entries_repr(&entries)?))
            }
        }
    }

    fn ordered_repr(&self, name: &str, dict: &Dict) -> Result<String> {
        if dict.is_empty() {
            return Ok(format!("{name}()"));
        }
        let pairs: Vec<Value> =
            dict.entries().into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect();
        self.listed(&pairs, &format!("{name}(["), "])")
    }

    fn entries_repr(&self, entries: &[(Value, Value)]) -> Result<String> {
        let mut text = "{".to_owned();
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(&self.repr(key)?);
            text.push_str(": ");
            text.push_str(&self.repr(value)?);
            self.go_on(&text)?;
        }
        text.push('}');
        Ok(text)
    }

    fn set_repr(&self, set: &Set) -> Result<String> {
        let items = super::order::set_items(set);
        match (items.is_empty(), set.frozen) {
            (true, false) => Ok("set()".to_owned()),
            (true, true) => Ok("frozenset()".to_owned()),
            (false, false) => self.listed(&items, "{", "}"),
            (false, true) => self.listed(&items, "frozenset({", "})"),
        }
    }

    fn view_repr(&self, view: &View) -> Result<String> {
        let prefix = if matches!(*view.dict.kind.borrow(), DictKind::Ordered) { "odict" } else { "dict" };
        let kind = match view.kind {
            ViewKind::Keys => "keys",
            ViewKind::Values => "values",
            ViewKind::Items => "items",
        };
        self.listed(&super::protocol::view_items(view), &format!("{prefix}_{kind}(["), "])")
    }

    // ---- objects ----------------------------------------------------------------------------------------------

    fn instance_repr(&self, value: &Value, instance: &Instance) -> Result<String> {
        let class = instance.class();
        if let Some(arguments) = self.exception_arguments(instance) {
            return self.listed(&arguments, &format!("{}(", class.name), ")");
        }
        match instance.payload() {
            Some(Value::Dict(dict)) if matches!(*dict.kind.borrow(), DictKind::Plain) => {
                self.nested(value, "{...}", || self.entries_repr(&dict.entries()))
            }
            Some(Value::Dict(dict)) => self.nested(value, "...", || self.dict_repr(value, &dict)),
            Some(Value::Set(set)) => {
                let items = super::order::set_items(&set);
                if items.is_empty() {
                    return Ok(format!("{}()", class.name));
                }
                self.nested(value, "...", || self.listed(&items, &format!("{}({{", class.name), "})"))
            }
            Some(Value::Tuple(tuple)) => match &tuple.kind {
                TupleKind::Named(_) => {
                    let text = self.tuple_repr(&tuple)?;
                    let fields = text.split_once('(').map_or("", |(_, fields)| fields);
                    Ok(format!("{}({fields}", class.name))
                }
                _ => self.tuple_repr(&tuple),
            },
            Some(Value::Native(_) | Value::Instance(_)) | None => Ok(self.default_repr(value)),
            Some(payload) => self.plain_repr_of(&payload),
        }
    }

    /// What a metaclass says its classes look like.
    fn metaclass_repr(&self, value: &Value, class: &Class) -> Option<Result<String>> {
        let written = class.metaclass.as_ref()?.lookup(&Str::intern("__repr__"))?;
        if let Value::Builtin(_) = written {
            return None;
        }
        let text = self.special(value, "__repr__", &[])?;
        Some(text.and_then(|text| self.text(&text)).map(|text| text.to_string()))
    }

    fn default_repr(&self, value: &Value) -> String {
        let class = self.class_of(value);
        let at = value.address();
        match class.module.borrow().as_str() {
            "builtins" => format!("<{} object at {at:#x}>", class.qualified_name),
            module => format!("<{module}.{} object at {at:#x}>", class.qualified_name),
        }
    }

    fn function_repr(&self, value: &Value, function: &Function) -> String {
        format!("<function {} at {:#x}>", function.definition.code.qualified_name, value.address())
    }

    /// The `args` of an exception object.
    fn exception_arguments(&self, instance: &Instance) -> Option<Vec<Value>> {
        if !instance.class().inherits(&self.exception_class(Kind::BaseException)) {
            return None;
        }
        let arguments = instance.attributes.get_str(&self.names.args)?;
        Some(arguments.as_tuple()?.items.to_vec())
    }

    // ---- str and format ---------------------------------------------------------------------------------------

    pub(super) fn text_of(&self, value: &Value) -> Result<Str> {
        match value {
            Value::Str(text) => Ok(text.clone()),
            Value::Device(device) => Ok(device.to_string().into()),
            Value::Instance(instance) => self.instance_text(value, instance),
            Value::Native(object) if let Some(text) = object.text(self) => text.map(Str::from),
            // A named tuple's class may have a `__str__` of its own.
            Value::Tuple(tuple)
                if matches!(tuple.kind, TupleKind::Named(_))
                    && let Some(written) = self.class_of(value).lookup(&Str::intern("__str__"))
                    && !matches!(written, Value::Builtin(_))
                    && let Some(text) = self.special(value, "__str__", &[]) =>
            {
                self.must_be_text(text?, "__str__")
            }
            Value::Tensor(_) | Value::Native(_) => match self.special(value, "__str__", &[]) {
                Some(text) => self.must_be_text(text?, "__str__"),
                None => self.repr_of(value).map(Str::from),
            },
            _ => self.repr_of(value).map(Str::from),
        }
    }

    fn instance_text(&self, value: &Value, instance: &Instance) -> Result<Str> {
        let class = instance.class();
        if let Some(written) = class.lookup(&Str::intern("__str__"))
            && !matches!(written, Value::Builtin(_))
            && let Some(text) = self.special(value, "__str__", &[])
        {
            return self.must_be_text(text?, "__str__");
        }
        if let Some(arguments) = self.exception_arguments(instance) {
            return self.exception_text(instance, &arguments);
        }
        match instance.payload() {
            Some(Value::Str(text))
                if matches!(class.lookup(&Str::intern("__repr__")), None | Some(Value::Builtin(_))) =>
            {
                Ok(text)
            }
            _ => self.repr_of(value).map(Str::from),
        }
    }

    fn exception_text(&self, instance: &Instance, arguments: &[Value]) -> Result<Str> {
        let is = |kind| instance.class().inherits(&self.exception_class(kind));
        match arguments {
            [] => Ok(Str::intern("")),
            [message, _] if is(Kind::Syntax) => {
                let part = |name: &str| instance.attributes.get_name(name);
                match (part("filename").and_then(|name| name.as_str()), part("lineno")) {
                    (Some(file), Some(line)) => {
                        let file = file.rsplit('/').next().unwrap_or_default().to_owned();
                        Ok(format!("{} ({file}, line {})", self.text(message)?, self.text(&line)?).into())
                    }
                    _ => self.tuple_repr(&Tuple::new(arguments.to_vec())).map(Str::from),
                }
            }
            [_, _, _, _, _] if is(Kind::UnicodeDecode) || is(Kind::UnicodeEncode) => {
                match crate::value::UnicodeFault::of(arguments) {
                    Some(fault) => Ok(fault.to_string().into()),
                    None => self.tuple_repr(&Tuple::new(arguments.to_vec())).map(Str::from),
                }
            }
            [key] if is(Kind::Key) => self.repr(key).map(Str::from),
            [one] => self.text(one),
            [code, reason] if is(Kind::Os) => {
                let text = format!("[Errno {}] {}", self.text(code)?, self.text(reason)?);
                match instance.attributes.get_name("filename") {
                    Some(path) => Ok(format!("{text}: {}", self.repr(&path)?).into()),
                    None => Ok(text.into()),
                }
            }
            many => self.tuple_repr(&Tuple::new(many.to_vec())).map(Str::from),
        }
    }

    pub(super) fn format_of(&self, value: &Value, form: &str) -> Result<Str> {
        if let Value::Instance(_) | Value::Tensor(_) | Value::Native(_) = value {
            match self.class_of(value).lookup(&Str::intern("__format__")) {
                Some(Value::Builtin(row)) if matches!(row.on, On::Method("object")) => {}
                Some(_) => {
                    if let Some(text) = self.special(value, "__format__", &[Value::str(form)]) {
                        return self.must_be_text(text?, "__format__");
                    }
                }
                None => {}
            }
        }
        if form.is_empty() {
            return self.text_of(value);
        }
        match value.payload() {
            Value::Str(text) => spec::format_str(&text, form).map(Str::from),
            Value::Bool(number) => spec::format_bool(number, form).map(Str::from),
            Value::Int(number) => spec::format_int(&number.into(), form).map(Str::from),
            Value::BigInt(number) => spec::format_int(&number, form).map(Str::from),
            Value::Float(number) => spec::format_float(number, form).map(Str::from),
            Value::Complex(number) => spec::format_complex(number.0, number.1, form).map(Str::from),
            _ => {
                let name = self.type_name(value);
                Err(Error::type_error(format!("unsupported format string passed to {name}.__format__")))
            }
        }
    }
}

/// What a dictionary shows for itself inside itself.
fn dict_loop(dict: &Dict) -> &'static str {
    match &*dict.kind.borrow() {
        DictKind::Plain => "{...}",
        _ => "...",
    }
}

fn builtin_repr(row: &Builtin) -> String {
    match row.on {
        On::Method(of) => format!("<method '{}' of '{of}' objects>", row.name),
        On::Property(of) => format!("<attribute '{}' of '{of}' objects>", row.name),
        _ => format!("<built-in function {}>", row.name),
    }
}
