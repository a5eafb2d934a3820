use std::rc::Rc;

use super::*;

/// A tensor of these numbers.
fn tensor(numbers: &[f32], shape: &[i64]) -> TensorRecord {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let storage = Storage::new(Str::new("0"), Str::new("cpu"), Region::from(bytes));
    TensorRecord::contiguous(Dtype::FLOAT32, shape.to_vec(), &storage).unwrap()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|raw| f32::from_le_bytes(*raw)).collect()
}

/// The numbers of a result, made at once and some at a time.
fn numbers(record: &TensorRecord) -> Vec<f32> {
    let storage: &Rc<Storage> = &record.view().unwrap().storage;
    let at_once = floats(storage.bytes_once().unwrap().bytes());
    let mut streamed = Vec::new();
    storage
        .each(|bytes| {
            streamed.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    assert_eq!(at_once, floats(&streamed));
    at_once
}

#[test]
fn numbers_are_cast_and_cast_back() {
    let record = tensor(&[1.0, -0.1, 65504.0, 1e-8], &[4]);
    let half = cast(record, Dtype::FLOAT16).unwrap();
    assert_eq!(numbers(&cast(half, Dtype::FLOAT32).unwrap()), [1.0, -0.099_975_586, 65504.0, 0.0]);
}

#[test]
fn long_results_come_in_order() {
    let count = 3 * (1 << 20) / 4 + 5;
    let record = tensor(&(0..count).map(|number| number as f32).collect::<Vec<_>>(), &[i64::from(count)]);
    let made = combined(vec![record.clone(), record.clone()], Combination::Lerp(0.25)).unwrap();
    assert_eq!(numbers(&made), numbers(&record));
}

#[test]
fn averages_are_added_in_order() {
    let (one, two) = (tensor(&[1.0, 2.0], &[2]), tensor(&[3.0, 6.0], &[2]));
    let both = || vec![one.clone(), two.clone()];
    let average =
        |weights: &[f64]| numbers(&combined(both(), Combination::Average(weights.to_vec())).unwrap());
    assert_eq!(average(&[1.0, 1.0]), [2.0, 4.0]);
    assert_eq!(average(&[0.75, 0.25]), [1.5, 3.0]);
    assert_eq!(average(&[1.0, 3.0]), [2.5, 5.0]);
    assert_eq!(numbers(&combined(both(), Combination::Sum(vec![1.0, -2.0])).unwrap()), [-5.0, -10.0]);
    let task = vec![one.clone(), two.clone(), one.clone()];
    assert_eq!(numbers(&combined(task, Combination::Task(vec![0.5])).unwrap()), [2.0, 4.0]);
    let wrong = vec![one, tensor(&[1.0], &[1])];
    assert!(combined(wrong, Combination::Lerp(0.5)).is_err());
}

#[test]
fn rows_are_cut_joined_and_added() {
    let record = tensor(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &[3, 2]);
    let rows = sliced(&record, 0, 1, 3).unwrap();
    assert_eq!((rows.shape.as_slice(), numbers(&rows)), ([2, 2].as_slice(), vec![2.0, 3.0, 4.0, 5.0]));
    let columns = sliced(&record, 1, 1, 2).unwrap();
    assert_eq!(numbers(&columns), [1.0, 3.0, 5.0]);
    let both = joined(vec![record.clone(), columns.clone()], 1).unwrap();
    assert_eq!(both.shape, [3, 3]);
    assert_eq!(numbers(&both), [0.0, 1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0]);
    assert!(joined(vec![record.clone(), columns], 0).is_err());
    assert_eq!(numbers(&grown(&record, 4, Rows::Mean).unwrap())[6..], [2.0, 3.0]);
    assert_eq!(numbers(&grown(&record, 5, Rows::Zeros).unwrap())[6..], [0.0; 4]);
    assert!(grown(&record, 2, Rows::Zeros).is_err());
    assert!(sliced(&record, 0, 2, 4).is_err());
}

#[test]
fn views_are_copied_some_at_a_time() {
    let (rows, columns) = (700_usize, 1100_usize);
    let mut turned =
        tensor(&(0..rows * columns).map(|number| number as f32).collect::<Vec<_>>(), &[700, 1100]);
    turned.shape.swap(0, 1);
    if let torchsh_checkpoint::record::Form::Strided(view) = &mut turned.form {
        view.stride.swap(0, 1);
    }
    let wanted: Vec<f32> =
        (0..columns).flat_map(|column| (0..rows).map(move |row| (row * columns + column) as f32)).collect();
    assert!(wanted.len() * 4 > 2 << 20);
    assert_eq!(numbers(&copied(turned.clone()).unwrap()), wanted);
    let cut = sliced(&turned, 0, 3, 1099).unwrap();
    assert_eq!(numbers(&cut), wanted[3 * rows..1099 * rows]);
    let thin = sliced(&turned, 1, 699, 700).unwrap();
    assert_eq!(numbers(&thin), wanted.chunks(rows).map(|line| line[699]).collect::<Vec<_>>());
}

#[test]
fn a_snapshot_stays_what_it_was() {
    use std::io::Write;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[1, 2, 3, 4]).unwrap();
    let mapping = torchsh_checkpoint::mapping::Mapping::open(file.path()).unwrap();
    for bytes in [mapping.whole().clone(), Region::from(vec![1, 2, 3, 4])] {
        let storage = Storage::new(Str::new("0"), Str::new("cpu"), bytes.clone());
        let record = TensorRecord::contiguous(Dtype::UINT8, vec![4], &storage.snapshot()).unwrap();
        let later = copied(record).unwrap();
        storage.set_apart().unwrap();
        // SAFETY: the memory is this test's own, or mapped privately.
        unsafe { bytes.as_mut_ptr().write(9) };
        assert_eq!(storage.bytes().unwrap().bytes(), [9, 2, 3, 4]);
        assert_eq!(later.view().unwrap().storage.bytes_once().unwrap().bytes(), [1, 2, 3, 4]);
    }
}
