//! `check m into model`: what loading would do, without doing it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::{Words, weights_of};
use super::casts;
use crate::checkpoint::Records;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::record::{Storage, TensorRecord};
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::refusal::{Fit, fit};
use torchsh_language::value::report::{Cell, Facts, Findings, Head, Report, gather, percent, size};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};
use torchsh_state_dict::{Rule, compare};

/// What is found of an entry, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Shape,
    NoTensor,
    Missing,
    Unexpected,
    Conflict,
    Cast,
    FilledIn,
    Version,
    Untied,
    Tied,
}

impl Kind {
    /// Part of the stable form.
    fn name(self) -> &'static str {
        match self {
            Kind::Shape => "shape",
            Kind::NoTensor => "no tensor",
            Kind::Missing => "missing",
            Kind::Unexpected => "unexpected",
            Kind::Conflict => "conflict",
            Kind::Cast => "cast",
            Kind::FilledIn => "filled in",
            Kind::Version => "version",
            Kind::Untied => "untied",
            Kind::Tied => "tied",
        }
    }

    /// Whether `load_state_dict` would raise, or leave a model that is not the file's.
    fn is_bad(self) -> bool {
        self <= Kind::Conflict
    }
}

struct Finding {
    kind: Kind,
    key: String,
    sides: [Option<Facts>; 2],
    detail: String,
}

/// An entry of the model.
struct Own {
    key: String,
    /// None: no tensor, as an extra state.
    facts: Option<Facts>,
    record: Option<TensorRecord>,
    /// What the file has there.
    given: Option<TensorRecord>,
    is_loaded: bool,
}

/// `check m into model`
pub fn check(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let state = words.weights(vm, args)?;
    words.skip("into");
    let model = words.next(args, "a model or a state_dict after into")?;
    words.end(args)?;
    let has = |name: &str| Ok::<bool, Error>(vm.attribute_or_none(model, &Str::intern(name))?.is_some());
    if has("param_groups")? {
        let message = "check wants a model or a state_dict after into, not an optimizer";
        return Err(Error::type_error(message).hint(Words::synopsis(args)));
    }
    let own = match model {
        Value::Instance(_) | Value::Native(_) if model.as_dict().is_none() => {
            gather::state_dict_of(vm, model, "check")?
        }
        _ => weights_of(vm, "check", model)?,
    };
    let state = super::super::load::completed(vm, model, &state)?.unwrap_or(state);
    let mut checking = Checking::new(vm, &state, &own)?;
    checking.entries()?;
    checking.unexpected()?;
    checking.ties(model)?;
    checking.versions()?;
    let hooks = hooks(vm, model);
    Ok(Report::Findings(checking.report(hooks)).into_value())
}

/// How many modules change keys by hooks of their own while they load.
fn hooks(vm: &dyn Vm, model: &Value) -> usize {
    let all = || -> Result<Vec<Value>> {
        match vm.attribute_or_none(model, &Str::intern("modules"))? {
            Some(modules) => vm.collect(&vm.call(&modules, &[], &[])?),
            None => Ok(Vec::new()),
        }
    };
    let has_hooks = |module: &&Value| {
        let hooks = vm.attribute_or_none(module, &Str::intern("_load_state_dict_pre_hooks")).ok().flatten();
        hooks.and_then(|hooks| hooks.as_dict()).is_some_and(|hooks| !hooks.is_empty())
    };
    all().unwrap_or_default().iter().filter(has_hooks).count()
}

struct Checking<'a> {
    vm: &'a dyn Vm,
    state: &'a Rc<Dict>,
    own: Vec<Own>,
    /// The versions of the modules, on either side; none without a `_metadata`.
    versions: [Option<HashMap<String, i64>>; 2],
    records: Records<'a>,
    found: Vec<Finding>,
}

impl<'a> Checking<'a> {
    fn new(vm: &'a dyn Vm, state: &'a Rc<Dict>, model: &Rc<Dict>) -> Result<Self> {
        let (mut own, mut records) = (Vec::new(), Records::new(vm));
        for (key, value) in model.entries() {
            let key = gather::key_text(vm, &key)?;
            let facts = value.as_tensor().map(|_| gather::facts(vm, &value)).transpose()?;
            let record = value.as_tensor().and_then(|tensor| records.of(tensor).ok());
            own.push(Own { key, facts, record, given: None, is_loaded: false });
        }
        let versions = [versions_of(state), versions_of(model)];
        Ok(Checking { vm, state, own, versions, records, found: Vec::new() })
    }

    fn add(&mut self, kind: Kind, key: &str, sides: [Option<Facts>; 2], detail: impl Into<String>) {
        self.found.push(Finding { kind, key: key.to_owned(), sides, detail: detail.into() });
    }

