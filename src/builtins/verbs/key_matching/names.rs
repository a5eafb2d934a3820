//! Pairs that names speak for.

use std::collections::{HashMap, HashSet};

use super::units::{Side, Unit};
use super::vocabulary::WRAPPERS;
use super::{How, Pairing};

/// Candidates of one ending that are looked at: of a thousand layers alike, the first ones tell as much as all.
const CANDIDATES: usize = 16;

/// Keys without separators that a beginning must explain to be believed.
const FLAT_RULE: usize = 4;

impl Pairing<'_> {
    /// Pairs tensors under the same key.
    pub(super) fn same_keys(&mut self) {
        let keys: HashMap<&str, usize> =
            (0..self.theirs.rows.len()).map(|row| (self.theirs.key(row), row)).collect();
        for row in 0..self.own.rows.len() {
            if let Some(&place) = keys.get(self.own.key(row)).filter(|&&place| self.fits(row, place)) {
                self.pair(row, place, How::Same);
                self.join_of(row, place);
            }
        }
    }

    /// Pairs tensors whose names are the same but for separators, capitals, wrappers and other words for a role.
    pub(super) fn same_spelling(&mut self) {
        for spelling in [Side::letters, Side::spelling] {
            let theirs = self.theirs.by_spelling(spelling);
            for (spelling, row) in self.own.by_spelling(spelling) {
                let place = theirs.get(&spelling).copied().flatten();
                if let (Some(row), Some(place)) = (row, place)
                    && self.fits(row, place)
                {
                    self.pair(row, place, named(self.own.key(row), self.theirs.key(place)));
                    self.join_of(row, place);
                }
            }
        }
    }

    fn join_of(&mut self, row: usize, place: usize) {
        let of = |side: &Side<'_>, row: usize| side.of_row.get(row)?.as_ref().map(|(unit, _)| *unit);
        if let (Some(own), Some(theirs)) = (of(self.own, row), of(self.theirs, place)) {
            self.join(own, theirs);
        }
    }

    /// Pairs modules whose paths differ by what they begin with, as those of others do. Those that other changes explain
    /// as well are paired only if `guesses`, otherwise set aside. Whether any were paired.
    pub(super) fn follow_rules(&mut self, guesses: bool) -> bool {
        let rules = Rules::of(self);
        let mut done = false;
        for (rule, own, theirs, is_contested) in rules.pairs() {
            if is_contested && !guesses {
                self.set_aside(own, theirs);
                continue;
            }
            let how = |own: &str, theirs: &str| if guesses { How::Several } else { named(own, theirs) };
            if self.pair_units(own, theirs, &how) {
                done = true;
                let rule = (rule.own.clone(), rule.theirs.clone());
                if !self.rules.contains(&rule) {
                    self.rules.push(rule);
                }
            }
        }
        done
    }

    /// Pairs keys that lost their separators and have something else before them, as `model_ema.` of the weights that a
    /// moving average keeps.
    pub(super) fn follow_flat_rule(&mut self) {
        for is_own_flat in [true, false] {
            let (flat, whole) = if is_own_flat { (self.own, self.theirs) } else { (self.theirs, self.own) };
            let is_free = |row: usize| if is_own_flat { self.is_free(row) } else { self.is_left(row) };
            let is_other_free = |row: usize| if is_own_flat { self.is_left(row) } else { self.is_free(row) };
            let pairs = flat_pairs(flat, whole, &is_free, &is_other_free);
            for (row, place) in pairs {
                let (row, place) = if is_own_flat { (row, place) } else { (place, row) };
                if self.fits(row, place) {
                    self.pair(row, place, How::Spelling);
                    self.join_of(row, place);
                }
            }
        }
    }

    /// Pairs what names or a paired module speak for, whatever the shapes.
    pub(super) fn other_shapes(&mut self) {
        let keys: HashMap<&str, usize> =
            (0..self.theirs.rows.len()).map(|row| (self.theirs.key(row), row)).collect();
        let spellings = self.theirs.by_spelling(Side::spelling);
        let by_path: HashMap<String, usize> =
            self.theirs.units.iter().enumerate().map(|(at, unit)| (unit.path.join("."), at)).collect();
        let tops = self.meanings_of_top();
        for row in 0..self.own.rows.len() {
            let Some((at, role)) = self.own.of_row.get(row).and_then(Option::as_ref) else { continue };
            let Some(unit) = self.own.units.get(*at).filter(|_| self.is_free(row)) else { continue };
            let path = unit.path.join(".");
            let by_rule = self.rules.iter().find_map(|(own, theirs)| {
                let rest = after(&path, own)?;
                by_path.get(joined(theirs, rest).as_str())
            });
            let by_meaning =
                unit.meaning.filter(|_| unit.layers.is_empty()).and_then(|meaning| tops.get(meaning));
            let of_unit = self.units.get(*at).copied().flatten();
            let in_unit = |unit: usize| self.theirs.tensor(unit, role);
            let same = keys.get(self.own.key(row)).copied();
            let spelled = || spellings.get(&self.own.spelling(row)).copied().flatten();
            let place = same
                .or_else(spelled)
                .or_else(|| of_unit.and_then(in_unit))
                .or_else(|| by_rule.copied().and_then(in_unit))
                .or_else(|| by_meaning.copied().and_then(in_unit));
            let shape = place.filter(|&place| self.is_left(place)).and_then(|place| self.theirs.shape(place));
            let (Some(place), Some(shape)) = (place, shape) else { continue };
            if self.own.shape(row) != Some(shape) {
                self.pair(row, place, How::Shape(shape.to_vec()));
            } else if by_meaning.copied().and_then(in_unit) == Some(place) {
                // The bias of a head whose weight is of another shape.
                self.pair(row, place, How::Words);
            }
        }
    }

    /// Their modules outside of layers by what they are, where one alone of either side is that.
    fn meanings_of_top(&self) -> HashMap<&'static str, usize> {
        let count = |side: &Side<'_>| {
            let mut found: HashMap<&'static str, Vec<usize>> = HashMap::new();
            for (at, unit) in side.units.iter().enumerate().filter(|(_, unit)| unit.layers.is_empty()) {
                if let Some(meaning) = unit.meaning {
                    found.entry(meaning).or_default().push(at);
                }
            }
            found
        };
        let (own, theirs) = (count(self.own), count(self.theirs));
        let is_one = |meaning: &&'static str| own.get(meaning).is_some_and(|units| units.len() == 1);
        let one = theirs.into_iter().filter(|(meaning, _)| is_one(meaning));
        one.filter_map(|(meaning, units)| Some((meaning, *units.first().filter(|_| units.len() == 1)?)))
            .collect()
    }
}

