//! Writing npz: a zip archive of arrays, as `numpy.savez` makes it.

use std::path::Path;

use super::atomic::replace;
use super::flat::{Item, collect};
use super::torch_zip::{Saved, failed};
use super::zip::ZipWriter;
use crate::dtype::Dtype;
use crate::graph::{Graph, NodeId};
use crate::watcher::Watcher;
use crate::zip::check_name;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// Saves a dictionary of tensors as arrays.
///
/// # Errors
/// `OSError` if the file cannot be written; `TypeError` for what is no tensor, or of a dtype that numpy lacks.
pub fn save_npz(path: &Path, graph: &Graph, root: NodeId, watcher: &dyn Watcher) -> Result<Saved> {
    let flat = collect(graph, root, "npz")?;
    let mut notes = Vec::new();
    if !flat.ties.is_empty() {
        notes.push(format!("tied tensors are written several times: {} of them", flat.ties.len()));
    }
    let mut items: Vec<(&str, &Item)> = flat.items.iter().map(|item| (item.name.as_str(), item)).collect();
    let by_name: SeededMap<&str, &Item> = items.iter().copied().collect();
    for (name, written) in &flat.ties {
        items.extend(by_name.get(written.as_str()).map(|item| (name.as_str(), *item)));
    }
    for (name, _) in &items {
        check_name(name).map_err(|what| Error::value(format!("npz: the key {name:?}: {what}")))?;
    }
    watcher.expect(items.iter().map(|(_, item)| item.nbytes).sum());
    let (saved, replaced) = replace(path, |out| {
        let mut zip = ZipWriter::new(out);
        for (name, item) in &items {
            let header = header(name, item.record.dtype, &item.record.shape)?;
            let failed = |error: std::io::Error| failed(&error);
            zip.start(&format!("{name}.npy"), header.len() as u64 + item.nbytes).map_err(failed)?;
            zip.data(&header).map_err(failed)?;
            item.each(|bytes| {
                zip.data(bytes).map_err(failed)?;
                watcher.advance(bytes.len() as u64)
            })?;
            zip.finish_entry().map_err(failed)?;
        }
        let nbytes = zip.finish().map_err(|error| failed(&error))?;
        Ok(Saved { nbytes, storages: items.len(), notes, replaced: None, ..Saved::default() })
    })?;
    Ok(Saved { replaced, ..saved })
}

/// The bytes before an array's data (numpy's format version 1.0).
fn header(name: &str, dtype: Dtype, shape: &[i64]) -> Result<Vec<u8>> {
    let code = code(dtype).ok_or_else(|| {
        let error = Error::type_error(format!("numpy has no type for {dtype} (tensor '{name}')"));
        error.hint("convert it first: t.float()")
    })?;
    let sizes: Vec<_> = shape.iter().map(i64::to_string).collect();
    let sizes = if let [one] = sizes.as_slice() { format!("{one},") } else { sizes.join(", ") };
    let mut text = format!("{{'descr': '{code}', 'fortran_order': False, 'shape': ({sizes}), }}");
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    text.extend(std::iter::repeat_n(' ', length - text.len() - 1));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    let length = u16::try_from(length).map_err(|_| Error::value("an array of too many dimensions"))?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(text.as_bytes());
    Ok(bytes)
}

/// The name that numpy gives a dtype in its files: `<f4`.
#[must_use]
pub fn code(dtype: Dtype) -> Option<String> {
    let kind = match dtype {
        Dtype::BOOL => 'b',
        Dtype::FLOAT16 | Dtype::FLOAT32 | Dtype::FLOAT64 => 'f',
        Dtype::COMPLEX64 | Dtype::COMPLEX128 => 'c',
        Dtype::UINT8 | Dtype::UINT16 | Dtype::UINT32 | Dtype::UINT64 => 'u',
        Dtype::INT8 | Dtype::INT16 | Dtype::INT32 | Dtype::INT64 => 'i',
        _ => return None,
    };
    let order = if dtype.itemsize() == 1 { '|' } else { '<' };
    Some(format!("{order}{kind}{}", dtype.itemsize()))
}
