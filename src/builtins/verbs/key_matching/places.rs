//! Pairs that places and shapes speak for: the same layer, the same meaning, nothing else of that shape there.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::units::Unit;
use super::{How, Pairing};

/// Tensors of one module that many modules have: weight, bias, and what a batch norm keeps.
const TENSORS_OF_ANY: usize = 4;

/// Modules with their places among all.
type Group<'a> = Vec<(usize, &'a Unit)>;

/// Modules of one place and shape that are told apart by their names; of more than these nothing is said.
const ALIKE: usize = 16;

impl<'a> Pairing<'a> {
    /// Pairs modules in the same places that are the only ones to be there. Whether there were any.
    pub(super) fn same_places(&mut self) -> bool {
        let meant = self.only_ones(|unit| {
            unit.meaning.filter(|_| unit.is_telling).map(|meaning| (&unit.layers, meaning, &unit.form))
        });
        let mut done = self.pair_all(&meant, &How::Words);
        let placed = self.only_ones(|unit| (!unit.place.is_empty()).then_some((&unit.place, &unit.form)));
        let placed = self.in_all_layers(placed, |unit| &unit.wide_template);
        done |= self.pair_all(&placed, &How::Place);
        done |= self.as_in_other_layers();
        let left = self.only_ones(|unit| Some((&unit.layers, &unit.form)));
        let left = self.in_all_layers(self.in_known_places(left), |unit| &unit.template);
        done | self.pair_all(&left, &How::Place)
    }

    /// Of pairs those that go together in every layer: as many as there are modules of either name, and none of them is
    /// paired with another.
    fn in_all_layers(&self, pairs: Vec<(usize, usize)>, name: fn(&Unit) -> &String) -> Vec<(usize, usize)> {
        let names = |(own, theirs): (usize, usize)| {
            Some((name(self.own.units.get(own)?).as_str(), name(self.theirs.units.get(theirs)?).as_str()))
        };
        let paired = self.units.iter().enumerate().filter_map(|(own, theirs)| Some((own, (*theirs)?)));
        let together =
            grouped(paired.chain(pairs.iter().copied()).filter_map(|pair| Some((names(pair)?, ()))));
        let all_own = grouped(self.own.units.iter().map(|unit| (name(unit).as_str(), ())));
        let all_theirs = grouped(self.theirs.units.iter().map(|unit| (name(unit).as_str(), ())));
        let is_always = |pair: &(usize, usize)| {
            names(*pair).is_some_and(|(own, theirs)| {
                let times = together.get(&(own, theirs)).map_or(0, Vec::len);
                [all_own.get(own), all_theirs.get(theirs)]
                    .into_iter()
                    .all(|all| all.map_or(0, Vec::len) == times)
            })
        };
        pairs.into_iter().filter(is_always).collect()
    }

    fn pair_all(&mut self, pairs: &[(usize, usize)], how: &How) -> bool {
        let layers = self.layers();
        let mut done = false;
        for &(own, theirs) in pairs {
            if self.is_in_line((own, theirs), &layers) {
                done |= self.pair_units(own, theirs, &|_, _| how.clone());
            }
        }
        done
    }

    /// The layers of `own` by their paths, each with the paths of the layers that its modules are paired with.
    fn layers(&self) -> HashMap<&'a str, Vec<&'a str>> {
        let mut layers: HashMap<&str, Vec<&str>> = HashMap::new();
        let pairs = self.own.units.iter().zip(&self.units);
        for (unit, other) in pairs.filter_map(|(unit, other)| Some((unit, self.theirs.units.get((*other)?)?)))
        {
            layers.entry(&unit.layer).or_default().push(&other.layer);
        }
        layers
    }

