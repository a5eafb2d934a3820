//! CPython's hashes.
//!
//! `hash` of numbers, and of tuples and frozensets of them, is the same in every run of CPython: programs print it, and it
//! decides in which order a set shows its items (`order`). Text has a hash of its own in every run there, so ours is free.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::Interpreter;
use crate::value::{Value, Vm};
use torchsh_base::error::{Error, Result};

/// The modulus of numeric hashes, a Mersenne prime.
const MODULUS: i64 = (1 << BITS) - 1;
const BITS: u32 = 61;
const INFINITY: i64 = 314_159;
const IMAGINARY: u64 = 1_000_003;

/// -1 means failure in CPython, so no hash is it.
fn never_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// The hash of a number; none for what is no number.
pub(super) fn of_number(value: &Value) -> Option<i64> {
    Some(match value {
        Value::Int(value) => of_int(*value),
        Value::Bool(value) => i64::from(*value),
        Value::Float(value) => of_float(*value),
        Value::BigInt(value) => of_big(value),
        Value::Complex(parts) => {
            let imaginary = (of_float(parts.1) as u64).wrapping_mul(IMAGINARY);
            never_minus_one((of_float(parts.0) as u64).wrapping_add(imaginary) as i64)
        }
        _ => return None,
    })
}

pub(super) fn of_int(value: i64) -> i64 {
    never_minus_one(value % MODULUS)
}

fn of_big(value: &BigInt) -> i64 {
    let size = (value.abs() % MODULUS).to_i64().unwrap_or(0);
    never_minus_one(if value.is_negative() { -size } else { size })
}

/// Equal to the hash of the equal integer.
pub(super) fn of_float(value: f64) -> i64 {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return of_int(value as i64);
    }
    if value.is_infinite() {
        return if value > 0.0 { INFINITY } else { -INFINITY };
    }
    if value.is_nan() {
        return 0;
    }
    let (mut rest, exponent) = split(value.abs());
    let mut hash: i64 = 0;
    let mut exponent = i64::from(exponent);
    // 28 bits of the fraction at a time, as CPython does.
    while rest != 0.0 {
        hash = rotate(hash, 28);
        rest *= f64::from(1u32 << 28);
        exponent -= 28;
        let whole = rest.trunc();
        rest -= whole;
        hash += whole as i64;
        if hash >= MODULUS {
            hash -= MODULUS;
        }
    }
    let hash = rotate(hash, exponent.rem_euclid(i64::from(BITS)) as u32);
    never_minus_one(if value < 0.0 { -hash } else { hash })
}

/// Multiplied by a power of two, modulo the Mersenne prime.
fn rotate(hash: i64, by: u32) -> i64 {
    if by == 0 { hash } else { ((hash << by) & MODULUS) | (hash >> (BITS - by)) }
}

/// A positive finite float as a fraction from 0.5 to 1 and the exponent of 2.
fn split(value: f64) -> (f64, i32) {
    let (scaled, shift) = if value < f64::MIN_POSITIVE { (value * 2f64.powi(64), 64) } else { (value, 0) };
    let exponent = ((scaled.to_bits() >> 52) & 0x7ff) as i32 - 1022;
    (scaled / 2f64.powi(exponent), exponent - shift)
}

/// The hash of a tuple whose items have these.
pub(super) fn of_tuple(items: &[i64]) -> i64 {
    const FIRST: u64 = 11_400_714_785_074_694_791;
    const SECOND: u64 = 14_029_467_366_897_019_727;
    const FIFTH: u64 = 2_870_177_450_012_600_261;
    let mut hash = FIFTH;
    for item in items {
        hash = hash.wrapping_add((*item as u64).wrapping_mul(SECOND)).rotate_left(31).wrapping_mul(FIRST);
    }
    hash = hash.wrapping_add(items.len() as u64 ^ (FIFTH ^ 3_527_539));
    if hash == u64::MAX { 1_546_275_796 } else { hash as i64 }
}