    /// What each entry of the model would get.
    fn entries(&mut self) -> Result<()> {
        for place in 0..self.own.len() {
            self.vm.check_interrupt()?;
            let Some((key, facts)) = self.own.get(place).map(|own| (own.key.clone(), own.facts.clone()))
            else {
                continue;
            };
            let Some(value) = self.state.get_name(&key) else {
                self.lacking(&key, facts);
                continue;
            };
            let is_loaded = self.given(&key, facts, &value)?;
            let given = match value.as_tensor() {
                Some(tensor) if is_loaded => self.records.of(tensor).ok(),
                _ => None,
            };
            if let Some(own) = self.own.get_mut(place) {
                (own.given, own.is_loaded) = (given, is_loaded);
            }
        }
        Ok(())
    }

    /// Of an entry that the file lacks. A BatchNorm of before version 2 had no counter, so it keeps its own.
    fn lacking(&mut self, key: &str, facts: Option<Facts>) {
        let [given, own] = &self.versions;
        let module = key.strip_suffix("num_batches_tracked").map(|module| module.trim_end_matches('.'));
        let version = |versions: &Option<HashMap<String, i64>>| {
            module.and_then(|module| versions.as_ref()?.get(module).copied())
        };
        if version(own).is_some_and(|version| version >= 2)
            && version(given).is_none_or(|version| version < 2)
        {
            let why = match given {
                None => "without _metadata the file counts as of before this buffer: the model's own stays",
                Some(_) => "the file's BatchNorm is of before this buffer: the model's own stays",
            };
            return self.add(Kind::FilledIn, key, [None, facts], why);
        }
        self.add(Kind::Missing, key, [None, facts], "");
    }

    /// Whether a value could be copied into an entry.
    fn given(&mut self, key: &str, facts: Option<Facts>, value: &Value) -> Result<bool> {
        let Some(own) = facts else { return Ok(true) };
        let (kind, given, detail) = match fit(self.vm, value, &own)? {
            Fit::Same => return Ok(true),
            Fit::NoTensor => {
                let type_name = self.vm.type_name(value);
                (Kind::NoTensor, None, format!("the file has a value of type {type_name} there"))
            }
            Fit::Shape(given) => {
                let fits = given.shape.len() == own.shape.len();
                let detail = if fits { "overlap=True copies what both have" } else { "" };
                (Kind::Shape, Some(given), detail.to_owned())
            }
            Fit::Quantized(given) => {
                let detail = "between quantized and plain tensors nothing is copied: dequantize() first";
                (Kind::NoTensor, Some(given), detail.to_owned())
            }
            Fit::Cast(given, dtypes) => {
                let detail = dtypes.map_or("converted", |(from, to)| casts::becomes(from, to));
                (Kind::Cast, Some(given), detail.to_owned())
            }
        };
        self.add(kind, key, [given, Some(own)], detail);
        Ok(kind == Kind::Cast)
    }

    /// What the file has and the model does not know.
    fn unexpected(&mut self) -> Result<()> {
        let known: HashSet<String> = self.own.iter().map(|own| own.key.clone()).collect();
        for (key, value) in self.state.entries() {
            let key = gather::key_text(self.vm, &key)?;
            if !known.contains(&key) {
                let facts = value.as_tensor().map(|_| gather::facts(self.vm, &value)).transpose()?;
                self.add(Kind::Unexpected, &key, [facts, None], "");
            }
        }
        Ok(())
    }

    /// Entries of the model that are one tensor: what is loaded into one is in the others, and the last one stays.
    fn ties(&mut self, model: &Value) -> Result<()> {
        let mut groups = groups(self.own.iter().map(|own| own.record.as_ref()));
        groups.extend(self.without_memory(model));
        let (mut pairs, mut asked) = (Vec::new(), Vec::new());
        for group in &groups {
            let of = |place: &&usize| self.own.get(**place).filter(|own| own.is_loaded).is_some();
            let Some(&first) = group.iter().find(of) else { continue };
            for &place in group.iter().filter(|&&place| place != first) {
                asked.push((place, first));
                pairs.push((
                    self.own.get(place).and_then(|own| own.given.clone()),
                    self.own.get(first).and_then(|own| own.given.clone()),
                ));
            }
        }
        let both: Vec<_> = pairs.iter().filter_map(|(one, two)| one.as_ref().zip(two.as_ref())).collect();
        let mut compared = compare(both, &Rule::default(), &Progress::bytes(self.vm))?.into_iter();
        for ((place, first), pair) in asked.into_iter().zip(&pairs) {
            let same = match pair {
                (Some(_), Some(_)) => compared.next().map(|found| found.is_ok_and(|found| found.is_equal())),
                _ => None,
            };
            self.tie(place, first, same);
        }
        self.untied(&groups);
        Ok(())
    }

