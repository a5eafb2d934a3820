//! `filter p shape== m`

use std::rc::Rc;

use super::{Words, like, messages, nested, weights_of};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::report::{Facts, gather, shape_text};
use torchsh_language::value::{Args, Dict, Str, Value, Vm, number};

/// What is tested of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Key,
    Shape,
    Dtype,
    Device,
    Ndim,
    Numel,
    Nbytes,
}

/// How it is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Finds,
    FindsNot,
}

const FIELDS: &[(&str, Field)] = &[
    ("key", Field::Key),
    ("shape", Field::Shape),
    ("dtype", Field::Dtype),
    ("device", Field::Device),
    ("ndim", Field::Ndim),
    ("numel", Field::Numel),
    ("nbytes", Field::Nbytes),
];

/// Longer ones first: `<` begins `<=`.
const OPERATORS: &[(&str, Operator)] = &[
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessEqual),
    (">=", Operator::GreaterEqual),
    ("!~", Operator::FindsNot),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("~", Operator::Finds),
];

/// One test.
struct Test {
    field: Field,
    operator: Operator,
    against: Against,
}

/// What an entry is tested against.
enum Against {
    /// The entry of that key in another dictionary.
    Other(Rc<Dict>),
    /// A condition over key and value.
    Condition(Value),
    /// A text.
    Text(String),
    /// Sizes.
    Shape(Vec<i64>),
    /// A number.
    Number(f64),
    /// A regular expression, compiled by `re`.
    Pattern(Value),
}

/// `filter p shape== m`
pub fn filter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let test = read_test(vm, &mut words, args)?;
    words.end(args)?;
    let kept = like(&dict);
    let mut dropped = Vec::new();
    for (key, value) in dict.entries() {
        match test.refusal(vm, &key, &value)? {
            None => kept.set(vm, key, value)?,
            Some(reason) if reason.is_empty() => dropped.push(gather::key_text(vm, &key)?),
            Some(reason) => dropped.push(format!("{}: {reason}", gather::key_text(vm, &key)?)),
        }
    }
    vm.notice(&messages::kept(kept.len(), dict.len(), &dropped));
    Ok(Value::Dict(Rc::new(kept)))
}

fn read_test(vm: &dyn Vm, words: &mut Words<'_>, args: &Args) -> Result<Test> {
    let mut written = words.text(vm, args, "a test")?.as_str().to_owned();
    if written == "where" {
        let condition = words.next(args, "a condition after where")?.clone();
        return Ok(Test {
            field: Field::Key,
            operator: Operator::Equal,
            against: Against::Condition(condition),
        });
    }
    if FIELDS.iter().any(|(name, _)| *name == written) {
        written.push_str(&words.text(vm, args, "an operator")?);
    }
    let parsed = FIELDS.iter().find_map(|(name, field)| {
        let operator = written.strip_prefix(name)?;
        let (_, operator) = OPERATORS.iter().find(|(text, _)| *text == operator)?;
        Some((*field, *operator))
    });
    let Some((field, operator)) = parsed else { return Err(unknown_test(&written)) };
    let target = words.next(args, "what to test against")?;
    let against = read_target(vm, field, operator, target)
        .map_err(|error| error.note(format!("in the test {written}")))?;
    Ok(Test { field, operator, against })
}

fn unknown_test(written: &str) -> Error {
    let name = written.trim_end_matches(|c: char| !c.is_alphanumeric());
    let known: Vec<Str> = FIELDS.iter().map(|(name, _)| Str::new(*name)).collect();
    let error = Error::value(format!("filter has no test {written}"));
    match torchsh_base::nearest(name, &known) {
        Some(near) => error.hint(format!("did you mean {}?", written.replacen(name, near, 1))),
        None => error.hint("filter p shape== m; help filter lists the tests"),
    }
}

/// The name of a dtype as the table has it: `half` is `float16`.
fn dtype_name(text: &str) -> Result<String> {
    let name = text.strip_prefix("torch.").unwrap_or(text);
    if let Some(dtype) = Dtype::from_name(name) {
        return Ok(dtype.name().to_owned());
    }
    let known: Vec<Str> = Dtype::all().map(|dtype| Str::new(dtype.name())).collect();
    let error = Error::value(format!("there is no dtype {name}"));
    Err(match torchsh_base::nearest(name, &known) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    })
}

fn read_target(vm: &dyn Vm, field: Field, operator: Operator, target: &Value) -> Result<Against> {
    use Operator::{Equal, Finds, FindsNot, NotEqual};
    let finds = matches!(operator, Finds | FindsNot);
    if finds != (field == Field::Key) && finds {
        return Err(Error::type_error("~ and !~ test keys: filter p key~ \"^encoder\""));
    }
    let is_equality = matches!(operator, Equal | NotEqual);
    if !is_equality && !finds && matches!(field, Field::Key | Field::Shape | Field::Dtype | Field::Device) {
        return Err(Error::type_error("only ndim, numel and nbytes have an order"));
    }
    if finds {
        let text =
            target.as_str().ok_or_else(|| Error::type_error("a regular expression is a string in quotes"))?;
        let pattern = vm.call_method(&vm.import("re")?, "compile", &[Value::Str(text)])?;
        return Ok(Against::Pattern(pattern));
    }
    let is_model = matches!(target, Value::Instance(_)) && target.as_dict().is_none();
    // A list that a checkpoint was saved as.
    let is_list = matches!(target, Value::List(_) | Value::Tuple(_)) && nested::parts(vm, target).is_some();
    if target.as_dict().is_some() || is_list || is_model && field != Field::Key {
        return Ok(Against::Other(weights_of(vm, "filter", target)?));
    }
    match field {
        Field::Shape => Ok(Against::Shape(sizes(vm, target)?)),
        Field::Dtype => Ok(Against::Text(dtype_name(&vm.text(target)?)?)),
        Field::Key | Field::Device => Ok(Against::Text(vm.text(target)?.as_str().to_owned())),
        Field::Ndim | Field::Numel | Field::Nbytes => {
            let wanted = |_| wants("a number", vm, target);
            Ok(Against::Number(number::float(vm, target).map_err(wanted)?))
        }
    }
}

