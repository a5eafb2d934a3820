//! The keys of a state_dict as modules in their places.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::vocabulary::{self, Named, WRAPPERS};
use torchsh_language::value::report::Row;

/// A module that has tensors of its own.
#[derive(Debug, Default)]
pub struct Unit {
    /// The components of its path in small letters, without those of wrappers.
    pub path: Vec<String>,
    /// Its tensors: what each is to the module, and the row.
    pub tensors: Vec<(String, usize)>,
    /// The roles and shapes of its tensors; counters do not count.
    pub form: Vec<(String, Vec<i64>)>,
    /// Whether it is a tensor without a module around it: `cls_token`.
    pub is_parameter: bool,
    /// The words of its path.
    pub words: Vec<String>,
    /// What it is, where its name says so.
    pub meaning: Option<&'static str>,
    /// Whether another of that meaning is the same thing.
    pub is_telling: bool,
    /// The layers it is in.
    pub layers: Place,
    /// As `layers`, and which of modules numbered alike it is.
    pub place: Place,
    /// The path of the innermost layer it is in; empty outside of layers.
    pub layer: String,
    /// The number of its components.
    layer_depth: usize,
    /// The path of that layer, `#` for each number of a layer.
    layer_template: String,
    /// Its path, `#` for each number of its layers.
    pub template: String,
    /// Its path, `#` for each number of its place.
    pub wide_template: String,
}

/// For each number of a path: which of how many.
pub type Place = Vec<(u64, u64)>;

/// One side of a match.
pub struct Side<'a> {
    /// The entries.
    pub rows: &'a [Row],
    /// The modules in order of appearance.
    pub units: Vec<Unit>,
    /// For each row its unit and role; none for what is no tensor.
    pub of_row: Vec<Option<(usize, String)>>,
}

impl<'a> Side<'a> {
    /// The modules that entries are of.
    pub fn of(rows: &'a [Row]) -> Self {
        let mut side = Side { rows, units: Vec::new(), of_row: Vec::with_capacity(rows.len()) };
        side.divide();
        let series = Series::of(&side.units);
        for unit in &mut side.units {
            series.place(unit);
        }
        side.give_meanings();
        side
    }

    /// Gives each tensor to its module.
    fn divide(&mut self) {
        let is_flat = !self.rows.iter().any(|row| row.key.contains(['.', '/']));
        let split: Vec<Vec<&str>> = self.rows.iter().map(|row| components(&row.key, is_flat)).collect();
        let paths: Vec<String> = split.iter().map(|components| lower(components)).collect();
        let known: HashSet<&str> = paths.iter().map(String::as_str).collect();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (at, (row, components)) in self.rows.iter().zip(&split).enumerate() {
            let Some(facts) = row.facts() else {
                self.of_row.push(None);
                continue;
            };
            let parent = components.split_last().map_or(String::new(), |(_, parent)| lower(parent));
            let beside = |name: &str| known.contains(format!("{parent}.{name}").as_str());
            let words = components.iter().take(components.len() - 1).map(|name| (*name).to_owned());
            let last = components.last().map(|last| last.to_lowercase());
            let Named { path, role, is_parameter } =
                vocabulary::path_and_role(words.chain(last).collect(), &beside);
            let place = *places.entry(path.join(".").to_lowercase()).or_insert_with(|| {
                let words = path.iter().flat_map(|name| vocabulary::words(name)).collect();
                let path = path.iter().map(|name| name.to_lowercase()).collect();
                self.units.push(Unit { path, words, is_parameter, ..Unit::default() });
                self.units.len() - 1
            });
            if let Some(unit) = self.units.get_mut(place) {
                unit.tensors.push((role.clone(), at));
                if role != "num_batches_tracked" {
                    unit.form.push((role.clone(), facts.shape.clone()));
                    unit.form.sort();
                }
            }
            self.of_row.push(Some((place, role)));
        }
    }

