//! JSON text as values.

use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Dict, Value, Vm, number};

/// Containers inside containers that are written and read.
pub const NESTING: usize = 900;

/// The value of JSON text; `args` are those of `json.loads`.
///
/// # Errors
/// `JSONDecodeError`, worded as Python words it, and what the program's own functions raise.
pub fn read(vm: &dyn Vm, text: &str, args: &Args) -> Result<Value> {
    let hook = |index: usize| args.some(index).cloned();
    let hooks = Hooks { object: hook(2), float: hook(3), int: hook(4), constant: hook(5), pairs: hook(6) };
    let mut reader = Reader { vm, text, at: 0, hooks, strict: args.truth_or(vm, 7, true)? };
    if text.starts_with('\u{feff}') {
        return Err(reader.fault("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
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
    hooks: Hooks,
    /// Whether control characters in text are refused.
    strict: bool,
}

/// Functions of the program that make values.
struct Hooks {
    object: Option<Value>,
    float: Option<Value>,
    int: Option<Value>,
    constant: Option<Value>,
    pairs: Option<Value>,
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
        let message = format!("{what}: line {line} column {column} (char {position})");
        let error = Error::new(Kind::Json, message);
        let exception = self.vm.exception(&error);
        let attributes = &exception.attributes;
        attributes.set_name("msg", what);
        attributes.set_name("doc", self.text);
        for (name, number) in [("pos", position), ("lineno", line), ("colno", column)] {
            attributes.set_name(name, number);
        }
        self.vm.raise(&Value::Instance(exception))
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
                return match (value, &self.hooks.constant) {
                    (Value::Float(_), Some(hook)) => self.vm.call(hook, &[Value::str(*word)], &[]),
                    _ => Ok(value.clone()),
                };
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
        let hook = if is_float { &self.hooks.float } else { &self.hooks.int };
        if let Some(hook) = hook {
            return self.vm.call(hook, &[Value::str(text)], &[]);
        }
        if is_float {
            return Ok(Value::Float(text.parse().unwrap_or(f64::NAN)));
        }
        Ok(number::parse(text, 10)?.map_or(Value::Int(0), Value::big))
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
                c if self.strict && u32::from(c) < 0x20 => {
                    return Err(self.fault("Invalid control character at", at));
                }
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
        let mut pairs = Vec::new();
        self.space();
        if self.take("}") {
            return self.made(pairs);
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
            pairs.push((Value::from(key), value));
            self.space();
            if self.take("}") {
                return self.made(pairs);
            }
            if !self.take(",") {
                return Err(self.fault("Expecting ',' delimiter", self.at));
            }
        }
    }

    /// The value of an object: a dictionary, or what the program's function makes of it.
    fn made(&self, pairs: Vec<(Value, Value)>) -> Result<Value> {
        if let Some(hook) = &self.hooks.pairs {
            let pairs = pairs.into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect();
            return self.vm.call(hook, &[Value::list(pairs)], &[]);
        }
        let dict = Dict::default();
        for (key, value) in pairs {
            dict.set(self.vm, key, value)?;
        }
        let dict = Value::Dict(Rc::new(dict));
        match &self.hooks.object {
            Some(hook) => self.vm.call(hook, &[dict], &[]),
            None => Ok(dict),
        }
    }
}