fn sizes(vm: &dyn Vm, target: &Value) -> Result<Vec<i64>> {
    let wanted = |_| wants("a shape such as [64, 3, 7, 7]", vm, target);
    let sizes = if target.as_str().is_some() { Err(Error::type_error("")) } else { vm.collect(target) };
    let sizes = sizes.and_then(|sizes| sizes.iter().map(|size| number::index(vm, size)).collect());
    sizes.map_err(wanted)
}

fn wants(what: &str, vm: &dyn Vm, got: &Value) -> Error {
    Error::type_error(format!(
        "it is held against {what}, or a state_dict, not {}",
        super::numbers::given(vm, got)
    ))
}

/// Says which entry a condition failed for, where that is no tensor.
fn no_tensor(vm: &dyn Vm, key: &Value, value: &Value, error: Error) -> Error {
    match gather::key_text(vm, key) {
        _ if value.is_tensor_or_array() => error,
        Err(_) => error,
        Ok(key) => error.hint(format!(
            "{key} is not a tensor but {}: begin the condition with torch.is_tensor(v) and",
            vm.type_name(value)
        )),
    }
}

impl Test {
    /// Why an entry is dropped, empty where the test says it all; none if it stays.
    fn refusal(&self, vm: &dyn Vm, key: &Value, value: &Value) -> Result<Option<String>> {
        match &self.against {
            Against::Condition(condition) => {
                let holds = vm.call(condition, &[key.clone(), value.clone()], &[]);
                let holds = holds.map_err(|error| no_tensor(vm, key, value, error))?;
                Ok((!vm.truth(&holds)?).then(String::new))
            }
            Against::Pattern(pattern) => {
                let found = vm.call_method(pattern, "search", &[Value::str(gather::key_text(vm, key)?)])?;
                let holds = vm.truth(&found)? == (self.operator == Operator::Finds);
                Ok((!holds).then(String::new))
            }
            Against::Other(other) => self.against_other(vm, key, value, other),
            _ => self.against_value(vm, key, value),
        }
    }

    fn against_other(&self, vm: &dyn Vm, key: &Value, value: &Value, other: &Dict) -> Result<Option<String>> {
        let Some(counterpart) = other.get(vm, key)? else { return Ok(Some("no such key there".to_owned())) };
        if self.field == Field::Key {
            return Ok((self.operator == Operator::NotEqual).then(String::new));
        }
        let (Some(own), Some(theirs)) = (facts(vm, value)?, facts(vm, &counterpart)?) else {
            return Ok(Some("no tensor".to_owned()));
        };
        let holds = match self.field {
            Field::Shape => self.equality(own.shape == theirs.shape),
            Field::Dtype => self.equality(own.dtype == theirs.dtype),
            Field::Device => self.equality(own.device == theirs.device),
            _ => self.order(amount(self.field, &own), amount(self.field, &theirs)),
        };
        Ok((!holds).then(|| format!("{} vs {}", shown(self.field, &own), shown(self.field, &theirs))))
    }

    fn against_value(&self, vm: &dyn Vm, key: &Value, value: &Value) -> Result<Option<String>> {
        if let (Field::Key, Against::Text(text)) = (self.field, &self.against) {
            let holds = self.equality(gather::key_text(vm, key)? == *text);
            return Ok((!holds).then(String::new));
        }
        let Some(own) = facts(vm, value)? else { return Ok(Some("no tensor".to_owned())) };
        let holds = match (self.field, &self.against) {
            (Field::Shape, Against::Shape(sizes)) => self.equality(own.shape == *sizes),
            (Field::Dtype, Against::Text(text)) => self.equality(own.dtype == *text),
            // `cuda` means any of them.
            (Field::Device, Against::Text(text)) => {
                self.equality(own.device == *text || own.device.split(':').next() == Some(text.as_str()))
            }
            (field, Against::Number(number)) => self.order(amount(field, &own), *number),
            _ => false,
        };
        Ok((!holds).then(|| shown(self.field, &own)))
    }

    fn equality(&self, equal: bool) -> bool {
        equal == (self.operator == Operator::Equal)
    }

    fn order(&self, a: f64, b: f64) -> bool {
        match self.operator {
            Operator::Equal => a == b,
            Operator::NotEqual => a != b,
            Operator::Less => a < b,
            Operator::LessEqual => a <= b,
            Operator::Greater => a > b,
            Operator::GreaterEqual => a >= b,
            Operator::Finds | Operator::FindsNot => false,
        }
    }
}

fn facts(vm: &dyn Vm, value: &Value) -> Result<Option<Facts>> {
    value.is_tensor_or_array().then(|| gather::facts(vm, value)).transpose()
}

fn amount(field: Field, facts: &Facts) -> f64 {
    match field {
        Field::Ndim => facts.shape.len() as f64,
        Field::Nbytes => facts.bytes as f64,
        _ => facts.elements as f64,
    }
}

fn shown(field: Field, facts: &Facts) -> String {
    match field {
        Field::Shape | Field::Key => shape_text(&facts.shape),
        Field::Dtype => facts.dtype.clone(),
        Field::Device => facts.device.clone(),
        field => amount(field, facts).to_string(),
    }
}