    fn give_meanings(&mut self) {
        let has_third = self.units.iter().any(|unit| unit.path.last().is_some_and(|last| last == "w3"));
        let mut tops: HashMap<String, usize> = HashMap::new();
        let mut norms: HashMap<String, HashSet<String>> = HashMap::new();
        for unit in &self.units {
            *tops.entry(unit.path.first().cloned().unwrap_or_default()).or_default() += 1;
            if unit.is_norm() {
                norms.entry(unit.layer_template.clone()).or_default().insert(unit.template.clone());
            }
        }
        for unit in &mut self.units {
            let meaning = vocabulary::meaning(&unit.path, &unit.words, unit.layers.is_empty());
            unit.meaning = meaning.or_else(|| unit.numbered_meaning(has_third));
            let of_top = unit.path.first().and_then(|top| tops.get(top)).copied().unwrap_or(0);
            unit.is_telling = unit.meaning.is_some_and(|meaning| match meaning {
                // Of three norms the second may stand elsewhere.
                "first norm" | "second norm" => {
                    norms.get(&unit.layer_template).is_some_and(|names| names.len() == 2)
                }
                "last norm" => unit.is_norm(),
                "head" => unit.path.last().is_some_and(|last| last != "1") || of_top == 1,
                _ => true,
            });
        }
        let is_top = |unit: &Unit| unit.layers.is_empty();
        let first =
            self.only(|unit| is_top(unit) && matches!(unit.shape_of("weight"), Some([_, 1 | 3, _, _])));
        let first_norm = self.only(|unit| is_top(unit) && unit.shape_of("running_mean").is_some());
        for (at, meaning) in [(first, "first convolution"), (first_norm, "first batch norm")] {
            if let Some(unit) = at.and_then(|at| self.units.get_mut(at)) {
                (unit.meaning, unit.is_telling) = (Some(meaning), true);
            }
        }
    }

    /// The unit of which a thing is true, if it is true of one only.
    fn only(&self, is_it: impl Fn(&Unit) -> bool) -> Option<usize> {
        let mut found = self.units.iter().enumerate().filter(|(_, unit)| is_it(unit));
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }
}

impl Unit {
    /// The shape of the tensor of a role.
    pub fn shape_of(&self, role: &str) -> Option<&[i64]> {
        self.form.iter().find(|(known, _)| known == role).map(|(_, shape)| shape.as_slice())
    }

    /// Whether it looks like a normalization: a name of one, and weights for the channels alone.
    fn is_norm(&self) -> bool {
        let has_name = self.path.last().is_some_and(|name| vocabulary::has_norm(name));
        has_name && self.shape_of("weight").is_some_and(|shape| shape.len() == 1)
    }

    fn numbered_meaning(&self, has_third: bool) -> Option<&'static str> {
        let last = self.path.last().filter(|_| !self.layers.is_empty())?;
        vocabulary::numbered_meaning(last, has_third)
    }

    /// Whether both have a number at the end of their names, and not the same.
    pub fn is_numbered_otherwise(&self, other: &Unit) -> bool {
        let number = |unit: &Unit| unit.path.last().and_then(|name| numbered(name)).map(|(_, number)| number);
        matches!((number(self), number(other)), (Some(own), Some(theirs)) if own != theirs)
    }

    /// The layer that it is in; outside of layers the module, unless that is the whole.
    pub fn surroundings(&self) -> Option<(bool, &[String])> {
        let parent = self.path.split_last().map_or([].as_slice(), |(_, parent)| parent);
        match self.layer_depth {
            0 => (!parent.is_empty()).then_some((false, parent)),
            depth => Some((true, self.path.get(..depth)?)),
        }
    }

    /// Whether the names say that it is another than that one.
    pub fn contradicts(&self, other: &Unit) -> bool {
        let differ = matches!((self.meaning, other.meaning), (Some(own), Some(theirs)) if own != theirs);
        differ || self.may_be_turned(other) || vocabulary::contradict(&self.words, &other.words)
    }

    /// Whether one is a square matrix of its own and the other that of a layer, which may have it transposed.
    fn may_be_turned(&self, other: &Unit) -> bool {
        let is_square = matches!(self.shape_of("weight"), Some([a, b]) if a == b);
        is_square && self.is_parameter != other.is_parameter && self.meaning.is_none()
    }
}

/// Roles that have separators in them.
const FLAT_ROLES: &[&str] = &["running_mean", "running_var", "num_batches_tracked"];

