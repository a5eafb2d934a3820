//! Every kernel against the plainest way to compute the same.

mod health;

use std::cell::Cell;
use std::rc::Rc;

use half::{bf16, f16};
use proptest::prelude::*;

use super::kind::Kind;
use super::tally::Number;
use super::{Comparison, Rule, Statistics, compare, histogram, statistics};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind as ErrorKind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Form, Quantizer, Storage, TensorRecord, contiguous_stride};
use torchsh_checkpoint::watcher::{Unwatched, Watcher};

const DTYPES: &[Dtype] = &[
    Dtype::FLOAT64,
    Dtype::FLOAT32,
    Dtype::FLOAT16,
    Dtype::BFLOAT16,
    Dtype::INT8,
    Dtype::UINT8,
    Dtype::INT16,
    Dtype::UINT16,
    Dtype::INT32,
    Dtype::UINT32,
    Dtype::INT64,
    Dtype::UINT64,
    Dtype::BOOL,
    Dtype::FLOAT8_E5M2,
    Dtype::FLOAT8_E4M3FN,
    Dtype::FLOAT8_E5M2FNUZ,
    Dtype::FLOAT8_E4M3FNUZ,
];

/// A number of a tensor: the double nearest to it, and itself where it is an integer.
type Plain = (f64, Option<i128>);

