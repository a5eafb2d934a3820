//! `json`: Python's own layout of JSON text.

use std::rc::Rc;

use crate::error::{Error, Kind, Result};
use crate::value::text::float;
use crate::value::{Args, Builtin, Dict, Value, Vm, keywords, kw, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
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
    Builtin::function("json", "loads", &[pos("s"), keywords("options")], |vm, args| {
        let text = match args.value(0) {
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => args.str(vm, 0)?.to_string(),
        };
        read(vm, &text)
    })
    .says("the value of JSON text")
    .examples(&[("import json\njson.loads('[1, true]')", "[1, True]")]),
    Builtin::function("json", "load", &[pos("fp"), keywords("options")], |vm, args| {
        let text = vm.call_method(args.value(0), "read", &[])?;
        read(vm, &vm.text(&text)?)
    })
    .says("the value of a file of JSON text"),
];

use crate::value::Param;

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
];

/// Containers inside containers that are written.
const NESTING: usize = 900;

struct Writer<'a> {
    vm: &'a dyn Vm,
    skip_keys: bool,
    ascii: bool,
    allow_nan: bool,
    indent: Option<String>,
    item_separator: String,
    key_separator: String,
    default: Option<Value>,
    sort_keys: bool,
}

impl<'a> Writer<'a> {
    /// `first`: where the keyword arguments begin.
    fn of(vm: &'a dyn Vm, args: &Args, first: usize) -> Result<Self> {
        let indent = match args.some(first + 4) {
            Some(Value::Str(text)) => Some(text.to_string()),
            Some(_) => Some(" ".repeat(usize::try_from(args.int(vm, first + 4)?).unwrap_or(0))),
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
            default: args.some(first + 6).cloned(),
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
        match value.payload() {
            Value::None => out.push_str("null"),
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int(number) => out.push_str(&number.to_string()),
            Value::BigInt(number) => out.push_str(&number.to_string()),
            Value::Float(number) => out.push_str(&self.float(number)?),
            Value::Str(text) => self.string(&text, out),
            Value::List(list) => self.items(&list.to_vec(), depth, out)?,
            Value::Tuple(tuple) => self.items(&tuple.items, depth, out)?,
            Value::Dict(dict) => self.dict(&dict, depth, out)?,
            _ => match &self.default {
                Some(default) => {
                    let plain = self.vm.call(default, std::slice::from_ref(value), &[])?;
                    self.write(&plain, depth + 1, out)?;
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
            return Err(Error::value(format!(
                "Out of range float values are not JSON compliant: {}",
                float::repr(number)
            )));
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
                c if u32::from(c) < 0x20 || (self.ascii && !c.is_ascii()) => {
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
        let mut entries = Vec::new();
        for (key, value) in dict.entries() {
            if let Some(key) = self.key(&key)? {
                entries.push((key, value));
            }
        }
        if self.sort_keys {
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
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

    fn key(&self, key: &Value) -> Result<Option<String>> {
        Ok(Some(match key.payload() {
            Value::Str(text) => text.to_string(),
            Value::Bool(value) => if value { "true" } else { "false" }.to_owned(),
            Value::None => "null".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(number) => number.to_string(),
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

// ---- reading --------------------------------------------------------------------------------------------------

fn read(vm: &dyn Vm, text: &str) -> Result<Value> {
    let mut reader = Reader { vm, text, at: 0 };
    reader.space();
    let value = reader.value(0)?;
    reader.space();
    match reader.left().is_empty() {
        true => Ok(value),
        false => Err(reader.fault("Extra data", reader.at)),
    }
}

struct Reader<'a> {
    vm: &'a dyn Vm,
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn left(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let left = self.left();
        self.at += left.len() - left.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn fault(&self, what: &str, at: usize) -> Error {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let position = before.chars().count();
        Error::new(Kind::Json, format!("{what}: line {line} column {column} (char {position})"))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.left().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        if depth > NESTING {
            return Err(Error::new(
                Kind::Recursion,
                "maximum recursion depth exceeded while decoding a JSON array",
            ));
        }
        let start = self.at;
        const WORDS: &[(&str, Value)] = &[
            ("null", Value::None),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        for (word, value) in WORDS {
            if self.take(word) {
                return Ok(value.clone());
            }
        }
        match self.left().bytes().next() {
            Some(b'"') => self.string().map(Value::from),
            Some(b'[') => self.list(depth),
            Some(b'{') => self.dict(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.fault("Expecting value", start)),
        }
    }

    fn number(&mut self) -> Result<Value> {
        let start = self.at;
        let digits = |left: &str| left.len() - left.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.take("-");
        let whole = digits(self.left());
        // A leading zero stands alone.
        let whole = if self.left().starts_with('0') { 1 } else { whole };
        if whole == 0 {
            return Err(self.fault("Expecting value", start));
        }
        self.at += whole;
        let mut is_float = false;
        let left = self.left();
        if let Some(fraction) = left.strip_prefix('.').map(digits).filter(|count| *count > 0) {
            self.at += fraction + 1;
            is_float = true;
        }
        let left = self.left();
        if let Some(after) = left.strip_prefix(['e', 'E']) {
            let sign = usize::from(after.starts_with(['+', '-']));
            let count = digits(after.get(sign..).unwrap_or_default());
            if count > 0 {
                self.at += 1 + sign + count;
                is_float = true;
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if is_float {
            return Ok(Value::Float(text.parse().unwrap_or(f64::NAN)));
        }
        Ok(num_bigint::BigInt::parse_bytes(text.as_bytes(), 10).map_or(Value::Int(0), Value::big))
    }

    fn string(&mut self) -> Result<String> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.left().chars().next() else {
                return Err(self.fault("Unterminated string starting at", start));
            };
            let at = self.at;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => self.escape(start, at, &mut out)?,
                c if u32::from(c) < 0x20 => return Err(self.fault("Invalid control character at", at)),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, start: usize, at: usize, out: &mut String) -> Result<()> {
        let Some(c) = self.left().chars().next() else {
            return Err(self.fault("Unterminated string starting at", start));
        };
        self.at += c.len_utf8();
        out.push(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = self.unit(at)?;
                let low_follows = (0xd800..0xdc00).contains(&high) && self.left().starts_with("\\u");
                let mut units = vec![high];
                if low_follows {
                    self.at += 2;
                    units.push(self.unit(at)?);
                }
                let text: String =
                    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
                out.push_str(&text);
                return Ok(());
            }
            _ => return Err(self.fault("Invalid \\escape", at)),
        });
        Ok(())
    }

    fn unit(&mut self, at: usize) -> Result<u16> {
        let unit = self.left().get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| self.fault("Invalid \\uXXXX escape", at + 1))
    }

    fn list(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take("]") {
            return Ok(Value::list(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take("]") {
                return Ok(Value::list(items));
            }
            if !self.take(",") {
                return Err(self.fault("Expecting ',' delimiter", self.at));
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let dict = Dict::default();
        self.space();
        if self.take("}") {
            return Ok(Value::Dict(Rc::new(dict)));
        }
        loop {
            self.space();
            if !self.left().starts_with('"') {
                return Err(self.fault("Expecting property name enclosed in double quotes", self.at));
            }
            let key = self.string()?;
            self.space();
            if !self.take(":") {
                return Err(self.fault("Expecting ':' delimiter", self.at));
            }
            self.space();
            let value = self.value(depth + 1)?;
            dict.set(self.vm, key.into(), value)?;
            self.space();
            if self.take("}") {
                return Ok(Value::Dict(Rc::new(dict)));
            }
            if !self.take(",") {
                return Err(self.fault("Expecting ',' delimiter", self.at));
            }
        }
    }
}