/// The components of a key without those of wrappers; of keys that have no full stop the parts between underscores.
fn components(key: &str, is_flat: bool) -> Vec<&str> {
    let separators: &[char] = if is_flat { &['_'] } else { &['.', '/'] };
    let role = FLAT_ROLES.iter().find_map(|role| Some((key.strip_suffix(role)?.strip_suffix('_')?, *role)));
    let (key, role) = role.filter(|_| is_flat).map_or((key, None), |(key, role)| (key, Some(role)));
    let all: Vec<&str> = key.split(separators).filter(|part| !part.is_empty()).chain(role).collect();
    let (last, parents) = all.split_last().map_or(("", [].as_slice()), |(last, parents)| (*last, parents));
    let mut kept: Vec<&str> = parents.iter().copied().filter(|name| !WRAPPERS.contains(name)).collect();
    kept.push(last);
    kept
}

fn lower(components: &[&str]) -> String {
    components.join(".").to_lowercase()
}

/// A component without the number that it ends with, and the number: `layer1`, `0`, `encoder_layer_3`.
fn numbered(component: &str) -> Option<(&str, u64)> {
    let stem = component.trim_end_matches(|c: char| c.is_ascii_digit());
    Some((stem, component.get(stem.len()..)?.parse().ok()?))
}

/// Numbers that stand at one place of a path, before one and the same text. Modules right at that place are compared
/// with those that have the same tensors: a `Sequential` numbers convolutions and norms together.
type SeriesKey = (String, String, String);

/// All series of a side, each with its numbers in order.
struct Series(HashMap<SeriesKey, Vec<u64>>);

impl Series {
    fn of(units: &[Unit]) -> Self {
        let mut numbers: HashMap<SeriesKey, BTreeMap<u64, ()>> = HashMap::new();
        for unit in units {
            for (key, number) in steps(unit).into_iter().flatten() {
                numbers.entry(key).or_default().insert(number, ());
            }
        }
        Series(numbers.into_iter().map(|(key, numbers)| (key, numbers.into_keys().collect())).collect())
    }

    /// Says where a unit is.
    fn place(&self, unit: &mut Unit) {
        let (mut template, mut wide) = (Vec::new(), Vec::new());
        let last = unit.path.len().saturating_sub(1);
        for (at, step) in steps(unit).into_iter().enumerate() {
            let name = unit.path.get(at).cloned().unwrap_or_default();
            let numbers =
                step.as_ref().and_then(|(key, _)| self.0.get(key)).filter(|numbers| numbers.len() > 1);
            let (Some(numbers), Some(((_, stem, _), number))) = (numbers, &step) else {
                template.push(name.clone());
                wide.push(name);
                continue;
            };
            // A file may lack a layer; what stands between numbered modules has numbers of its own.
            let (first, end) = (numbers.first().copied().unwrap_or(0), numbers.last().copied().unwrap_or(0));
            let place = match at < last {
                true => (number - first, end - first),
                false => (numbers.partition_point(|other| other < number) as u64, numbers.len() as u64 - 1),
            };
            unit.place.push(place);
            wide.push(format!("{stem}#"));
            template.push(if at < last { format!("{stem}#") } else { name });
            if at < last {
                unit.layers.push(place);
                unit.layer = unit.path.get(..=at).unwrap_or_default().join(".");
                unit.layer_depth = at + 1;
                unit.layer_template = template.join(".");
            }
        }
        unit.template = template.join(".");
        unit.wide_template = wide.join(".");
    }
}

/// For each component of a unit's path the series that its number is of, and the number.
fn steps(unit: &Unit) -> Vec<Option<(SeriesKey, u64)>> {
    let last = unit.path.len().saturating_sub(1);
    let roles = || unit.form.iter().map(|(role, _)| role.as_str()).collect::<Vec<_>>().join(" ");
    let step = |(at, name): (usize, &String)| {
        let (stem, number) = numbered(name)?;
        let kind = if at == last { roles() } else { String::new() };
        Some(((unit.path.get(..at)?.join("."), stem.to_owned(), kind), number))
    };
    unit.path.iter().enumerate().map(step).collect()
}