fn read(dtype: Dtype, raw: &[u8]) -> Plain {
    let float = |number: f64| (number, None);
    let integer = |number: i128| (number as f64, Some(number));
    match dtype {
        Dtype::FLOAT64 => float(f64::from_le_bytes(raw.try_into().unwrap())),
        Dtype::FLOAT32 => float(f32::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::FLOAT16 => float(f16::from_le_bytes(raw.try_into().unwrap()).to_f64()),
        Dtype::BFLOAT16 => float(bf16::from_le_bytes(raw.try_into().unwrap()).to_f64()),
        Dtype::INT8 => integer(raw[0].cast_signed().into()),
        Dtype::UINT8 => integer(raw[0].into()),
        Dtype::BOOL => integer((raw[0] != 0).into()),
        Dtype::INT16 => integer(i16::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::UINT16 => integer(u16::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::INT32 => integer(i32::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::UINT32 => integer(u32::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::INT64 => integer(i64::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::UINT64 => integer(u64::from_le_bytes(raw.try_into().unwrap()).into()),
        _ => {
            let mut numbers = Vec::new();
            Kind::of(dtype).unwrap().doubles(raw, &mut numbers);
            float(numbers[0])
        }
    }
}

fn record(dtype: Dtype, shape: &[i64], stride: &[i64], offset: i64, bytes: Vec<u8>) -> TensorRecord {
    let storage = Storage::new(Str::new("0"), Str::new("cpu"), Region::from(bytes));
    TensorRecord::strided(dtype, shape.to_vec(), stride.to_vec(), offset, &storage).unwrap()
}

fn flat(dtype: Dtype, bytes: Vec<u8>) -> TensorRecord {
    let shape = [(bytes.len() / dtype.itemsize()) as i64];
    record(dtype, &shape, &[1], 0, bytes)
}

fn floats(numbers: &[f64]) -> TensorRecord {
    flat(Dtype::FLOAT64, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
}

/// The numbers in the order of their indices.
fn plain(record: &TensorRecord) -> Vec<Plain> {
    let view = record.view().unwrap();
    let bytes = view.storage.bytes().unwrap();
    let size = record.dtype.itemsize();
    let count: i64 = record.shape.iter().product();
    let place = |mut number: i64| {
        let mut at = view.offset;
        for (&length, &step) in record.shape.iter().zip(&view.stride).rev() {
            at += number % length * step;
            number /= length;
        }
        at as usize * size
    };
    (0..count).map(|number| read(record.dtype, &bytes.bytes()[place(number)..][..size])).collect()
}

fn plain_statistics(numbers: &[Plain]) -> Statistics {
    let count = |test: fn(f64) -> bool| numbers.iter().filter(|(number, _)| test(*number)).count() as u64;
    let finite: Vec<Plain> = numbers.iter().copied().filter(|(number, _)| number.is_finite()).collect();
    let n = finite.len() as f64;
    let mean = finite.iter().map(|(number, _)| number / n).sum::<f64>();
    let squares = finite.iter().map(|(number, _)| (number - mean).powi(2)).sum::<f64>();
    let exact = |(number, integer): Plain| integer.map_or(Number::Float(number), Number::Integer);
    let sorted = |one: &Plain, two: &Plain| one.1.cmp(&two.1).then(one.0.total_cmp(&two.0));
    Statistics {
        elements: numbers.len() as u64,
        nan: count(f64::is_nan),
        infinite: count(|number| number == f64::INFINITY),
        negative_infinite: count(|number| number == f64::NEG_INFINITY),
        zeros: count(|number| number == 0.0),
        min: finite.iter().copied().min_by(sorted).map(exact),
        max: finite.iter().copied().max_by(sorted).map(exact),
        mean: (n > 0.0).then_some(mean),
        imaginary_mean: None,
        std: (n > 1.0).then(|| (squares / (n - 1.0)).sqrt()),
    }
}

fn near(one: Option<f64>, two: Option<f64>, scale: f64) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => one == two || (one - two).abs() <= 1e-12 * scale.max(two.abs()),
        (one, two) => one.is_none() == two.is_none(),
    }
}

fn scale_of(numbers: &[Plain]) -> f64 {
    numbers.iter().map(|(number, _)| number.abs()).filter(|number| number.is_finite()).fold(0.0, f64::max)
}

fn agree(own: &Statistics, right: &Statistics, scale: f64) -> bool {
    // Both zeros are the same number.
    let same = |one: Option<Number>, two: Option<Number>| match (one, two) {
        (Some(Number::Integer(one)), Some(Number::Integer(two))) => one == two,
        (Some(one), Some(two)) => one.nearest() == two.nearest(),
        (one, two) => one == two,
    };
    let counts = |s: &Statistics| (s.elements, s.nan, s.infinite, s.negative_infinite, s.zeros);
    counts(own) == counts(right)
        && same(own.min, right.min)
        && same(own.max, right.max)
        && near(own.mean, right.mean, scale)
        && near(own.std, right.std, scale)
}

fn one(record: &TensorRecord) -> Statistics {
    statistics([record], &Unwatched).unwrap().remove(0).unwrap()
}

fn gap(one: &TensorRecord, two: &TensorRecord, rule: &Rule) -> Comparison {
    compare([(one, two)], rule, &Unwatched).unwrap().remove(0).unwrap()
}

fn plain_gap(ones: &[Plain], twos: &[Plain], rule: &Rule) -> Comparison {
    let pairs = || ones.iter().copied().zip(twos.iter().copied());
    let (mut differing, mut apart, mut gaps, mut exact, mut relative) =
        (0, 0, Vec::new(), Vec::new(), 0.0_f64);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for ((one, first), (two, second)) in pairs() {
        if !one.is_finite() || !two.is_finite() {
            let same = one == two || rule.equal_nan && one.is_nan() && two.is_nan();
            differing += u64::from(!same);
            apart += u64::from(!same);
            continue;
        }
        let gap = match (first, second) {
            (Some(first), Some(second)) => {
                exact.push((first - second).abs());
                (first - second).abs() as f64
            }
            _ => (one - two).abs(),
        };
        differing += u64::from(gap > rule.atol + rule.rtol * two.abs());
        if gap > 0.0 {
            relative = relative.max(gap / one.abs().max(two.abs()));
        }
        gaps.push(gap);
        (aa, bb, ab) = (aa + one * one, bb + two * two, ab + one * two);
    }
    let most = gaps.iter().copied().fold(0.0, f64::max);
    let cosine = ab / (f64::sqrt(aa) * f64::sqrt(bb));
    let some = !gaps.is_empty();
    Comparison {
        elements: ones.len() as u64,
        differing,
        apart,
        max_abs: some.then(|| exact.iter().max().map_or(Number::Float(most), |most| Number::Integer(*most))),
        mean_abs: some.then(|| gaps.iter().sum::<f64>() / gaps.len() as f64),
        max_rel: some.then_some(relative),
        cosine: Some(cosine).filter(|cosine| cosine.is_finite()),
    }
}

/// Bytes of numbers that a model could hold, with what is rare among them.
fn element(dtype: Dtype) -> BoxedStrategy<Vec<u8>> {
    let number = prop_oneof![
        20 => -100.0..100.0_f64,
        3 => Just(0.0),
        1 => Just(-0.0),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
        1 => -1e-7..1e-7_f64,
    ];
    match dtype {
        Dtype::FLOAT64 => number.prop_map(|number| number.to_le_bytes().to_vec()).boxed(),
        Dtype::FLOAT32 => number.prop_map(|number| (number as f32).to_le_bytes().to_vec()).boxed(),
        Dtype::FLOAT16 => number.prop_map(|number| f16::from_f64(number).to_le_bytes().to_vec()).boxed(),
        Dtype::BFLOAT16 => number.prop_map(|number| bf16::from_f64(number).to_le_bytes().to_vec()).boxed(),
        other => prop::collection::vec(any::<u8>(), other.itemsize()).boxed(),
    }
}

fn dtypes() -> impl Strategy<Value = Dtype> {
    prop::sample::select(DTYPES)
}

/// Shapes with strides: in order, transposed, with gaps, expanded.
fn views(dimensions: usize) -> impl Strategy<Value = (Vec<i64>, Vec<i64>, i64)> {
    prop::collection::vec((0..6_i64, 0..9_i64), 0..=dimensions)
        .prop_flat_map(|both| {
            let (shape, loose): (Vec<i64>, Vec<i64>) = both.into_iter().unzip();
            let order = Just((0..shape.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(shape), Just(loose), order, any::<bool>(), 0..3_i64)
        })
        .prop_map(|(shape, loose, order, is_dense, offset)| {
            let mut stride = loose;
            if is_dense {
                let sizes: Vec<i64> = order.iter().map(|&place| shape[place]).collect();
                for (&place, step) in order.iter().zip(contiguous_stride(&sizes).unwrap()) {
                    stride[place] = step;
                }
            }
            (shape, stride, offset)
        })
}

fn reach(shape: &[i64], stride: &[i64], offset: i64) -> usize {
    let steps: i64 = shape.iter().zip(stride).map(|(size, step)| (size - 1).max(0) * step).sum();
    (offset + steps + 1) as usize
}

fn records() -> impl Strategy<Value = TensorRecord> {
    (dtypes(), views(4)).prop_flat_map(|(dtype, (shape, stride, offset))| {
        let bytes = prop::collection::vec(element(dtype), reach(&shape, &stride, offset));
        bytes.prop_map(move |bytes| record(dtype, &shape, &stride, offset, bytes.concat()))
    })
}

/// Two tensors of one shape, of one dtype or two, each with strides of its own; in half of the cases with the same numbers.
fn pairs() -> impl Strategy<Value = (TensorRecord, TensorRecord)> {
    (dtypes(), dtypes(), any::<bool>(), views(3), 0..9_i64).prop_flat_map(
        |(one, other, same_dtype, (shape, stride, offset), loose)| {
            let two = if same_dtype { one } else { other };
            let second: Vec<i64> =
                contiguous_stride(&shape).unwrap().iter().map(|step| step * (loose % 3)).collect();
            let first_bytes = prop::collection::vec(element(one), reach(&shape, &stride, offset));
            let second_bytes = prop::collection::vec(element(two), reach(&shape, &second, loose));
            (first_bytes, second_bytes, any::<bool>()).prop_map(move |(first_bytes, second_bytes, same)| {
                let first = record(one, &shape, &stride, offset, first_bytes.concat());
                let is_copy = same && one == two;
                let second = match is_copy {
                    true => record(one, &shape, &stride, offset, first_bytes.concat()),
                    false => record(two, &shape, &second, loose, second_bytes.concat()),
                };
                (first, second)
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn statistics_are_those_of_the_plain_way(record in records()) {
        let numbers = plain(&record);
        let (own, right) = (one(&record), plain_statistics(&numbers));
        prop_assert!(agree(&own, &right, scale_of(&numbers)), "{} {:?}\n{own:?}\n{right:?}", record.dtype, record.form);
    }

    #[test]
    fn differences_are_those_of_the_plain_way((first, second) in pairs(), tolerant: bool, equal_nan: bool) {
        let (atol, rtol) = if tolerant { (0.5, 0.01) } else { (0.0, 0.0) };
        let rule = Rule { atol, rtol, equal_nan };
        let (ones, twos) = (plain(&first), plain(&second));
        let (own, right) = (gap(&first, &second, &rule), plain_gap(&ones, &twos, &rule));
        let scale = scale_of(&ones).max(scale_of(&twos));
        let same_most = match (own.max_abs, right.max_abs) {
            (Some(Number::Integer(one)), Some(Number::Integer(two))) => one == two,
            (one, two) => one.map(Number::nearest) == two.map(Number::nearest),
        };
        prop_assert_eq!((own.elements, own.differing, own.apart), (right.elements, right.differing, right.apart));
        let same_bytes = own.differing == 0 && own.max_abs.map(Number::nearest) == Some(0.0);
        prop_assert!(
            (same_most || right.max_abs.is_none() && same_bytes)
                && (right.mean_abs.is_none() || near(own.mean_abs, right.mean_abs, scale))
                && (right.max_rel.is_none() || near(own.max_rel, right.max_rel, 1.0))
                && (right.cosine.is_none() || near(own.cosine, right.cosine, 10.0)),
            "{} {}\n{own:?}\n{right:?}", first.dtype, second.dtype
        );
    }

    #[test]
    fn every_finite_number_is_in_its_bin(record in records(), bins in 1..20_usize) {
        let found = histogram(&record, bins, &Unwatched).unwrap();
        let numbers = plain(&record);
        let finite: Vec<f64> = numbers.iter().map(|(number, _)| *number).filter(|number| number.is_finite()).collect();
        prop_assert_eq!(found.counts.iter().sum::<u64>(), finite.len() as u64);
        let left_out = found.nan + found.infinite + found.negative_infinite;
        prop_assert_eq!(left_out, (numbers.len() - finite.len()) as u64);
        let mut below = 0;
        for (bin, count) in found.counts.iter().enumerate() {
            below += count;
            // Those at an edge may fall on either side.
            let edge = found.edge(bin + 1);
            // An edge is rounded as well.
            let slack = 1e-9 * (found.high - found.low) + 4.0 * f64::EPSILON * edge.abs();
            let least = finite.iter().filter(|number| **number < edge - slack).count() as u64;
            let most = finite.iter().filter(|number| **number <= edge + slack).count() as u64;
            prop_assert!(least <= below && below <= most, "{least} {below} {most} at {edge}");
        }
    }
}

#[test]
fn large_integers_are_exact() {
    let bytes = |numbers: &[i64]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let of = |numbers: &[i64]| flat(Dtype::INT64, bytes(numbers));
    let found = gap(&of(&[1 << 62, 5]), &of(&[(1 << 62) + 100, 5]), &Rule::default());
    assert_eq!((found.differing, found.max_abs), (1, Some(Number::Integer(100))));
    let found = gap(&of(&[i64::MIN]), &of(&[i64::MAX]), &Rule::default());
    assert_eq!(found.max_abs, Some(Number::Integer((1 << 64) - 1)));
    let unsigned = flat(Dtype::UINT64, bytes(&[(1 << 62) + 1, -1]));
    let found = gap(&of(&[1 << 62, 5]), &unsigned, &Rule::default());
    assert_eq!(found.max_abs, Some(Number::Integer((1 << 64) - 6)));
    let found = one(&of(&[(1 << 62) + 1, (1 << 62) + 3]));
    assert_eq!((found.min, found.std), (Some(Number::Integer((1 << 62) + 1)), Some(2_f64.sqrt())));
}

#[test]
fn many_pieces_are_put_together() {
    let numbers: Vec<f32> =
        (0..5_000_000_u32).map(|n| 1000.0 + (n.wrapping_mul(2_654_435_761) >> 8) as f32 * 1e-7).collect();
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let all = flat(Dtype::FLOAT32, bytes.clone());
    let wide: Vec<Plain> = numbers.iter().map(|&number| (f64::from(number), None)).collect();
    let (own, right) = (one(&all), plain_statistics(&wide));
    assert!(agree(&own, &right, 1000.0), "{own:?}\n{right:?}");
    let mut changed = bytes;
    changed[4 * 4_900_000 + 2] ^= 1;
    let found = gap(&all, &flat(Dtype::FLOAT32, changed), &Rule::default());
    assert_eq!((found.elements, found.differing, found.apart), (5_000_000, 1, 0));
    let counted = histogram(&all, 7, &Unwatched).unwrap();
    assert_eq!(counted.counts.iter().sum::<u64>(), 5_000_000);
}

#[test]
fn an_expanded_tensor_costs_what_it_holds() {
    let one_number = record(Dtype::FLOAT32, &[1 << 40], &[0], 0, 3.0_f32.to_le_bytes().to_vec());
    let found = one(&one_number);
    assert_eq!((found.elements, found.mean, found.std), (1 << 40, Some(3.0), Some(0.0)));
    assert_eq!(histogram(&one_number, 4, &Unwatched).unwrap().counts, [0, 0, 1 << 40, 0]);
    let other = record(Dtype::FLOAT32, &[1 << 40], &[0], 0, 5.0_f32.to_le_bytes().to_vec());
    let found = gap(&one_number, &other, &Rule::default());
    assert_eq!((found.differing, found.mean_abs), (1 << 40, Some(2.0)));
    // Elements that overlap without repeating would be read as often as they stand there.
    let overlapping = record(Dtype::UINT8, &[1 << 20, 1 << 20], &[1, 1], 0, vec![1; 1 << 21]);
    let refused = statistics([&overlapping], &Unwatched).unwrap().remove(0).unwrap_err();
    assert!(refused.message().contains("it is not read"), "{refused}");
}

#[test]
fn two_numbers_of_a_byte_are_two() {
    let found = one(&flat(Dtype::FLOAT4_E2M1FN_X2, vec![0xf3, 0x70]));
    assert_eq!((found.elements, found.min, found.max), (4, Some((-6.0).into()), Some(6.0.into())));
}

fn quantized(dtype: Dtype, bytes: Vec<u8>, shape: &[i64], quantizer: Quantizer) -> TensorRecord {
    let stride = contiguous_stride(shape).unwrap();
    let mut made = record(dtype, shape, &stride, 0, bytes);
    if let Form::Strided(view) = made.form {
        made.form = Form::Quantized(view, quantizer);
    }
    made
}

#[test]
fn quantized_tensors_are_told_of_by_their_values() {
    let quantizer = Quantizer::PerTensor { scale: 0.5, zero_point: 2 };
    let found = one(&quantized(Dtype::QINT8, vec![2, 4, 0xff], &[3], quantizer.clone()));
    assert_eq!((found.min, found.max, found.zeros), (Some((-1.5).into()), Some(1.0.into()), 1));
    let words: Vec<u8> = [2_i32, 1002].iter().flat_map(|number| number.to_le_bytes()).collect();
    assert_eq!(one(&quantized(Dtype::QINT32, words, &[2], quantizer.clone())).max, Some(500.0.into()));
    let packed = one(&quantized(Dtype::QUINT4X2, vec![0x52, 0x04], &[3], quantizer));
    assert_eq!((packed.elements, packed.min, packed.max), (3, Some(0.0.into()), Some(1.5.into())));
    let per_channel = |scales: &[f64]| Quantizer::PerChannel {
        scales: Rc::new(floats(scales)),
        zero_points: Rc::new(floats(&[0.0; 2])),
        axis: 1,
        float_parameters: false,
    };
    let of = |scales: &[f64]| quantized(Dtype::QINT8, vec![1, 1, 2, 2], &[2, 2], per_channel(scales));
    let found = one(&of(&[1.0, 10.0]));
    assert_eq!((found.min, found.max, found.mean), (Some(1.0.into()), Some(20.0.into()), Some(8.25)));
    let found = gap(&of(&[1.0, 10.0]), &of(&[1.0, 20.0]), &Rule::default());
    assert_eq!((found.elements, found.differing, found.max_abs), (4, 2, Some(20.0.into())));
    assert!(gap(&of(&[1.0, 10.0]), &of(&[1.0, 10.0]), &Rule::default()).is_equal());
}

#[test]
fn complex_numbers_have_a_mean_and_a_deviation() {
    let complex = |numbers: &[f64]| {
        flat(Dtype::COMPLEX128, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
    };
    let found = one(&complex(&[1.0, 2.0, 3.0, -2.0, f64::NAN, 0.0]));
    assert_eq!((found.elements, found.nan, found.min), (3, 1, None));
    assert_eq!((found.mean, found.imaginary_mean, found.std), (Some(2.0), Some(0.0), Some(10_f64.sqrt())));
    let found = gap(&complex(&[0.0, 0.0]), &complex(&[3.0, 4.0]), &Rule::default());
    assert_eq!((found.max_abs, found.cosine), (Some(5.0.into()), None));
    assert!(histogram(&complex(&[1.0, 1.0]), 3, &Unwatched).is_err());
}

#[test]
fn conjugates_and_negatives_are_what_they_stand_for() {
    let mut turned = floats(&[1.0, 2.0]);
    if let Form::Strided(view) = &mut turned.form {
        view.neg = true;
    }
    assert_eq!(one(&turned).min, Some((-2.0).into()));
    assert!(gap(&turned, &floats(&[-1.0, -2.0]), &Rule::default()).is_equal());
}

#[test]
fn sparse_tensors_count_the_zeros_that_are_nowhere_written() {
    let sparse = |indices: [i64; 2], values: &[f64], coalesced| {
        let indices: Vec<u8> = indices.iter().flat_map(|number| number.to_le_bytes()).collect();
        let indices = Rc::new(record(Dtype::INT64, &[1, 2], &[2, 1], 0, indices));
        let form = Form::Coo { indices, values: Rc::new(floats(values)), coalesced };
        TensorRecord::of(Dtype::FLOAT64, vec![10], form)
    };
    let found = one(&sparse([1, 5], &[2.0, 4.0], Some(true)));
    assert_eq!((found.elements, found.zeros, found.min), (10, 8, Some(0.0.into())));
    assert!(near(found.mean, Some(0.6), 1.0));
    let other = gap(
        &sparse([1, 5], &[2.0, 4.0], Some(true)),
        &sparse([1, 5], &[2.0, 5.0], Some(true)),
        &Rule::default(),
    );
    assert_eq!((other.elements, other.differing, other.mean_abs), (10, 1, Some(0.1)));
    let refused = |one: &TensorRecord, two: &TensorRecord| {
        compare([(one, two)], &Rule::default(), &Unwatched).unwrap().remove(0).is_err()
    };
    let first = sparse([1, 5], &[2.0, 4.0], Some(true));
    assert!(
        refused(&first, &sparse([1, 6], &[2.0, 4.0], Some(true)))
            && refused(&first, &sparse([1, 5], &[2.0, 4.0], None))
    );
}

#[test]
fn one_odd_tensor_is_a_reason_and_the_rest_is_done() {
    let meta = TensorRecord::of(Dtype::FLOAT32, vec![3], Form::Meta { stride: vec![1] });
    let bits = flat(Dtype::from_name("bits8").unwrap(), vec![1]);
    let found = statistics([&meta, &floats(&[1.0]), &bits], &Unwatched).unwrap();
    let reasons: Vec<&str> =
        found.iter().map(|found| found.as_ref().err().map_or("", Error::message)).collect();
    assert_eq!(reasons, ["on the meta device: no data", "", "bits8: not read as numbers"]);
}

#[test]
fn a_watcher_stops_the_work() {
    struct Impatient(Cell<u64>);
    impl Watcher for Impatient {
        fn advance(&self, bytes: u64) -> Result<()> {
            self.0.set(self.0.get() + bytes);
            Err(Error::new(ErrorKind::KeyboardInterrupt, ""))
        }
    }
    let large = flat(Dtype::UINT8, vec![0; 32 << 20]);
    let stopped = statistics([&large], &Impatient(Cell::new(0))).unwrap_err();
    assert!(stopped.kind() == ErrorKind::KeyboardInterrupt);
}
