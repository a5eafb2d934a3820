//! `json`: Python's own layout of JSON text.

use super::json_read::{NESTING, read};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::text::float;
use torchsh_language::value::{Args, Builtin, Dict, Str, Value, Vm, kw, memory, number, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("json", "JSONDecodeError", |vm, _| {
        let class = vm.types().named(Kind::Json.name());
        class.map(Value::Class).ok_or_else(|| Error::new(Kind::Attribute, "JSONDecodeError"))
    })
    .says("what is wrong with JSON text"),
    Builtin::function("json", "dumps", DUMP, |vm, args| {
        Writer::of(vm, args, 1)?.text(args.value(0)).map(Value::from)
    })
    .says("a value as JSON text")
    .examples(&[("import json\njson.dumps({'a': [1, None]})", "'{\"a\": [1, null]}'")]),
    Builtin::function("json", "dump", DUMP_TO, |vm, args| {
        let text = Writer::of(vm, args, 2)?.text(args.value(0))?;
        vm.call_method(args.value(1), "write", &[text.into()]).map(|_| Value::None)
    })
    .says("writes a value to a file as JSON text"),
    Builtin::function("json", "loads", LOAD, |vm, args| {
        let text = match args.value(0).payload() {
            Value::Bytes(bytes) => crate::encoding::decode(&bytes, "utf-8", "strict")?,
            Value::Str(text) => text.to_string(),
            other => {
                let name = vm.type_name(&other);
                let message = format!("the JSON object must be str, bytes or bytearray, not {name}");
                return Err(Error::type_error(message));
            }
        };
        read(vm, &text, args)
    })
    .says("the value of JSON text")
    .examples(&[("import json\njson.loads('[1, true]')", "[1, True]")]),
    Builtin::function("json", "load", LOAD, |vm, args| {
        let text = vm.call_method(args.value(0), "read", &[])?;
        read(vm, &vm.text(&text)?, args)
    })
    .says("the value of a file of JSON text"),
];

use torchsh_language::value::Param;

const DUMP: &[Param] = &[
    pos("obj"),
    kw("skipkeys", "False"),
    kw("ensure_ascii", "True"),
    kw("check_circular", "True"),
    kw("allow_nan", "True"),
    kw("indent", "None"),
    kw("separators", "None"),
    kw("default", "None"),
    kw("sort_keys", "False"),
    kw("cls", "None"),
];

const LOAD: &[Param] = &[
    pos("s"),
    kw("cls", "None"),
    kw("object_hook", "None"),
    kw("parse_float", "None"),
    kw("parse_int", "None"),
    kw("parse_constant", "None"),
    kw("object_pairs_hook", "None"),
    kw("strict", "True"),
];

const DUMP_TO: &[Param] = &[
    pos("obj"),
    pos("fp"),
    kw("skipkeys", "False"),
    kw("ensure_ascii", "True"),
    kw("check_circular", "True"),
    kw("allow_nan", "True"),
    kw("indent", "None"),
    kw("separators", "None"),
    kw("default", "None"),
    kw("sort_keys", "False"),
    kw("cls", "None"),
];

/// The most objects that `default` may put in each other's place.
const MOST_STAND_INS: usize = 500;

/// What says how to write an object of another kind: `default=`, or the method of `cls=`.
fn default_of(vm: &dyn Vm, args: &Args, first: usize) -> Result<Option<Value>> {
    match (args.some(first + 6), args.some(first + 8)) {
        (None, Some(class)) => {
            let encoder = vm.call(class, &[], &[])?;
            vm.attribute(&encoder, &Str::intern("default")).map(Some)
        }
        (given, _) => Ok(given.cloned()),
    }
}

struct Writer<'a> {
    vm: &'a dyn Vm,
    skip_keys: bool,
    ascii: bool,
    allow_nan: bool,
    indent: Option<String>,
    item_separator: String,
    key_separator: String,
    default: Option<Value>,
    /// How many objects are being written in the place of others, each inside the one before.
    stand_ins: std::cell::Cell<usize>,
    sort_keys: bool,
}

impl<'a> Writer<'a> {
    /// `first`: where the keyword arguments begin.
    fn of(vm: &'a dyn Vm, args: &Args, first: usize) -> Result<Self> {
        let indent = match args.some(first + 4) {
            Some(Value::Str(text)) => Some(text.to_string()),
            Some(_) => {
                let width = usize::try_from(args.int(vm, first + 4)?).unwrap_or(0);
                memory::room(width)?;
                Some(" ".repeat(width))
            }
            None => None,
        };
        let mut separators = (if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned());
        if let Some(given) = args.some(first + 5)
            && let [item, key] = vm.collect(given)?.as_slice()
        {
            separators = (vm.text(item)?.to_string(), vm.text(key)?.to_string());
        }
        Ok(Writer {
            vm,
            skip_keys: args.truth_or(vm, first, false)?,
            ascii: args.truth_or(vm, first + 1, true)?,
            allow_nan: args.truth_or(vm, first + 3, true)?,
            indent,
            item_separator: separators.0,
            key_separator: separators.1,
            default: default_of(vm, args, first)?,
            stand_ins: std::cell::Cell::new(0),
            sort_keys: args.truth_or(vm, first + 7, false)?,
        })
    }