    /// Whether nothing speaks against a pair: other numbers of the same names, or what is paired in their layers.
    fn is_in_line(&self, (own, theirs): (usize, usize), layers: &HashMap<&str, Vec<&str>>) -> bool {
        let (Some(a), Some(b)) = (self.own.units.get(own), self.theirs.units.get(theirs)) else {
            return false;
        };
        let is_ranked = |unit: &Unit| unit.place.len() > unit.layers.len();
        let is_other = a.wide_template == b.wide_template && a.path != b.path;
        if is_other || a.is_numbered_otherwise(b) && !(is_ranked(a) && is_ranked(b)) {
            return false;
        }
        let known = layers.get(a.layer.as_str()).map(Vec::as_slice).unwrap_or_default();
        a.layer.is_empty() || known.is_empty() || known.contains(&b.layer.as_str())
    }

    /// Free modules that alone have a thing in common, and those that are alone so by their names. They are of one form.
    fn only_ones<K: Hash + Eq>(&self, key: impl Fn(&'a Unit) -> Option<K>) -> Vec<(usize, usize)> {
        let mut groups: HashMap<K, (Group<'_>, Group<'_>)> = HashMap::new();
        for (at, unit) in self.free_units().filter(|(_, unit)| !unit.form.is_empty()) {
            if let Some(key) = key(unit) {
                groups.entry(key).or_default().0.push((at, unit));
            }
        }
        for (at, unit) in self.left_units() {
            if let Some(group) = key(unit).and_then(|key| groups.get_mut(&key)) {
                group.1.push((at, unit));
            }
        }
        let mut pairs: Vec<(usize, usize)> =
            groups.into_values().flat_map(|(own, theirs)| told_apart(&own, &theirs)).collect();
        pairs.sort_unstable();
        pairs
    }

    /// Pairs modules as their like in other layers are paired, where those agree.
    fn as_in_other_layers(&mut self) -> bool {
        let mut learned: [HashMap<&str, Option<&str>>; 2] = Default::default();
        let pairs = self.own.units.iter().zip(&self.units);
        for (unit, other) in pairs.filter_map(|(unit, other)| Some((unit, self.theirs.units.get((*other)?)?)))
        {
            let (own, theirs) = (unit.template.as_str(), other.template.as_str());
            for (learned, (from, to)) in learned.iter_mut().zip([(own, theirs), (theirs, own)]) {
                let known = learned.entry(from).or_insert(Some(to));
                if *known != Some(to) {
                    *known = None;
                }
            }
        }
        let [there, back] = &learned;
        let pairs = self.only_ones(|unit| {
            // What is of `own` is known by the template of its counterpart.
            let of_theirs = back.contains_key(unit.template.as_str());
            let template = match there.get(unit.template.as_str()) {
                Some(template) => (*template)?,
                None if of_theirs => unit.template.as_str(),
                None => return None,
            };
            back.get(template).copied().flatten()?;
            Some((&unit.layers, template, &unit.form))
        });
        self.pair_all(&pairs, &How::Alike)
    }

    /// Of pairs those of which enough is known of where they are: others of their layer are paired, or, outside of layers,
    /// others of the module that they are in.
    fn in_known_places(&self, pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        let known: HashSet<_> = self
            .own
            .units
            .iter()
            .zip(&self.units)
            .filter_map(|(unit, other)| {
                Some((unit.surroundings()?, self.theirs.units.get((*other)?)?.surroundings()?))
            })
            .collect();
        let is_known = |(own, theirs): &(usize, usize)| {
            let (Some(own), Some(theirs)) = (self.own.units.get(*own), self.theirs.units.get(*theirs)) else {
                return false;
            };
            let is_known =
                own.surroundings().zip(theirs.surroundings()).is_some_and(|places| known.contains(&places));
            // So many tensors of one module, as an LSTM has, are a name.
            is_known || own.form.len() > TENSORS_OF_ANY
        };
        pairs.into_iter().filter(is_known).collect()
    }

    /// Pairs the only modules of a form in a layer, or outside of layers, of which nothing more is known.
    pub(super) fn lone_shapes(&mut self) {
        for (own, theirs) in self.only_ones(|unit| Some((&unit.layers, &unit.form))) {
            self.pair_units(own, theirs, &|_, _| How::Lone);
        }
    }

    /// Pairs modules, then tensors, of which as many of one form are left on either side.
    pub(super) fn in_order(&mut self) {
        let own = grouped(self.free_units().map(|(at, unit)| ((&unit.layers, &unit.form), (at, unit))));
        let mut theirs =
            grouped(self.left_units().map(|(at, unit)| ((&unit.layers, &unit.form), (at, unit))));
        for (key, own) in own {
            let theirs = theirs.remove(&key).unwrap_or_default();
            let agree = own.iter().zip(&theirs).all(|((_, a), (_, b))| !a.contradicts(b));
            if agree && own.len() == theirs.len() {
                for ((own, _), (theirs, _)) in own.into_iter().zip(theirs) {
                    self.pair_units(own, theirs, &|_, _| How::Order);
                }
            }
        }
        self.tensors_in_order();
    }

    fn tensors_in_order(&mut self) {
        let own = (0..self.own.rows.len()).filter(|&row| self.is_free(row));
        let own = grouped(own.filter_map(|row| Some((self.own.shape(row)?, row))));
        let theirs = (0..self.theirs.rows.len()).filter(|&row| self.is_left(row));
        let mut theirs = grouped(theirs.filter_map(|row| Some((self.theirs.shape(row)?, row))));
        for (shape, own) in own {
            let theirs = theirs.remove(shape).unwrap_or_default();
            let agree = own.iter().zip(&theirs).all(|(&row, &place)| self.may_be(row, place));
            if agree && own.len() == theirs.len() {
                own.into_iter().zip(theirs).for_each(|(row, place)| self.pair(row, place, How::Order));
            }
        }
    }

    /// Whether no word of two tensors' names speaks against a pair.
    fn may_be(&self, row: usize, place: usize) -> bool {
        let (Some(Some((own, role))), Some(Some((theirs, other)))) =
            (self.own.of_row.get(row), self.theirs.of_row.get(place))
        else {
            return false;
        };
        let units = self.own.units.get(*own).zip(self.theirs.units.get(*theirs));
        role == other && units.is_some_and(|(own, theirs)| !own.contradicts(theirs))
    }
}

fn grouped<K: Hash + Eq, V>(all: impl Iterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in all {
        groups.entry(key).or_default().push(value);
    }
    groups
}

/// Pairs of modules that the names leave no choice about: of as many on either side the only way to pair them all, of
/// others those of which neither has another partner.
fn told_apart(own: &[(usize, &Unit)], theirs: &[(usize, &Unit)]) -> Vec<(usize, usize)> {
    if own.len() > ALIKE || theirs.len() > ALIKE {
        return Vec::new();
    }
    let allowed = |a: usize, b: usize| matches!((own.get(a), theirs.get(b)), (Some((_, a)), Some((_, b))) if !a.contradicts(b));
    let (mut left, mut others) = (Vec::from_iter(0..own.len()), Vec::from_iter(0..theirs.len()));
    let mut forced = Vec::new();
    while let Some((a, b)) = only_choice(&left, &others, &allowed) {
        forced.push((a, b));
        left.retain(|&other| other != a);
        others.retain(|&other| other != b);
    }
    if !left.is_empty() || !others.is_empty() {
        forced.retain(|&(a, b)| {
            let (own, theirs) = (0..own.len(), 0..theirs.len());
            theirs.filter(|&b| allowed(a, b)).count() == 1 && own.filter(|&a| allowed(a, b)).count() == 1
        });
    }
    forced.into_iter().filter_map(|(a, b)| Some((own.get(a)?.0, theirs.get(b)?.0))).collect()
}

/// A pair of which at least one has no other partner.
fn only_choice(
    own: &[usize],
    theirs: &[usize],
    allowed: &dyn Fn(usize, usize) -> bool,
) -> Option<(usize, usize)> {
    let of_own = own.iter().find_map(|&a| Some((a, only_one(theirs, |&b| allowed(a, b))?)));
    of_own.or_else(|| theirs.iter().find_map(|&b| Some((only_one(own, |&a| allowed(a, b))?, b))))
}

fn only_one(all: &[usize], is_it: impl Fn(&usize) -> bool) -> Option<usize> {
    let mut found = all.iter().copied().filter(|one| is_it(one));
    found.next().filter(|_| found.next().is_none())
}
