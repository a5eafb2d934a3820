//! `drop ckpt "head.*" with optimizer`: what a verb does to a model's parameters, done to what an optimizer keeps for them.

mod changes;
mod groups;
mod shadows;

use std::rc::Rc;

use self::changes::Changes;
use super::nested::{self, Wanted};
use super::unmatched::MISSING_OK;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::optimizer::Optimizer;
use torchsh_language::value::{Args, Builtin, Dict, List, On, Str, Value, Vm, call_row};

/// A verb with the words that stand behind its state_dict.
pub(super) struct Line<'a> {
    row: &'static Builtin,
    words: &'a [Value],
    options: &'a [(Str, Value)],
}

impl Line<'_> {
    /// What the verb makes of a state_dict.
    ///
    /// # Errors
    /// The verb's.
    fn of(&self, vm: &dyn Vm, dict: &Rc<Dict>) -> Result<Rc<Dict>> {
        self.with(vm, dict, self.options)
    }

    fn with(&self, vm: &dyn Vm, dict: &Rc<Dict>, options: &[(Str, Value)]) -> Result<Rc<Dict>> {
        let mut words = vec![Value::Dict(dict.clone())];
        words.extend(self.words.iter().cloned());
        let made = call_row(vm, self.row, &words, options)?;
        made.as_dict().ok_or_else(|| Error::type_error(format!("{} gives no state_dict", self.row.name)))
    }

    /// As [`Line::of`], and nothing is said.
    fn quietly(&self, vm: &dyn Vm, dict: &Rc<Dict>) -> Result<Rc<Dict>> {
        // What an optimizer keeps of new rows is nothing yet.
        let is_kept = |name: &str| !matches!(name, "rows" | "std" | "seed");
        let options = self.options.iter().filter(|(name, _)| is_kept(name.as_str()));
        let mut options: Vec<(Str, Value)> = options.cloned().collect();
        // That a pattern fits none of these says nothing: it was held against the model's.
        if torchsh_syntax::verbs::verb(self.row.name).is_some_and(|row| row.has_option(MISSING_OK)) {
            options.retain(|(name, _)| name.as_str() != MISSING_OK);
            options.push((Str::intern(MISSING_OK), Value::Bool(true)));
        }
        let before = vm.hush(true);
        let made = self.with(vm, dict, &options);
        vm.hush(before);
        made
    }
}

/// `drop ckpt "head.*" with optimizer`
pub fn with_optimizer(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let [verb, given, words @ ..] = args.rest() else {
        return Err(Error::type_error("with optimizer is written after a verb and a checkpoint"));
    };
    let name = vm.text(verb)?;
    let row = vm.rows().iter().flat_map(|rows| rows.iter());
    let row = row.into_iter().find(|row| row.on == On::Verb && row.name == name.as_str());
    let row = row.ok_or_else(|| Error::type_error(format!("there is no verb {name}")))?;
    let line = Line { row, words, options: args.keywords() };
    let whole = given.as_dict().ok_or_else(|| no_checkpoint(vm, given))?;
    let optimizers = nested::held(vm, &whole, Wanted::Optimizer);
    if optimizers.is_empty() || optimizers.iter().any(|(path, _)| path.is_empty()) {
        return Err(no_checkpoint(vm, given));
    }
    let models = models(vm, given, &whole)?;
    let Some((_, model)) = models.first() else { return Err(no_checkpoint(vm, given)) };
    let shown = nested::name_of(vm, given).unwrap_or_else(|| "the checkpoint".to_owned());
    let paths: Vec<String> = models.iter().map(|(path, _)| format!("{shown}{path}")).collect();
    vm.notice(&format!("in {}:", paths.join(" and ")));
    let changes = Changes::of(vm, &line, model)?;
    let mut made = vec![(model.clone(), changes.after.clone())];
    for (_, alike) in models.iter().skip(1) {
        let before = vm.hush(true);
        let changed = line.of(vm, alike);
        vm.hush(before);
        made.push((alike.clone(), changed?));
    }
    for (path, dict) in &optimizers {
        let place = format!("{shown}{path}");
        let Some(optimizer) = Optimizer::of(dict) else { continue };
        let (changed, said) = groups::carried(vm, &line, &changes, &optimizer, dict)
            .map_err(|error| error.note(format!("in {place}")))?;
        vm.notice(&format!("{place}: {said}"));
        made.push((dict.clone(), changed));
    }
    Ok(replaced(vm, given, &made)?.unwrap_or_else(|| given.clone()))
}

/// The model's state_dict in a checkpoint, and others with the same keys (averaged weights).
fn models(vm: &dyn Vm, given: &Value, whole: &Rc<Dict>) -> Result<Vec<(String, Rc<Dict>)>> {
    let all = nested::held(vm, whole, Wanted::Weights);
    let keys = |dict: &Dict| dict.keys().iter().filter_map(Value::as_str).collect::<Vec<_>>();
    let first = all.first().map(|(_, dict)| keys(dict)).unwrap_or_default();
    match all.iter().all(|(_, dict)| keys(dict) == first) {
        true => Ok(all),
        // The one of several cannot be told: the error lists them.
        false => {
            nested::inner(vm, given, whole, Wanted::Weights).map(|(_, dict)| vec![(String::new(), dict)])
        }
    }
}

fn no_checkpoint(vm: &dyn Vm, given: &Value) -> Error {
    let name = nested::name_of(vm, given).unwrap_or_else(|| "what was given".to_owned());
    let error = Error::value(format!(
        "{name} is not a checkpoint with a model's state_dict and an optimizer's in it"
    ));
    error.hint("{\"model\": load(\"model.safetensors\"), \"optimizer\": load(\"optimizer.pt\")} is one")
}

/// A checkpoint with other state_dicts in the places of some; none where it holds none of them.
fn replaced(vm: &dyn Vm, value: &Value, by: &[(Rc<Dict>, Rc<Dict>)]) -> Result<Option<Value>> {
    match value {
        Value::List(list) => {
            let (mut items, mut is_other) = (Vec::new(), false);
            for item in list.to_vec() {
                let new = replaced(vm, &item, by)?;
                is_other |= new.is_some();
                items.push(new.unwrap_or(item));
            }
            Ok(is_other.then(|| Value::List(Rc::new(List::new(items)))))
        }
        value => {
            let Some(dict) = value.as_dict() else { return Ok(None) };
            if let Some((_, new)) = by.iter().find(|(old, _)| Rc::ptr_eq(old, &dict)) {
                return Ok(Some(Value::Dict(new.clone())));
            }
            let (made, mut is_other) = (super::alike(&dict), false);
            for (key, item) in dict.entries() {
                let new = replaced(vm, &item, by)?;
                is_other |= new.is_some();
                made.set(vm, key, new.unwrap_or(item))?;
            }
            Ok(is_other.then(|| Value::Dict(Rc::new(made))))
        }
    }
}