    fn text(&self, value: &Value) -> Result<String> {
        let mut out = String::new();
        self.write(value, 0, &mut out)?;
        Ok(out)
    }

    fn write(&self, value: &Value, depth: usize, out: &mut String) -> Result<()> {
        if depth > NESTING {
            return Err(Error::value("Circular reference detected"));
        }
        self.vm.check_interrupt()?;
        match value.payload() {
            Value::None => out.push_str("null"),
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int(number) => out.push_str(&number.to_string()),
            Value::BigInt(number) => out.push_str(&number::decimal(&number)?),
            Value::Float(number) => out.push_str(&self.float(number)?),
            Value::Str(text) => {
                memory::room_beside(text.len())?;
                self.string(&text, out);
            }
            Value::List(list) => self.items(&list.to_vec(), depth, out)?,
            Value::Tuple(tuple) => self.items(&tuple.items, depth, out)?,
            Value::Dict(dict) => self.dict(&dict, depth, out)?,
            _ => match &self.default {
                Some(default) => {
                    let plain = self.vm.call(default, std::slice::from_ref(value), &[])?;
                    if plain.same(value) || self.stand_ins.get() >= MOST_STAND_INS {
                        return Err(Error::value("Circular reference detected"));
                    }
                    self.stand_ins.set(self.stand_ins.get() + 1);
                    self.write(&plain, depth, out)?;
                    self.stand_ins.set(self.stand_ins.get() - 1);
                }
                None => {
                    let name = self.vm.type_name(value);
                    return Err(Error::type_error(format!("Object of type {name} is not JSON serializable")));
                }
            },
        }
        Ok(())
    }

    fn float(&self, number: f64) -> Result<String> {
        if number.is_finite() {
            return Ok(float::repr(number));
        }
        if !self.allow_nan {
            return Err(Error::value("Out of range float values are not JSON compliant"));
        }
        Ok(if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned())
    }

    fn string(&self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if u32::from(c) < 0x20 || (self.ascii && !matches!(c, ' '..='~')) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }

    fn newline(&self, depth: usize, out: &mut String) {
        if let Some(indent) = &self.indent {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    }

    fn items(&self, items: &[Value], depth: usize, out: &mut String) -> Result<()> {
        if items.is_empty() {
            out.push_str("[]");
            return Ok(());
        }
        out.push('[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(&self.item_separator);
            }
            self.newline(depth + 1, out);
            self.write(item, depth + 1, out)?;
        }
        self.newline(depth, out);
        out.push(']');
        Ok(())
    }

    fn dict(&self, dict: &Dict, depth: usize, out: &mut String) -> Result<()> {
        let mut pairs = dict.entries();
        if self.sort_keys {
            pairs = self.sorted(pairs)?;
        }
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            if let Some(key) = self.key(&key)? {
                entries.push((key, value));
            }
        }
        if entries.is_empty() {
            out.push_str("{}");
            return Ok(());
        }
        out.push('{');
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                out.push_str(&self.item_separator);
            }
            self.newline(depth + 1, out);
            self.string(key, out);
            out.push_str(&self.key_separator);
            self.write(value, depth + 1, out)?;
        }
        self.newline(depth, out);
        out.push('}');
        Ok(())
    }

    /// As `sorted(dict.items())`: by the keys as they are, not by their text.
    fn sorted(&self, pairs: Vec<(Value, Value)>) -> Result<Vec<(Value, Value)>> {
        let mut items = pairs.into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect();
        crate::iterators::sort(self.vm, &mut items, None, false)?;
        let pair = |item: &Value| match item {
            Value::Tuple(tuple) => tuple.items.first().cloned().zip(tuple.items.get(1).cloned()),
            _ => None,
        };
        Ok(items.iter().filter_map(pair).collect())
    }

    fn key(&self, key: &Value) -> Result<Option<String>> {
        Ok(Some(match key.payload() {
            Value::Str(text) => text.to_string(),
            Value::Bool(value) => if value { "true" } else { "false" }.to_owned(),
            Value::None => "null".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(number) => number::decimal(&number)?,
            Value::Float(number) => self.float(number)?,
            _ if self.skip_keys => return Ok(None),
            _ => {
                let name = self.vm.type_name(key);
                return Err(Error::type_error(format!(
                    "keys must be str, int, float, bool or None, not {name}"
                )));
            }
        }))
    }
}
