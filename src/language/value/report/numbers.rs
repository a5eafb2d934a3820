//! What is said of the numbers of tensors.

use super::{Facts, Row};
use torchsh_state_dict::{Comparison, Histogram, Statistics};

/// A tensor and what its numbers come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// The tensor.
    pub row: Row,
    /// Its numbers, or why there are none.
    pub statistics: Result<Statistics, String>,
    /// How they are spread, where a front draws that.
    pub spread: Option<Histogram>,
}

/// How two state_dicts differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    /// What both are called.
    pub names: [String; 2],
    /// The entries that differ, or could not be compared.
    pub rows: Vec<Difference>,
    /// How many entries are equal.
    pub equal: usize,
}

/// An entry that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Its key; where entries are folded, with a range in it.
    pub key: String,
    /// How many entries it stands for.
    pub count: usize,
    /// In what it differs.
    pub unlike: Unlike,
    /// What each side has there, if it has anything.
    pub sides: [Option<Side>; 2],
}

/// In what two entries differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Unlike {
    /// Only one side has it.
    Missing,
    /// The shapes.
    Shape,
    /// The dtypes, and how the numbers differ.
    Dtype(Result<Comparison, String>),
    /// The numbers.
    Numbers(Comparison),
    /// The values, one of which is no tensor.
    Value,
    /// Nobody knows: why not.
    Unknown(String),
}

/// What is under a key on one side.
#[derive(Clone, Debug, PartialEq)]
pub enum Side {
    /// A tensor.
    Tensor(Facts),
    /// Anything else: the name of its type and a short text.
    Other(String, String),
}

impl Differences {
    /// How many entries differ for certain.
    #[must_use]
    pub fn differing(&self) -> usize {
        self.rows.iter().filter(|row| !matches!(row.unlike, Unlike::Unknown(_))).map(|row| row.count).sum()
    }

    /// How many could not be compared.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.unlike, Unlike::Unknown(_))).map(|row| row.count).sum()
    }
}

impl Difference {
    /// How the numbers differ, where that is known.
    #[must_use]
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.unlike {
            Unlike::Numbers(comparison) | Unlike::Dtype(Ok(comparison)) => Some(comparison),
            _ => None,
        }
    }

    /// Its kind in a word or two: part of the stable form.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match (&self.unlike, &self.sides) {
            (Unlike::Missing, [Some(_), _]) => "only in first",
            (Unlike::Missing, _) => "only in second",
            (Unlike::Shape, _) => "shape",
            (Unlike::Dtype(_), _) => "dtype",
            (Unlike::Numbers(_), _) => "numbers",
            (Unlike::Value, _) => "value",
            (Unlike::Unknown(_), _) => "not compared",
        }
    }

    /// Why the numbers were not compared, where they were not.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        match &self.unlike {
            Unlike::Unknown(why) | Unlike::Dtype(Err(why)) => Some(why),
            _ => None,
        }
    }
}
