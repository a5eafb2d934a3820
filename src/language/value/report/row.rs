//! The entries of a state_dict as plain rows, and what they come to.

use super::size;

/// One entry, or several alike under one key with a range in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key; where entries are folded, with `{0-47}` for the numbers that differ.
    pub key: String,
    /// How many entries it stands for.
    pub count: usize,
    /// What is under the key.
    pub what: What,
}

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A tensor.
    Tensor(Facts),
    /// Anything else: the name of its type and a short text.
    Other(String, String),
}

/// What a table says of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its sizes.
    pub shape: Vec<i64>,
    /// The name of its dtype without `torch.`.
    pub dtype: String,
    /// Where it lies: `cpu`, `cuda:0`.
    pub device: String,
    /// Number of elements, of one of them.
    pub elements: u64,
    /// Bytes that the elements take, of one of them.
    pub bytes: u64,
}

impl Row {
    /// A row of a tensor.
    #[must_use]
    pub fn tensor(key: impl Into<String>, facts: Facts) -> Self {
        Row { key: key.into(), count: 1, what: What::Tensor(facts) }
    }

    /// A row of something else.
    #[must_use]
    pub fn other(key: impl Into<String>, kind: impl Into<String>, text: impl Into<String>) -> Self {
        Row { key: key.into(), count: 1, what: What::Other(kind.into(), text.into()) }
    }

    /// Elements of all the entries it stands for.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.facts().map_or(0, |facts| facts.elements.saturating_mul(self.count as u64))
    }

    /// Bytes of all the entries it stands for.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.facts().map_or(0, |facts| facts.bytes.saturating_mul(self.count as u64))
    }

    /// What is known of the tensor, if it is one.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        match &self.what {
            What::Tensor(facts) => Some(facts),
            What::Other(..) => None,
        }
    }
}

/// `[64, 3, 3, 3]`
#[must_use]
pub fn shape_text(shape: &[i64]) -> String {
    let sizes: Vec<String> = shape.iter().map(i64::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

/// What rows come to together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Number of tensors.
    pub tensors: usize,
    /// Number of other entries.
    pub others: usize,
    /// Elements of all tensors.
    pub elements: u64,
    /// Bytes of all tensors, as if none shared memory.
    pub bytes: u64,
    /// Every dtype with the number of its tensors, in order of appearance.
    pub dtypes: Vec<(String, usize)>,
    /// Every device with the number of its tensors, in order of appearance.
    pub devices: Vec<(String, usize)>,
}

impl Totals {
    /// Adds up rows.
    #[must_use]
    pub fn of(rows: &[Row]) -> Self {
        let mut totals = Totals::default();
        for row in rows {
            let Some(facts) = row.facts() else {
                totals.others += row.count;
                continue;
            };
            totals.tensors += row.count;
            totals.elements = totals.elements.saturating_add(row.elements());
            totals.bytes = totals.bytes.saturating_add(row.bytes());
            tally(&mut totals.dtypes, &facts.dtype, row.count);
            tally(&mut totals.devices, &facts.device, row.count);
        }
        totals
    }

    /// `97 tensors · 138,365,992 elements · 527.8 MiB · float32 · cpu`
    #[must_use]
    pub fn line(&self) -> String {
        let mut parts = Vec::new();
        if self.tensors > 0 || self.others == 0 {
            parts.push(size::counted(self.tensors, "tensor"));
        }
        if self.others > 0 {
            parts.push(size::counted(self.others, if self.tensors > 0 { "other entry" } else { "entry" }));
        }
        if self.tensors > 0 {
            parts.push(size::counted(usize::try_from(self.elements).unwrap_or(usize::MAX), "element"));
            parts.push(size::bytes(self.bytes));
            parts.push(mixture(&self.dtypes));
            parts.push(mixture(&self.devices));
        }
        parts.join(" · ")
    }
}

fn tally(counts: &mut Vec<(String, usize)>, name: &str, count: usize) {
    match counts.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known += count,
        None => counts.push((name.to_owned(), count)),
    }
}

/// `float32`, or `float32 90, int64 7`.
fn mixture(counts: &[(String, usize)]) -> String {
    match counts {
        [(only, _)] => only.clone(),
        _ => counts.iter().map(|(name, count)| format!("{name} ×{count}")).collect::<Vec<_>>().join(", "),
    }
}