/// What two keys that name the same thing differ by.
pub(super) fn named(own: &str, theirs: &str) -> How {
    if own == theirs {
        return How::Same;
    }
    let ends = std::iter::once(0).chain(own.match_indices(['.', '/']).map(|(at, _)| at + 1));
    let rest = ends.filter_map(|at| own.get(at..)).find_map(|end| Some((end, theirs.strip_suffix(end)?)));
    if let Some((end, before)) = rest.filter(|(end, before)| {
        let is_whole = before.is_empty() || before.ends_with(['.', '/']);
        is_whole && (end.contains(['.', '/']) || before.is_empty() || end.len() == own.len())
    }) {
        let own = own.strip_suffix(end).unwrap_or_default();
        return How::Beginning { own: own.to_owned(), theirs: before.to_owned() };
    }
    if letters(own).eq(letters(theirs)) { How::Spelling } else { How::Words }
}

/// What follows a beginning of whole components.
fn after<'a>(path: &'a str, beginning: &str) -> Option<&'a str> {
    match beginning.is_empty() {
        true => Some(path),
        false => path.strip_prefix(beginning)?.strip_prefix('.'),
    }
}

fn joined(beginning: &str, rest: &str) -> String {
    if beginning.is_empty() { rest.to_owned() } else { format!("{beginning}.{rest}") }
}

/// A change of beginnings and the modules that would follow it.
struct Rule {
    own: String,
    theirs: String,
    /// Modules of either side, and whether more than numbers is common to them.
    followers: Vec<(usize, usize, bool)>,
}

impl Rule {
    /// Whether it explains enough to be believed.
    fn is_sound(&self) -> bool {
        let named = self.followers.iter().filter(|(_, _, is_named)| *is_named).count();
        let one_sided = self.own.is_empty() || self.theirs.is_empty();
        match (one_sided, numbers(&self.own) == numbers(&self.theirs)) {
            (true, true) => named > 0 || self.followers.len() > 1,
            (true, false) => named > 2,
            (false, same) => same && named > 1,
        }
    }
}

