//! `plot losses`, `plot ckpt "out.png"`: curves of what holds numbers in order.

use super::{Words, pictures};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::{Plot, Report, Series, gather, size};
use torchsh_language::value::{Args, Value, Vm, number};

/// Lines of one picture.
const MOST: usize = 12;

/// Numbers of one line.
const NUMBERS: usize = 1_000_000;

/// How deep a checkpoint is looked into.
const DEPTH: usize = 6;

/// What in a checkpoint are lists of numbers, and no curves.
const SETTINGS: &[&str] = &["state", "param_groups", "params", "betas", "base_lrs", "_last_lr", "milestones"];

/// What log entries count by.
const STEPS: &[&str] = &["step", "global_step", "iteration", "iter", "epoch"];

/// `plot x "out.svg"`
pub fn plot(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let given = words.next(args, "numbers")?;
    let path = pictures::path(vm, args, &mut words)?;
    words.end(args)?;
    let mut found = Found { vm, plot: Plot { series: Vec::new(), x: "position".to_owned() } };
    found.value(given, "", DEPTH)?;
    let count = found.plot.series.len();
    if count == 0 {
        let error = Error::value("there are no numbers in order to be drawn");
        return Err(error
            .hint("plot takes a list of numbers, a tensor, a dictionary of lists, a checkpoint with a log"));
    }
    if count > MOST {
        let names: Vec<&str> =
            found.plot.series.iter().take(MOST).map(|series| series.name.as_str()).collect();
        let message = format!(
            "{} are more than the {MOST} of a picture: {} …",
            size::counted(count, "line"),
            names.join(", ")
        );
        return Err(Error::value(message).hint("take some of them: plot {k: x[k] for k in [\"loss\"]}"));
    }
    pictures::answer(vm, Report::Plot(found.plot), path)
}

/// The curves that were found.
struct Found<'a> {
    vm: &'a dyn Vm,
    plot: Plot,
}

impl Found<'_> {
    fn value(&mut self, value: &Value, name: &str, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
        self.vm.check_interrupt()?;
        if value.is_tensor_or_array() {
            return self.tensor(value, name);
        }
        match value {
            Value::List(list) => self.list(&list.to_vec(), name, depth),
            Value::Tuple(tuple) => self.list(&tuple.items, name, depth),
            value => match value.as_dict() {
                Some(dict) => self.entries(dict.entries(), name, depth),
                None => Ok(()),
            },
        }
    }

    /// A tensor of one dimension, or one line for each row.
    fn tensor(&mut self, value: &Value, name: &str) -> Result<()> {
        let shape = gather::facts(self.vm, value)?.shape;
        // Weights in a checkpoint are no curves.
        let is_asked = name.is_empty() || shape.len() == 1;
        if !is_asked || shape.is_empty() {
            return Ok(());
        }
        if shape.len() > 2 || shape.iter().product::<i64>().unsigned_abs() > NUMBERS as u64 * MOST as u64 {
            return Err(Error::value("plot draws tensors of one dimension, or the rows of one of two")
                .hint("hist and heat show others"));
        }
        let numbers = self.vm.call_method(value, "tolist", &[])?;
        self.value(&numbers, name, 2)
    }

    fn list(&mut self, items: &[Value], name: &str, depth: usize) -> Result<()> {
        if items.len() > NUMBERS {
            return Err(Error::value(format!(
                "{} numbers are more than the {NUMBERS} of a line",
                items.len()
            )));
        }
        let numbers: Option<Vec<f64>> = items.iter().map(|item| self.number(item)).collect();
        if let Some(numbers) = numbers {
            let points: Vec<(f64, f64)> = (0u32..).map(f64::from).zip(numbers).collect();
            self.add(name, points);
            return Ok(());
        }
        let pair = |item: &Value| match item {
            Value::Tuple(tuple) => match &*tuple.items {
                [x, y] => Some((self.number(x)?, self.number(y)?)),
                _ => None,
            },
            _ => None,
        };
        if let Some(points) = items.iter().map(pair).collect::<Option<Vec<_>>>() {
            self.add(name, points);
            return Ok(());
        }
        if items.iter().all(|item| item.as_dict().is_some()) {
            return self.log(items, name);
        }
        for (place, item) in items.iter().enumerate().filter(|(_, item)| !item.is_tensor_or_array()) {
            self.value(item, &under(name, &place.to_string()), depth)?;
        }
        Ok(())
    }

    /// Entries of a log, as transformers' Trainer keeps it: each number by the step that stands beside it.
    fn log(&mut self, items: &[Value], name: &str) -> Result<()> {
        let dicts: Vec<_> = items.iter().filter_map(Value::as_dict).collect();
        let step = STEPS.iter().find(|step| dicts.iter().all(|dict| dict.get_name(step).is_some()));
        let mut curves: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
        for (place, dict) in (0u32..).map(f64::from).zip(&dicts) {
            let x = step.and_then(|step| self.number(&dict.get_name(step)?)).unwrap_or(place);
            for (key, value) in dict.entries() {
                let key = gather::key_text(self.vm, &key)?;
                let Some(y) = self.number(&value).filter(|_| !STEPS.contains(&key.as_str())) else {
                    continue;
                };
                match curves.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, points)) => points.push((x, y)),
                    None => curves.push((key, vec![(x, y)])),
                }
            }
        }
        if let Some(step) = step {
            self.plot.x = (*step).to_owned();
        }
        for (key, points) in curves {
            self.add(&under(name, &key), points);
        }
        Ok(())
    }

    fn entries(&mut self, entries: Vec<(Value, Value)>, name: &str, depth: usize) -> Result<()> {
        let point = |(key, value): &(Value, Value)| match key {
            Value::Int(_) | Value::Float(_) => Some((self.number(key)?, self.number(value)?)),
            _ => None,
        };
        if let Some(points) = entries.iter().map(point).collect::<Option<Vec<_>>>() {
            self.add(name, points);
            return Ok(());
        }
        // A state_dict in a checkpoint: its biases are no curves either.
        let is_matrix =
            |value: &Value| value.as_tensor().is_some_and(|tensor| tensor.tensor().sizes().len() > 1);
        let is_weights = !name.is_empty() && entries.iter().any(|(_, value)| is_matrix(value));
        for (key, value) in entries {
            let key = gather::key_text(self.vm, &key)?;
            let is_left_out = is_weights && value.is_tensor_or_array();
            if !is_left_out && !SETTINGS.contains(&key.as_str()) {
                self.value(&value, &under(name, &key), depth)?;
            }
        }
        Ok(())
    }

    /// One number is no curve.
    fn add(&mut self, name: &str, points: Vec<(f64, f64)>) {
        if points.len() > 1 {
            self.plot.series.push(Series { name: name.to_owned(), points });
        }
    }

    fn number(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Int(_) | Value::Float(_) | Value::BigInt(_) => number::float(self.vm, value).ok(),
            Value::Tensor(tensor) if tensor.tensor().numel() == 1 => {
                self.number(&self.vm.call_method(value, "item", &[]).ok()?)
            }
            _ => None,
        }
    }
}

fn under(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}
