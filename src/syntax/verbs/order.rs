//! What the rows of a verb are sorted by: `describe m "*.weight" by std reversed`.

use super::Verb;

/// One thing to sort by.
pub struct Order {
    /// The word behind `by`.
    pub name: &'static str,
    /// Which rows come first.
    pub says: &'static str,
    /// Whether the largest comes first.
    pub falls: bool,
    /// The Python of what is compared, of an element `e` of the Python that the verb stands for.
    key: &'static str,
}

impl Order {
    const fn rising(name: &'static str, says: &'static str, key: &'static str) -> Self {
        Order { name, says, falls: false, key }
    }

    const fn falling(name: &'static str, says: &'static str, key: &'static str) -> Self {
        Order { name, says, falls: true, key }
    }
}

const LARGEST: &str = "the largest first";
const COUNTED: &str = "as people count: 2 before 10";
const BY_SIZES: &str = "by their sizes";

/// Of entries, each a key and a tensor.
pub(super) const ENTRIES: &[Order] = &[
    Order::falling("size", LARGEST, "e[1].nbytes"),
    Order::rising("name", COUNTED, "e[0]"),
    Order::rising("shape", BY_SIZES, "tuple(e[1].shape)"),
];

/// Of keys.
pub(super) const KEYS: &[Order] = &[
    Order::rising("name", COUNTED, "e"),
    Order::falling("size", LARGEST, "{0}[e].nbytes"),
    Order::rising("shape", BY_SIZES, "tuple({0}[e].shape)"),
];

/// Of what the numbers of tensors come to.
pub(super) const NUMBERS: &[Order] = &[
    Order::falling("max", "the largest maximum first", "e[1][1]"),
    Order::rising("min", "the smallest minimum first", "e[1][0]"),
    Order::falling("mean", "the largest mean first", "e[1][2]"),
    Order::falling("std", "the largest deviation first", "e[1][3]"),
    Order::falling("size", LARGEST, "{0}[e[0]].nbytes"),
    Order::rising("name", COUNTED, "e[0]"),
    Order::rising("shape", BY_SIZES, "tuple({0}[e[0]].shape)"),
];

/// As [`NUMBERS`], of the tensors themselves.
pub(super) const VALUES: &[Order] = &[
    Order::falling("max", "the largest maximum first", "e.max()"),
    Order::rising("min", "the smallest minimum first", "e.min()"),
    Order::falling("mean", "the largest mean first", "e.double().mean()"),
    Order::falling("std", "the largest deviation first", "e.double().std()"),
    Order::falling("size", LARGEST, "e.nbytes"),
    Order::rising("shape", BY_SIZES, "tuple(e.shape)"),
];

/// Of the keys of what differs.
pub(super) const DIFFERENCES: &[Order] = &[
    Order::falling("max_abs", "the largest |a - b| first", "({0}[e] - {1}[e]).abs().max()"),
    Order::falling("mean_abs", "the largest mean |a - b| first", "({0}[e] - {1}[e]).double().abs().mean()"),
    Order::falling(
        "max_rel",
        "the largest |a - b| / max(|a|, |b|) first",
        "((({0}[e] - {1}[e]).abs() / torch.maximum({0}[e].abs(), {1}[e].abs())).nan_to_num().max())",
    ),
    Order::rising(
        "cosine",
        "what points apart most first",
        "torch.cosine_similarity({0}[e].double().flatten(), {1}[e].double().flatten(), dim=0)",
    ),
    Order::falling("size", LARGEST, "({0} | {1})[e].nbytes"),
    Order::rising("name", COUNTED, "e"),
];

/// Of storages, each with where it lies and its bytes.
pub(super) const STORAGES: &[Order] = &[
    Order::falling("size", LARGEST, "e[1][1]"),
    Order::rising("name", "by the first of their keys, 2 before 10", "e[0]"),
];

/// Of findings about entries.
pub(super) const FINDINGS: &[Order] = &[Order::rising("name", COUNTED, "e[0]")];

/// Takes `by size` and `reversed` out of the pieces of a line, `before` words of which stand before them: the piece behind `by`, and
/// whether the order is turned round.
pub(super) fn taken<'a>(
    row: &Verb,
    before: usize,
    pieces: &mut Vec<(usize, &'a str)>,
) -> (Option<&'a str>, bool) {
    if row.orders.is_empty() {
        return (None, false);
    }
    let sides = row.sides.least();
    let place = |pieces: &[(usize, &str)], word: &str| {
        let found = pieces.iter().enumerate().find(|(at, (_, piece))| at + before >= sides && *piece == word);
        found.map(|(at, _)| at)
    };
    let reversed = place(pieces, "reversed");
    if let Some(at) = reversed {
        pieces.remove(at);
    }
    // A last `by` is a name of somebody's.
    let by = place(pieces, "by").filter(|at| at + 1 < pieces.len());
    let by = by.and_then(|at| pieces.drain(at..at + 2).next_back());
    (by.map(|(_, order)| order), reversed.is_some())
}

/// The Python of rows in an order, of the Python of the rows.
pub(super) fn python(row: &Verb, rows: String, by: Option<&str>, is_reversed: bool) -> String {
    let is_dict = rows.starts_with('{') && rows.ends_with('}');
    let entries = if is_dict { format!("{rows}.items()") } else { rows };
    let sorted = match by.and_then(|by| row.order(by)) {
        None if is_reversed && is_dict => format!("reversed(list({entries}))"),
        None if is_reversed => format!("reversed({entries})"),
        None => {
            return entries
                .strip_suffix(".items()")
                .filter(|_| is_dict)
                .map_or(entries.clone(), str::to_owned);
        }
        Some(order) => {
            let downwards = if order.falls { ", reverse=True" } else { "" };
            let turned = if is_reversed { "[::-1]" } else { "" };
            format!("sorted({entries}, key=lambda e: {}{downwards}){turned}", order.key)
        }
    };
    if is_dict { format!("dict({sorted})") } else { sorted }
}