/// The numbers of a path.
fn numbers(path: &str) -> Vec<&str> {
    path.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

/// The changes of beginnings that explain modules without counterparts.
struct Rules(Vec<Rule>);

impl Rules {
    fn of(pairing: &Pairing<'_>) -> Self {
        let own: Vec<(usize, &Unit)> = pairing.free_units().collect();
        let theirs: Vec<(usize, &Unit)> = pairing.left_units().collect();
        let (by_own, by_theirs) = (endings(&own), endings(&theirs));
        let mut rules: Vec<Rule> = Vec::new();
        let mut places: HashMap<(String, String), usize> = HashMap::new();
        let mut backs: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, unit) in &own {
            for (common, other) in candidates(unit, &by_theirs, &|other| fit(unit, other)) {
                let back = backs.entry(other.0).or_insert_with(|| {
                    let back = candidates(other.1, &by_own, &|back| fit(back, other.1));
                    back.into_iter().map(|(_, (own, _))| own).collect()
                });
                if !back.contains(at) {
                    continue;
                }
                let before =
                    |unit: &Unit| unit.path.get(..unit.path.len() - common).unwrap_or_default().join(".");
                let end = unit.path.get(unit.path.len() - common..).unwrap_or_default();
                let is_named = end.iter().any(|name| name.contains(|c: char| c.is_alphabetic()));
                let (before_own, before_theirs) = (before(unit), before(other.1));
                let place = *places.entry((before_own.clone(), before_theirs.clone())).or_insert(rules.len());
                if place == rules.len() {
                    rules.push(Rule { own: before_own, theirs: before_theirs, followers: Vec::new() });
                }
                if let Some(rule) = rules.get_mut(place) {
                    rule.followers.push((*at, other.0, is_named));
                }
            }
        }
        rules.retain(Rule::is_sound);
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.followers.len()));
        Rules(rules)
    }

    /// Which of them are contested: another explains at least half as much, and some of the same modules otherwise.
    fn contested(&self) -> Vec<bool> {
        let mut of_unit: HashMap<(bool, usize), Vec<usize>> = HashMap::new();
        for (at, rule) in self.0.iter().enumerate() {
            for &(own, theirs, _) in &rule.followers {
                of_unit.entry((true, own)).or_default().push(at);
                of_unit.entry((false, theirs)).or_default().push(at);
            }
        }
        let mut shared: HashMap<(usize, usize), usize> = HashMap::new();
        for rules in of_unit.values() {
            for (i, &one) in rules.iter().enumerate() {
                for &other in rules.iter().skip(i + 1) {
                    *shared.entry((one.min(other), one.max(other))).or_default() += 1;
                }
            }
        }
        let count = |at: usize| self.0.get(at).map_or(0, |rule| rule.followers.len());
        let mut contested = vec![false; self.0.len()];
        for ((one, other), shared) in shared {
            for (at, by) in [(one, other), (other, one)] {
                if count(by) * 2 >= count(at) && shared * 4 >= count(at) {
                    contested.get_mut(at).into_iter().for_each(|contested| *contested = true);
                }
            }
        }
        contested
    }

    /// Modules to pair, of each those of the change that explains most, and whether they are contested.
    fn pairs(&self) -> Vec<(&Rule, usize, usize, bool)> {
        let contested = self.contested();
        let mut seen: [HashSet<usize>; 2] = Default::default();
        let mut pairs = Vec::new();
        for (rule, contested) in self.0.iter().zip(contested) {
            for &(own, theirs, _) in &rule.followers {
                let [own_seen, theirs_seen] = &mut seen;
                if !own_seen.contains(&own) && !theirs_seen.contains(&theirs) {
                    pairs.push((rule, own, theirs, contested));
                    own_seen.insert(own);
                    theirs_seen.insert(theirs);
                }
            }
        }
        pairs
    }
}

/// Whether modules of these names could be one: a tensor of the same role and shape, and no word against it.
fn fit(own: &Unit, theirs: &Unit) -> bool {
    own.form.iter().any(|tensor| theirs.form.contains(tensor)) && !own.contradicts(theirs)
}

type Endings<'a> = HashMap<String, Vec<(usize, &'a Unit)>>;

/// Modules by every ending of their paths.
fn endings<'a>(units: &[(usize, &'a Unit)]) -> Endings<'a> {
    let mut endings: Endings<'a> = HashMap::new();
    for (at, unit) in units {
        for start in 0..unit.path.len() {
            let ending = unit.path.get(start..).unwrap_or_default().join(".");
            endings.entry(ending).or_default().push((*at, unit));
        }
    }
    endings
}