    /// The places of parameters on the meta device that are one tensor: no memory tells it of them.
    fn without_memory(&self, model: &Value) -> Vec<Vec<usize>> {
        let has_memory = |own: &Own| own.record.as_ref().is_some_and(|record| record.view().is_some());
        let all = || -> Option<Vec<Value>> {
            let named = self.vm.attribute_or_none(model, &Str::intern("named_parameters")).ok().flatten()?;
            let twice = (Str::intern("remove_duplicate"), Value::Bool(false));
            self.vm.collect(&self.vm.call(&named, &[], &[twice]).ok()?).ok()
        };
        if self.own.iter().all(has_memory) {
            return Vec::new();
        }
        let mut groups: Vec<(Value, Vec<usize>)> = Vec::new();
        for pair in all().unwrap_or_default() {
            let Some(pair) = pair.as_tuple() else { continue };
            let [key, parameter] = &*pair.items else { continue };
            let is_its = |own: &Own| key.as_str().is_some_and(|key| key.as_str() == own.key);
            let place = self.own.iter().position(|own| !has_memory(own) && is_its(own));
            match (place, groups.iter_mut().find(|(known, _)| known.same(parameter))) {
                (Some(place), Some((_, places))) => places.push(place),
                (Some(place), None) => groups.push((parameter.clone(), vec![place])),
                (None, _) => {}
            }
        }
        groups.into_iter().map(|(_, places)| places).filter(|places| places.len() > 1).collect()
    }

    fn tie(&mut self, place: usize, first: usize, same: Option<bool>) {
        let Some(other) = self.own.get(first).map(|own| own.key.clone()) else { return };
        let Some(own) = self.own.get_mut(place) else { return };
        let (key, facts) = (own.key.clone(), own.facts.clone());
        match same {
            Some(true) => {
                self.add(Kind::Tied, &key, [None, facts], format!("with {other}, in the file the same"))
            }
            Some(false) => {
                let detail = format!(
                    "one tensor with {other} in the model, but not the same in the file: the last one loaded stays"
                );
                self.add(Kind::Conflict, &key, [None, facts], detail);
            }
            None => {
                // It gets its numbers by the other key.
                own.is_loaded = true;
                let missing =
                    self.found.iter_mut().find(|known| known.kind == Kind::Missing && known.key == key);
                if let Some(missing) = missing {
                    missing.detail = format!("one tensor with {other}, which is loaded");
                }
            }
        }
    }

    /// What is one tensor in the file and several in the model.
    fn untied(&mut self, tied: &[Vec<usize>]) {
        let is_tied =
            |one: usize, two: usize| tied.iter().any(|group| group.contains(&one) && group.contains(&two));
        for group in groups(self.own.iter().map(|own| own.given.as_ref())) {
            let Some((&first, others)) = group.split_first() else { continue };
            for &place in others.iter().filter(|&&place| !is_tied(first, place)) {
                let Some((other, own)) = self.own.get(first).zip(self.own.get(place)) else { continue };
                let (key, facts) = (own.key.clone(), own.facts.clone());
                let detail = format!("one tensor with {} in the file, two in the model", other.key);
                self.add(Kind::Untied, &key, [facts.clone(), facts], detail);
            }
        }
    }

    /// Modules that the file has in another version.
    fn versions(&mut self) -> Result<()> {
        let [Some(given), Some(own)] = &self.versions else { return Ok(()) };
        let mut other: Vec<(String, i64, i64)> = own
            .iter()
            .filter_map(|(module, version)| Some((module.clone(), *given.get(module)?, *version)))
            .filter(|(_, given, own)| given != own)
            .collect();
        other.sort();
        for (module, given, own) in other {
            self.add(
                Kind::Version,
                &module,
                [None, None],
                format!("version {given} in the file, {own} in the model"),
            );
        }
        Ok(())
    }

