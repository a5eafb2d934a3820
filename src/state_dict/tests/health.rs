//! What is odd about tensors, against the plainest way to find it.

use proptest::prelude::*;

use super::{plain, plain_statistics, records};
use crate::tally::Number;
use crate::{Health, dead_rows, health};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::watcher::Unwatched;

/// The smallest magnitude of a type that has all its digits.
fn smallest_normal(dtype: Dtype) -> f64 {
    match dtype {
        Dtype::FLOAT64 => f64::MIN_POSITIVE,
        Dtype::FLOAT32 | Dtype::BFLOAT16 => f64::from(f32::MIN_POSITIVE),
        Dtype::FLOAT16 => 2_f64.powi(-14),
        _ => 0.0,
    }
}

fn healthy(record: &TensorRecord) -> Health {
    health([record], &Unwatched).unwrap().remove(0).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn health_is_that_of_the_plain_way(record in records()) {
        let numbers = plain(&record);
        let (own, right) = (healthy(&record), plain_statistics(&numbers));
        let normal = smallest_normal(record.dtype);
        let small = numbers.iter().filter(|(number, _)| *number != 0.0 && number.abs() < normal).count() as u64;
        prop_assert_eq!(
            (own.elements, own.nan, own.infinite, own.negative_infinite, own.zeros, own.denormal),
            (right.elements, right.nan, right.infinite, right.negative_infinite, right.zeros, small)
        );
        let ends = |one: Option<Number>, two: Option<Number>| one.map(Number::nearest) == two.map(Number::nearest);
        prop_assert!(ends(own.low, right.min) && ends(own.high, right.max), "{own:?}\n{right:?}");
        prop_assert_eq!(own.check, healthy(&record).check);
    }

    #[test]
    fn dead_rows_are_those_of_the_plain_way(record in records()) {
        let numbers = plain(&record);
        let rows = record.shape.first().copied().unwrap_or(0) as usize;
        let length = numbers.len().checked_div(rows).unwrap_or(0);
        let is_dead = |row: &usize| length > 0 && numbers[row * length..][..length].iter().all(|(number, _)| *number == 0.0);
        let right: Vec<u64> = (0..rows).filter(is_dead).map(|row| row as u64).collect();
        prop_assert_eq!(dead_rows(&record).unwrap(), right);
    }
}