/// The hash of a frozenset whose items have these, in any order.
pub(super) fn of_set(items: &[i64]) -> i64 {
    let spread = |hash: i64| {
        let hash = hash as u64;
        ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167)
    };
    let mut hash = items.iter().fold(0, |all, item| all ^ spread(*item));
    hash ^= (items.len() as u64 + 1).wrapping_mul(1_927_868_237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
    if hash == u64::MAX { 590_923_713 } else { hash as i64 }
}

/// The hash that a value has in every run of CPython; none if it depends on the run.
pub(super) fn lasting(value: &Value) -> Option<i64> {
    match value {
        Value::Tuple(tuple) => {
            let items: Option<Vec<i64>> = tuple.items.iter().map(lasting).collect();
            items.map(|items| of_tuple(&items))
        }
        Value::Set(set) if set.frozen => set.lasting_hash.get().unwrap_or_else(|| {
            let items: Option<Vec<i64>> = set.dict.keys().iter().map(lasting).collect();
            let hash = items.map(|items| of_set(&items));
            set.lasting_hash.set(Some(hash));
            hash
        }),
        Value::Instance(_) => match value.payload() {
            Value::Instance(_) => None,
            payload => lasting(&payload),
        },
        value => of_number(value),
    }
}

impl Interpreter {
    /// `hash(value)` as a program sees it.
    pub(super) fn hash_number(&self, value: &Value) -> Result<i64> {
        let all =
            |items: &[Value]| items.iter().map(|item| self.hash_number(item)).collect::<Result<Vec<_>>>();
        match value {
            Value::Tuple(tuple) => Ok(of_tuple(&all(&tuple.items)?)),
            Value::Set(set) if set.frozen => match set.hash.get() {
                Some(hash) => Ok(hash),
                None => {
                    let hash = of_set(&all(&set.dict.keys())?);
                    set.hash.set(Some(hash));
                    Ok(hash)
                }
            },
            Value::Instance(_) => self.instance_hash(value),
            Value::Native(object) if let Some(number) = object.number() => self.hash_number(&number),
            value => match of_number(value) {
                Some(hash) => Ok(hash),
                None => Ok((self.hash_value(value)? >> 1).cast_signed()),
            },
        }
    }

    fn instance_hash(&self, value: &Value) -> Result<i64> {
        let class = self.class_of(value);
        match class.lookup(&self.names.hash) {
            Some(Value::None) => return Err(self.unhashable(value)),
            Some(Value::Builtin(_)) | None => {}
            Some(_) => {
                let hash = self.special(value, "__hash__", &[]).unwrap_or(Ok(Value::None))?;
                return match of_number(&hash) {
                    // A number of the machine's size is taken as it is.
                    Some(_) if let Value::Int(number) = hash => Ok(if number == -1 { -2 } else { number }),
                    Some(number) if !matches!(hash, Value::Float(_) | Value::Complex(_)) => Ok(number),
                    _ => Err(Error::type_error("__hash__ method should return an integer")),
                };
            }
        }
        if class.order().any(|class| class.is_written() && class.namespace.get_str(&self.names.eq).is_some())
        {
            return Err(self.unhashable(value));
        }
        match value.payload() {
            Value::Instance(_) => Ok((value.address() >> 4) as i64),
            payload => self.hash_number(&payload).map_err(|_| self.unhashable(value)),
        }
    }

    pub(super) fn unhashable(&self, value: &Value) -> Error {
        Error::type_error(format!("unhashable type: '{}'", self.type_name(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_cpython() {
        assert_eq!(of_float(0.1), 230_584_300_921_369_408);
        assert_eq!(of_float(-1.5), -1_152_921_504_606_846_977);
        assert_eq!(of_float(5e-324), 16_777_216);
        assert_eq!(of_float(1e300), of_big(&num_traits::FromPrimitive::from_f64(1e300).unwrap_or_default()));
        assert_eq!(of_tuple(&[1, 2, 3]), 529_344_067_295_497_451);
        assert_eq!(of_tuple(&[]), 5_740_354_900_026_072_187);
        assert_eq!(of_set(&[]), 133_146_708_735_736);
        assert_eq!(of_set(&[1, 2, 3]), -272_375_401_224_217_160);
        assert_eq!(of_number(&Value::complex(1.0, 2.0)), Some(2_000_007));
    }
}
