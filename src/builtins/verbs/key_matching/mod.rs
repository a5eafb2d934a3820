//! Which key of one state_dict belongs to which of another: by name first, then by place and shape.
//!
//! A pair is sure where the names say it (the same key, one with another beginning or other separators, another library's
//! word for the same thing) or where nothing else can be in that place: it is the one tensor of this shape in a layer whose
//! other tensors are paired. What only the order or a lone shape speaks for is doubtful. Names that exclude each other
//! (query and key, encoder and decoder) are never paired.

mod names;
mod places;
mod units;
mod vocabulary;

use self::units::{Side, Unit};
use std::collections::HashSet;

use torchsh_language::value::report::{Row, shape_text};

/// How a counterpart was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The key is the same.
    Same,
    /// The key begins with another text.
    Beginning { own: String, theirs: String },
    /// The key is the same but for separators and capitals.
    Spelling,
    /// Another library's words for the same.
    Words,
    /// It is at the same place, and nothing else of this shape is.
    Place,
    /// As in other layers.
    Alike,
    /// Doubtful: several have this name but for what it begins with; the first.
    Several,
    /// Doubtful: the only one of this shape, and the names say nothing.
    Lone,
    /// Doubtful: as many tensors of this shape are left on either side; they go in order.
    Order,
    /// The key is the one that it should be, the shape is this other one.
    Shape(Vec<i64>),
}

impl How {
    /// In a few words.
    pub fn text(&self) -> String {
        match self {
            How::Same => "same key".to_owned(),
            How::Beginning { own, theirs } if theirs.is_empty() => format!("\"{own}\" removed"),
            How::Beginning { own, theirs } if own.is_empty() => format!("\"{theirs}\" put before"),
            How::Beginning { own, theirs } => format!("{own} → {theirs}"),
            How::Spelling => "same but for separators".to_owned(),
            How::Words => "other words for the same".to_owned(),
            How::Place => "same place and shape".to_owned(),
            How::Alike => "as in other layers".to_owned(),
            How::Several => "doubtful: several have this name".to_owned(),
            How::Lone => "doubtful: nothing but the shape".to_owned(),
            How::Order => "doubtful: same shape, in order".to_owned(),
            How::Shape(shape) => format!("{} there", shape_text(shape)),
        }
    }

    /// Whether the pair may be another: `rename` takes it only where it is told to guess.
    pub fn is_doubtful(&self) -> bool {
        matches!(self, How::Several | How::Lone | How::Order)
    }
}

/// Times that places are looked through: what is found in one layer may tell what is what in another.
const ROUNDS: usize = 8;

/// For each row of `own`, the place of its counterpart among `theirs` and how it was found; none is found twice. Only
/// tensors have counterparts; one of another shape is told as such.
pub fn counterparts(own: &[Row], theirs: &[Row]) -> Vec<Option<(usize, How)>> {
    let (own, theirs) = (Side::of(own), Side::of(theirs));
    let mut pairing = Pairing::new(&own, &theirs);
    pairing.same_keys();
    pairing.same_spelling();
    while pairing.follow_rules(false) {}
    pairing.follow_flat_rule();
    for _ in 0..ROUNDS {
        if !pairing.same_places() {
            break;
        }
    }
    pairing.other_shapes();
    pairing.aside = Default::default();
    pairing.follow_rules(true);
    pairing.lone_shapes();
    pairing.in_order();
    pairing.found
}

/// A match in the making.
struct Pairing<'a> {
    own: &'a Side<'a>,
    theirs: &'a Side<'a>,
    found: Vec<Option<(usize, How)>>,
    taken: Vec<bool>,
    /// The module that a module of `own` is paired with, and the other way round.
    units: Vec<Option<usize>>,
    their_units: Vec<Option<usize>>,
    /// Modules of either side that several names fit: nothing but a guess pairs them.
    aside: [HashSet<usize>; 2],
    /// What the paths of `own` begin with, and what those of their counterparts begin with instead.
    rules: Vec<(String, String)>,
}

impl<'a> Pairing<'a> {
    fn new(own: &'a Side<'a>, theirs: &'a Side<'a>) -> Self {
        Pairing {
            own,
            theirs,
            found: vec![None; own.rows.len()],
            taken: vec![false; theirs.rows.len()],
            units: vec![None; own.units.len()],
            their_units: vec![None; theirs.units.len()],
            aside: Default::default(),
            rules: Vec::new(),
        }
    }

    fn is_free(&self, row: usize) -> bool {
        self.found.get(row) == Some(&None) && self.own.shape(row).is_some()
    }

    fn is_left(&self, row: usize) -> bool {
        self.taken.get(row) == Some(&false) && self.theirs.shape(row).is_some()
    }

    /// Modules without a counterpart yet, with their places among all.
    fn free_units(&self) -> impl Iterator<Item = (usize, &'a Unit)> + use<'a, '_> {
        let all = self.own.units.iter().enumerate().zip(&self.units);
        let [aside, _] = &self.aside;
        all.filter(|((at, _), paired)| paired.is_none() && !aside.contains(at)).map(|(unit, _)| unit)
    }

    fn left_units(&self) -> impl Iterator<Item = (usize, &'a Unit)> + use<'a, '_> {
        let all = self.theirs.units.iter().enumerate().zip(&self.their_units);
        let [_, aside] = &self.aside;
        all.filter(|((at, _), paired)| paired.is_none() && !aside.contains(at)).map(|(unit, _)| unit)
    }

    fn set_aside(&mut self, own: usize, theirs: usize) {
        for (aside, unit) in self.aside.iter_mut().zip([own, theirs]) {
            aside.insert(unit);
        }
    }

    fn pair(&mut self, row: usize, place: usize, how: How) {
        if let (Some(found), Some(taken)) = (self.found.get_mut(row), self.taken.get_mut(place)) {
            *found = Some((place, how));
            *taken = true;
        }
    }

    /// Notes that modules belong together.
    fn join(&mut self, own: usize, theirs: usize) {
        if let (Some(a), Some(b)) = (self.units.get_mut(own), self.their_units.get_mut(theirs))
            && a.is_none()
            && b.is_none()
        {
            (*a, *b) = (Some(theirs), Some(own));
        }
    }

    /// Pairs the tensors of two modules that are free, of the same roles and shapes. Whether there were any.
    fn pair_units(&mut self, own: usize, theirs: usize, how: &dyn Fn(&str, &str) -> How) -> bool {
        let (Some(a), Some(b)) = (self.own.units.get(own), self.theirs.units.get(theirs)) else {
            return false;
        };
        let mut any = false;
        for (role, row) in &a.tensors {
            let place = b.tensors.iter().find(|(other, _)| other == role).map(|(_, place)| *place);
            let Some(place) = place.filter(|&place| self.fits(*row, place)) else { continue };
            let how = how(self.own.key(*row), self.theirs.key(place));
            self.pair(*row, place, how);
            any = true;
        }
        if any {
            self.join(own, theirs);
        }
        any
    }

    /// Whether both tensors are free and of one shape.
    fn fits(&self, row: usize, place: usize) -> bool {
        self.is_free(row) && self.is_left(place) && self.own.shape(row) == self.theirs.shape(place)
    }
}

#[cfg(test)]
mod tests;