/// The modules that have the longest ending in common with one, and the number of its components.
fn candidates<'a>(
    unit: &Unit,
    endings: &Endings<'a>,
    fits: &dyn Fn(&Unit) -> bool,
) -> Vec<(usize, (usize, &'a Unit))> {
    for start in 0..unit.path.len() {
        let ending = unit.path.get(start..).unwrap_or_default().join(".");
        let all = endings.get(&ending).into_iter().flatten();
        let fitting: Vec<_> = all.filter(|(_, other)| fits(other)).take(CANDIDATES).collect();
        if !fitting.is_empty() {
            return fitting.into_iter().map(|&other| (unit.path.len() - start, other)).collect();
        }
    }
    Vec::new()
}

/// Pairs of keys that are one without separators but for a beginning that all of them have.
fn flat_pairs(
    flat: &Side<'_>,
    whole: &Side<'_>,
    is_free: &dyn Fn(usize) -> bool,
    is_other_free: &dyn Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    let mut ends: HashMap<String, Option<(usize, usize)>> = HashMap::new();
    for row in (0..whole.rows.len()).filter(|&row| is_other_free(row)) {
        for (end, stops) in whole.ends(row) {
            ends.entry(end).and_modify(|known| *known = None).or_insert(Some((row, stops)));
        }
    }
    let mut rules: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    let free: Vec<usize> = (0..flat.rows.len()).filter(|&row| is_free(row)).collect();
    for &row in &free {
        let letters = flat.letters(row);
        let stops = stops(flat.key(row));
        let starts = (1..letters.len()).filter_map(|at| Some((letters.get(..at)?, letters.get(at..)?)));
        let found =
            starts.filter_map(|(before, end)| Some((before, ends.get(end).copied().flatten()?))).next();
        // What has as many full stops has lost none.
        if let Some((before, (place, _))) = found.filter(|(_, (_, others))| stops < *others) {
            rules.entry(before.to_owned()).or_default().push((row, place));
        }
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.len()));
    let is_alone = rules.get(1).map(Vec::len) < rules.first().map(Vec::len);
    let best = rules.into_iter().next().unwrap_or_default();
    if is_alone && best.len() >= FLAT_RULE && best.len() * 2 >= free.len() { best } else { Vec::new() }
}

/// The full stops of a key.
fn stops(key: &str) -> usize {
    key.matches(['.', '/']).count()
}

impl<'a> Side<'a> {
    /// The key of a row.
    pub fn key(&self, row: usize) -> &'a str {
        self.rows.get(row).map_or("", |row| &row.key)
    }

    /// The shape of a row's tensor.
    pub fn shape(&self, row: usize) -> Option<&'a [i64]> {
        Some(&self.rows.get(row)?.facts()?.shape)
    }

    /// The row of a module's tensor.
    pub fn tensor(&self, unit: usize, role: &str) -> Option<usize> {
        self.units.get(unit)?.tensors.iter().find(|(known, _)| known == role).map(|(_, row)| *row)
    }

    /// A row's key without separators.
    fn letters(&self, row: usize) -> String {
        let parts = self.key(row).split(['.', '/']).filter(|part| !WRAPPERS.contains(part));
        parts.flat_map(letters).collect()
    }

    /// A row's name without separators, in the words that are used for a role here.
    fn spelling(&self, row: usize) -> String {
        let Some((unit, role)) = self.of_row.get(row).and_then(Option::as_ref) else { return String::new() };
        let Some(unit) = self.units.get(*unit) else { return String::new() };
        let role = if unit.is_parameter { "" } else { role };
        unit.path.iter().map(String::as_str).chain([role]).flat_map(letters).collect()
    }

    /// What follows each full stop of a row's key, without separators, and the full stops in it.
    fn ends(&self, row: usize) -> Vec<(String, usize)> {
        let key = self.key(row);
        let starts = std::iter::once(0).chain(key.match_indices(['.', '/']).map(|(at, _)| at + 1));
        let ends = starts.filter_map(|at| key.get(at..)).filter(|end| stops(end) > 0);
        ends.map(|end| (letters(end).collect(), stops(end))).collect()
    }

    /// The rows by their spelling; none where two have the same.
    fn by_spelling(&self, spelling: fn(&Self, usize) -> String) -> HashMap<String, Option<usize>> {
        let mut rows: HashMap<String, Option<usize>> = HashMap::new();
        for row in (0..self.rows.len()).filter(|&row| self.of_row.get(row).is_some_and(Option::is_some)) {
            rows.entry(spelling(self, row)).and_modify(|known| *known = None).or_insert(Some(row));
        }
        rows
    }
}

/// The letters and digits of a text, the letters small.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}
