//! Which key of one state_dict belongs to which of another, by name and shape.

use std::collections::HashMap;

use crate::value::report::{Row, shape_text};

/// How a counterpart was found, the surest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The key is the same.
    Same,
    /// The key begins with another text, as others do.
    Beginning { own: String, theirs: String },
    /// The keys end alike.
    Ending,
    /// As many tensors of this shape are left on either side: they go in order.
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
            How::Ending => "same ending and shape".to_owned(),
            How::Order => "same shape, in order".to_owned(),
            How::Shape(shape) => format!("{} there", shape_text(shape)),
        }
    }
}

/// Keys with one and the same text before them from which on that text is a rule.
const RULE: usize = 2;

/// Candidates of one ending that are looked at: of a thousand layers alike, the first ones tell as much as all.
const CANDIDATES: usize = 16;

/// Times that rules are looked for among what is left.
const ROUNDS: usize = 32;

/// For each row of `own`, the place of its counterpart among `theirs` and how it was found; none is found twice. Only
/// tensors have counterparts; one of another shape is told as such.
pub fn counterparts(own: &[Row], theirs: &[Row]) -> Vec<Option<(usize, How)>> {
    let mut pairing = Pairing::new(own, theirs);
    pairing.same_keys();
    for _ in 0..ROUNDS {
        if !pairing.follow_rules() {
            break;
        }
    }
    pairing.same_endings();
    pairing.other_shapes();
    pairing.in_order();
    pairing.found
}

struct Pairing<'a> {
    own: &'a [Row],
    theirs: &'a [Row],
    by_key: HashMap<&'a str, usize>,
    /// Where among `theirs` an ending with a shape is.
    by_ending: HashMap<(&'a str, &'a [i64]), Vec<usize>>,
    taken: Vec<bool>,
    found: Vec<Option<(usize, How)>>,
    /// What a key of `own` begins with and what its counterpart begins with instead, once for each that differed.
    rules: Vec<(&'a str, &'a str)>,
}

impl<'a> Pairing<'a> {
    fn new(own: &'a [Row], theirs: &'a [Row]) -> Self {
        let by_key = theirs.iter().enumerate().map(|(place, row)| (row.key.as_str(), place)).collect();
        let mut by_ending: HashMap<(&str, &[i64]), Vec<usize>> = HashMap::new();
        for (place, row) in theirs.iter().enumerate() {
            let Some(facts) = row.facts() else { continue };
            for ending in endings(&row.key) {
                by_ending.entry((ending, &facts.shape)).or_default().push(place);
            }
        }
        let (taken, found) = (vec![false; theirs.len()], vec![None; own.len()]);
        Pairing { own, theirs, by_key, by_ending, taken, found, rules: vec![("", "")] }
    }

    /// The rows that have no counterpart yet, with their shapes.
    fn alone(&self) -> impl Iterator<Item = (usize, &'a Row, &'a [i64])> {
        let rows = self.own.iter().zip(&self.found).enumerate();
        rows.filter(|(_, (_, found))| found.is_none())
            .filter_map(|(at, (row, _))| Some((at, row, row.facts()?.shape.as_slice())))
    }

    /// Whether a place is free, and of such a shape.
    fn fits(&self, place: usize, shape: &[i64]) -> bool {
        let same = self.theirs.get(place).and_then(Row::facts).is_some_and(|facts| facts.shape == shape);
        same && self.taken.get(place) == Some(&false)
    }

    fn pair(&mut self, at: usize, place: usize, how: How) {
        if let (Some(found), Some(taken)) = (self.found.get_mut(at), self.taken.get_mut(place)) {
            *found = Some((place, how));
            *taken = true;
        }
    }

    fn same_keys(&mut self) {
        let alone: Vec<_> = self.alone().collect();
        for (at, row, shape) in alone {
            if let Some(&place) = self.by_key.get(row.key.as_str()).filter(|&&place| self.fits(place, shape))
            {
                self.pair(at, place, How::Same);
            }
        }
    }

    /// The free places of the longest ending that a key has in common with any, and that ending.
    fn candidates(&self, row: &'a Row, shape: &'a [i64], most: usize) -> Option<(&'a str, Vec<usize>)> {
        endings(&row.key).find_map(|ending| {
            let places = self.by_ending.get(&(ending, shape))?.iter().copied();
            let free: Vec<usize> = places.filter(|&place| self.fits(place, shape)).take(most).collect();
            (!free.is_empty()).then_some((ending, free))
        })
    }

    /// Pairs keys whose beginnings differ as those of others do, the change that most have in common first. Whether there
    /// were any.
    fn follow_rules(&mut self) -> bool {
        let mut followers: HashMap<(&str, &str), Vec<(usize, usize)>> = HashMap::new();
        let mut rules = Vec::new();
        for (at, row, shape) in self.alone() {
            let Some((ending, free)) = self.candidates(row, shape, CANDIDATES) else { continue };
            for (place, other) in free.iter().filter_map(|&place| Some((place, self.theirs.get(place)?))) {
                let rule = (before(&row.key, ending), before(&other.key, ending));
                let followers = followers.entry(rule).or_default();
                if followers.is_empty() {
                    rules.push(rule);
                }
                followers.push((at, place));
            }
        }
        rules.retain(|rule| followers.get(rule).is_some_and(|keys| keys.len() >= RULE));
        rules.sort_by_key(|rule| std::cmp::Reverse(followers.get(rule).map(Vec::len)));
        for rule in &rules {
            let how = How::Beginning { own: rule.0.to_owned(), theirs: rule.1.to_owned() };
            for &(at, place) in followers.get(rule).into_iter().flatten() {
                if self.found.get(at) == Some(&None) && self.taken.get(place) == Some(&false) {
                    self.pair(at, place, how.clone());
                }
            }
        }
        self.rules.extend(&rules);
        !rules.is_empty()
    }