    fn report(mut self, hooks: usize) -> Findings {
        self.found.sort_by_key(|finding| finding.kind);
        let of = |kind: Kind| self.found.iter().filter(|finding| finding.kind == kind).count();
        let count = |kind| Cell::Count(of(kind) as u64);
        let (mut loaded, mut numbers, mut bytes, mut all, mut whole) = (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
        for own in &self.own {
            let (elements, size) = own.facts.as_ref().map_or((0, 0), |facts| (facts.elements, facts.bytes));
            (all, whole) = (all.saturating_add(elements), whole.saturating_add(size));
            if own.is_loaded {
                loaded += 1;
                (numbers, bytes) = (numbers.saturating_add(elements), bytes.saturating_add(size));
            }
        }
        let share = |part: u64, of: u64| if of == 0 { 100.0 } else { part as f64 / of as f64 * 100.0 };
        let (coverage, of_bytes) = (share(numbers, all), share(bytes, whole));
        let is_bad = self.found.iter().any(|finding| finding.kind.is_bad());
        let facts = vec![
            ("loads", Cell::Flag(!is_bad)),
            ("entries", Cell::Count(self.own.len() as u64)),
            ("loaded", Cell::Count(loaded)),
            ("coverage", Cell::Percent(coverage)),
            ("coverage_of_bytes", Cell::Percent(of_bytes)),
            ("missing", count(Kind::Missing)),
            ("unexpected", count(Kind::Unexpected)),
            ("mismatched", Cell::Count((of(Kind::Shape) + of(Kind::NoTensor)) as u64)),
            ("conflicts", count(Kind::Conflict)),
            ("casts", count(Kind::Cast)),
            ("filled_in", count(Kind::FilledIn)),
            ("metadata", Cell::Flag(self.versions.first().is_some_and(Option::is_some))),
            ("hooks", Cell::Count(hooks as u64)),
        ];
        let raises = self.found.iter().any(|finding| finding.kind < Kind::Conflict);
        let mut foot = match (raises, is_bad) {
            (true, _) => "would not load as it is".to_owned(),
            (false, true) => "would load, but not all as it is in the file".to_owned(),
            (false, false) => "would load".to_owned(),
        };
        foot.push_str(&format!(
            ": {} of the model's numbers and {} of its bytes, {} of {}",
            percent(coverage),
            percent(of_bytes),
            size::grouped(loaded),
            size::counted(self.own.len(), "entry")
        ));
        for (kind, what) in [
            (Kind::Shape, "of another shape"),
            (Kind::NoTensor, "not to be copied"),
            (Kind::Missing, "missing"),
            (Kind::Unexpected, "unexpected"),
            (Kind::Conflict, "in conflict"),
            (Kind::Cast, "of another dtype"),
            (Kind::FilledIn, "filled in"),
        ] {
            if of(kind) > 0 {
                foot.push_str(&format!(" · {} {what}", size::grouped(of(kind) as u64)));
            }
        }
        if hooks > 0 {
            let modules = size::counted(hooks, "module");
            foot.push_str(&format!(
                " · {modules} with hooks that may change keys while loading; they were not run"
            ));
        }
        Findings {
            verb: "check",
            facts,
            listed: "findings",
            heads: HEADS.to_vec(),
            lines: self.found.iter().map(line).collect(),
            foot,
            is_bad,
            is_brief: false,
            sum: None,
        }
    }
}

const HEADS: &[Head] = &[
    Head::words("key"),
    Head::words("finding"),
    Head::words("file"),
    Head::words("model"),
    Head::words("detail").drops(1),
];

fn line(finding: &Finding) -> Vec<Cell> {
    let [given, own] = finding.sides.each_ref().map(|side| match side {
        Some(facts) => Cell::Tensor(facts.dtype.clone(), facts.shape.clone()),
        None => Cell::None,
    });
    let detail = if finding.detail.is_empty() { Cell::None } else { Cell::text(&finding.detail) };
    vec![Cell::text(&finding.key), Cell::text(finding.kind.name()), given, own, detail]
}

/// The places of records that are one tensor, two at least.
fn groups<'r>(records: impl Iterator<Item = Option<&'r TensorRecord>>) -> Vec<Vec<usize>> {
    type Same = (*const Storage, i64, Vec<i64>, Vec<i64>);
    let mut groups: HashMap<Same, Vec<usize>> = HashMap::new();
    for (place, record) in records.enumerate() {
        let Some((record, view)) = record.and_then(|record| Some((record, record.view()?))) else { continue };
        if record.numel() != Some(0) {
            let same = (Rc::as_ptr(&view.storage), view.offset, record.shape.clone(), view.stride.clone());
            groups.entry(same).or_default().push(place);
        }
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    groups
}

/// The versions of modules that a state_dict's `_metadata` tells.
fn versions_of(dict: &Dict) -> Option<HashMap<String, i64>> {
    let metadata =
        dict.has_attributes().then(|| dict.attributes().get_name("_metadata")).flatten()?.as_dict()?;
    let version = |(module, about): (Value, Value)| {
        let module = module.as_str()?.as_str().to_owned();
        Some((module, about.as_dict()?.get_name("version")?.as_int()?))
    };
    Some(metadata.entries().into_iter().filter_map(version).collect())
}