    fn same_endings(&mut self) {
        let alone: Vec<_> = self.alone().collect();
        for (at, row, shape) in alone {
            let Some((ending, free)) = self.candidates(row, shape, 1) else { continue };
            let first = free.first().and_then(|&place| Some((place, self.theirs.get(place)?)));
            if let Some((place, other)) = first {
                self.pair(at, place, How::Ending);
                self.rules.push((before(&row.key, ending), before(&other.key, ending)));
            }
        }
    }

    /// Pairs keys that are the same, or are by a rule that was followed, whatever their shapes.
    fn other_shapes(&mut self) {
        let alone: Vec<_> = self.alone().collect();
        for (at, row, _) in alone {
            let there = self.rules.iter().find_map(|(own, theirs)| {
                let key = format!("{theirs}{}", row.key.strip_prefix(own)?);
                let place = *self.by_key.get(key.as_str())?;
                let shape = &self.theirs.get(place)?.facts()?.shape;
                self.fits(place, shape).then(|| (place, shape.clone()))
            });
            if let Some((place, shape)) = there {
                self.pair(at, place, How::Shape(shape));
            }
        }
    }

    /// Pairs shapes of which as many are left on either side.
    fn in_order(&mut self) {
        let mut own: HashMap<&[i64], Vec<usize>> = HashMap::new();
        for (at, _, shape) in self.alone() {
            own.entry(shape).or_default().push(at);
        }
        let mut theirs: HashMap<&[i64], Vec<usize>> = HashMap::new();
        for (place, row) in self.theirs.iter().enumerate() {
            if let Some(facts) = row.facts().filter(|facts| self.fits(place, &facts.shape)) {
                theirs.entry(&facts.shape).or_default().push(place);
            }
        }
        for (shape, rows) in own {
            let places = theirs.get(shape).map(Vec::as_slice).unwrap_or_default();
            if places.len() == rows.len() {
                rows.iter().zip(places).for_each(|(&at, &place)| self.pair(at, place, How::Order));
            }
        }
    }
}

/// The whole key and what follows each of its full stops, the longest first.
fn endings(key: &str) -> impl Iterator<Item = &str> {
    let after = key.match_indices('.').filter_map(|(at, _)| key.get(at + 1..));
    std::iter::once(key).chain(after).filter(|ending| !ending.is_empty())
}

fn before<'a>(key: &'a str, ending: &str) -> &'a str {
    key.strip_suffix(ending).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::report::Facts;

    fn rows(keys: &[(&str, i64)]) -> Vec<Row> {
        let facts = |size: i64| Facts {
            shape: vec![size],
            dtype: "float32".into(),
            device: "cpu".into(),
            elements: 1,
            bytes: 4,
        };
        keys.iter().map(|(key, size)| Row::tensor(*key, facts(*size))).collect()
    }

    /// The counterparts' keys and how they were found.
    fn paired(own: &[(&str, i64)], theirs: &[(&str, i64)]) -> Vec<String> {
        let found = counterparts(&rows(own), &rows(theirs));
        let text = |found: Option<(usize, How)>| {
            found.map_or("-".to_owned(), |(place, how)| format!("{}: {}", theirs[place].0, how.text()))
        };
        found.into_iter().map(text).collect()
    }

    #[test]
    fn a_beginning_that_many_keys_have_is_a_rule() {
        let own = [("module.a.w", 3), ("module.b.w", 3), ("module.b.bias", 2)];
        let theirs = [("b.bias", 2), ("b.w", 3), ("a.w", 3)];
        let removed = "\"module.\" removed";
        let wanted = ["a.w", "b.w", "b.bias"].map(|key| format!("{key}: {removed}"));
        assert_eq!(paired(&own, &theirs), wanted);
        let back = paired(&theirs, &own);
        assert_eq!(back[0], "module.b.bias: \"module.\" put before");
    }

    #[test]
    fn layers_alike_keep_their_numbers() {
        let own = [("model.layers.0.w", 4), ("model.layers.1.w", 4), ("model.layers.2.w", 4)];
        let theirs = [("h.2.w", 4), ("h.0.w", 4), ("h.1.w", 4)];
        let how = "model.layers. → h.";
        assert_eq!(paired(&own, &theirs), ["h.0.w", "h.1.w", "h.2.w"].map(|key| format!("{key}: {how}")));
    }

    #[test]
    fn a_key_that_both_have_is_left_to_itself() {
        let own = [("a.w", 3), ("b.w", 3)];
        let theirs = [("b.w", 3), ("c.w", 3)];
        assert_eq!(paired(&own, &theirs), ["c.w: same ending and shape", "b.w: same key"]);
    }

    #[test]
    fn shapes_that_are_left_go_in_order_or_not_at_all() {
        let own = [("conv.kernel", 9), ("conv.offset", 3), ("norm.scale", 5)];
        let theirs = [("c.weight", 9), ("c.bias", 3), ("n.weight", 5), ("m.weight", 5)];
        let in_order = "same shape, in order";
        assert_eq!(
            paired(&own, &theirs),
            [format!("c.weight: {in_order}"), format!("c.bias: {in_order}"), "-".to_owned()]
        );
    }

    #[test]
    fn another_shape_is_told() {
        let own = [("module.fc.w", 10), ("module.a.w", 3), ("module.b.w", 3), ("x.y", 1)];
        let theirs = [("fc.w", 1000), ("a.w", 3), ("b.w", 3)];
        assert_eq!(paired(&own, &theirs)[0], "fc.w: [1000] there");
        assert_eq!(paired(&own, &theirs)[3], "-");
    }
}
