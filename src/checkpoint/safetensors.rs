//! The safetensors format: 8 bytes of header length (little-endian), a JSON header, the tensors' bytes.
//!
//! Follows the format's own description (huggingface/safetensors, README and `safetensors/src/tensor.rs`): the
//! offsets count from the end of the header, and together the tensors cover the rest of the file without a gap.

use serde::de::{self, Deserializer, MapAccess, Visitor};

use std::rc::Rc;

use super::dtype::Dtype;
use super::graph::{Dict, DictKind, Graph, Loaded, Node, NodeId};
use super::limits;
use super::mapping::Mapping;
use super::record::{Storage, TensorRecord};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};

/// What a header says.
#[derive(Debug, Default)]
pub struct Header {
    /// The tensors, in the order of their bytes.
    pub tensors: Vec<Entry>,
    /// `__metadata__`, in the order of the header.
    pub metadata: Vec<(String, String)>,
}

/// One tensor.
#[derive(Debug)]
pub struct Entry {
    /// Its key.
    pub name: String,
    /// The element type.
    pub dtype: Dtype,
    /// The shape as libtorch has it: pairs of 4-bit floats count once.
    pub shape: Vec<i64>,
    /// First byte, in the file.
    pub start: u64,
    /// Number of bytes.
    pub length: u64,
}

/// Names of dtypes in headers.
const DTYPES: &[(&str, Dtype)] = &[
    ("BOOL", Dtype::BOOL),
    ("U8", Dtype::UINT8),
    ("I8", Dtype::INT8),
    ("F8_E5M2", Dtype::FLOAT8_E5M2),
    ("F8_E4M3", Dtype::FLOAT8_E4M3FN),
    ("F8_E8M0", Dtype::FLOAT8_E8M0FNU),
    ("F8_E5M2FNUZ", Dtype::FLOAT8_E5M2FNUZ),
    ("F8_E4M3FNUZ", Dtype::FLOAT8_E4M3FNUZ),
    ("F4", Dtype::FLOAT4_E2M1FN_X2),
    ("I16", Dtype::INT16),
    ("U16", Dtype::UINT16),
    ("F16", Dtype::FLOAT16),
    ("BF16", Dtype::BFLOAT16),
    ("I32", Dtype::INT32),
    ("U32", Dtype::UINT32),
    ("F32", Dtype::FLOAT32),
    ("C64", Dtype::COMPLEX64),
    ("F64", Dtype::FLOAT64),
    ("I64", Dtype::INT64),
    ("U64", Dtype::UINT64),
];

/// The header's key that is no tensor's.
pub const METADATA: &str = "__metadata__";

/// The metadata key under which torchsh writes which names were left out for being the same tensor as another, as JSON.
pub const TIES: &str = "torchsh.ties";

/// The header's name for a dtype; none where the format has no such type.
#[must_use]
pub fn dtype_name(dtype: Dtype) -> Option<&'static str> {
    DTYPES.iter().find(|(_, known)| *known == dtype).map(|(name, _)| *name)
}

/// Whether a file begins as a safetensors file does: a plausible length, then `{`.
#[must_use]
pub fn looks_like(start: &[u8], file_length: u64) -> bool {
    let (Some(length), Some(b'{')) = (header_length(start), start.get(8)) else { return false };
    length >= 2 && length <= (limits::HEADER_BYTES as u64).max(file_length)
}

fn header_length(start: &[u8]) -> Option<u64> {
    start.get(..8)?.try_into().ok().map(u64::from_le_bytes)
}

/// Reads a file: an ordered dictionary of tensors in the order of their bytes, with `__metadata__` as its attribute `metadata`.
///
/// # Errors
/// As [`parse`].
pub fn load(mapping: &Mapping) -> Result<Loaded> {
    let header = parse(mapping.bytes())?;
    let mut graph = Graph::default();
    let mut dict = Dict { kind: DictKind::Ordered, ..Dict::default() };
    for entry in &header.tensors {
        // `parse` has held every entry to the file.
        let bytes = mapping.region(entry.start, entry.length).unwrap_or_default();
        let (key, unit) = (Str::new(entry.name.as_str()), entry.dtype.itemsize());
        let storage = Storage::at(key, Str::intern("cpu"), bytes, unit);
        let tensor = TensorRecord::contiguous(entry.dtype, entry.shape.clone(), &storage)?;
        let key = graph.text(&entry.name)?;
        dict.items.push((key, graph.add(Node::Tensor(Rc::new(tensor)))?));
    }
    restore_ties(&mut graph, &mut dict, &header.metadata)?;
    dict.attributes = Some(attributes(&mut graph, &header.metadata)?);
    let root = graph.add(Node::Dict(Box::new(dict)))?;
    Ok(Loaded { graph, root, kind: "safetensors", notes: Vec::new() })
}

/// Metadata as the attribute of a dictionary.
///
/// # Errors
/// More text than a graph holds.
pub fn attributes(graph: &mut Graph, metadata: &[(String, String)]) -> Result<NodeId> {
    let mut pairs = Vec::new();
    for (key, value) in metadata {
        pairs.push((Str::new(key.as_str()), graph.text(value)?));
    }
    let metadata = graph.dict(pairs)?;
    graph.dict([(Str::intern("metadata"), metadata)])
}

/// The metadata of a file that was read, without what is said of tied tensors.
#[must_use]
pub fn metadata_of(loaded: &Loaded) -> Vec<(String, String)> {
    let Node::Dict(dict) = loaded.graph.get(loaded.root) else { return Vec::new() };
    let metadata = dict.attributes.and_then(|attributes| loaded.graph.item(attributes, "metadata"));
    let entries = metadata.and_then(|metadata| loaded.graph.entries(metadata)).unwrap_or_default();
    let text = |id| loaded.graph.str(id).map(str::to_owned);
    own_metadata(entries.iter().filter_map(|&(key, value)| text(key).zip(text(value))).collect())
}

/// Metadata without what [`TIES`] and the names in it say: that is said anew of what is written.
#[must_use]
pub fn own_metadata(mut metadata: Vec<(String, String)>) -> Vec<(String, String)> {
    let ties = metadata.iter().find(|(key, _)| key == TIES).map(|(_, ties)| ties.as_str());
    let ties: serde_json::Map<String, serde_json::Value> =
        ties.and_then(|ties| serde_json::from_str(ties).ok()).unwrap_or_default();
    metadata.retain(|(key, _)| key != TIES && !ties.contains_key(key));
    metadata
}

/// Puts the names back that were left out for being the same tensor as another.
fn restore_ties(graph: &mut Graph, dict: &mut Dict, metadata: &[(String, String)]) -> Result<()> {
    let Some((_, ties)) = metadata.iter().find(|(key, _)| key == TIES) else { return Ok(()) };
    let ties: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(ties).map_err(|error| broken(format!("the metadata {TIES}: {error}")))?;
    let named: torchsh_base::hash::SeededMap<String, _> =
        dict.items.iter().filter_map(|&(key, value)| Some((graph.str(key)?.to_owned(), value))).collect();
    for (left_out, written) in ties {
        let written = written.as_str().and_then(|name| named.get(name)).copied();
        let written =
            written.ok_or_else(|| broken(format!("the metadata {TIES}: '{left_out}' is not a tensor's")))?;
        if !named.contains_key(&left_out) {
            dict.items.push((graph.text(&left_out)?, written));
        }
    }
    Ok(())
}

/// Reads the header of a whole file.
///
/// # Errors
/// `ValueError` that says what is wrong and in which tensor: a length beyond the file, no JSON, a tensor outside the
/// data, a gap or an overlap, a size that is not shape × element size, a name twice.
pub fn parse(file: &[u8]) -> Result<Header> {
    let file_length = file.len() as u64;
    let length = header_length(file)
        .ok_or_else(|| broken("the file is shorter than the 8 bytes of the header's length"))?;
    if length > (limits::HEADER_BYTES as u64) {
        return Err(broken(format!(
            "a header of {length} bytes is announced, the limit is {}",
            limits::HEADER_BYTES
        )));
    }
    let text = usize::try_from(length).ok().and_then(|length| file.get(8..8 + length));
    let text = text.ok_or_else(|| {
        broken(format!("a header of {length} bytes is announced, the file has {file_length} bytes"))
            .hint("the download may be incomplete")
    })?;
    let raw: RawHeader = serde_json::from_slice(text)
        .map_err(|error| broken(format!("the header is not valid JSON: {error}")))?;
    let data_start = 8 + length;
    let mut tensors = Vec::with_capacity(raw.tensors.len());
    for (name, tensor) in raw.tensors {
        tensors.push(entry(name, &tensor, data_start)?);
    }
    tensors.sort_by_key(|tensor| (tensor.start, tensor.start + tensor.length));
    check_cover(&tensors, data_start, file_length)?;
    Ok(Header { tensors, metadata: raw.metadata })
}

fn entry(name: String, raw: &RawTensor, data_start: u64) -> Result<Entry> {
    let dtype = DTYPES.iter().find(|(known, _)| *known == raw.dtype).map(|(_, dtype)| *dtype);
    let dtype = dtype.ok_or_else(|| broken(format!("tensor '{name}': unknown dtype '{}'", raw.dtype)))?;
    let [start, end] = raw.data_offsets;
    let length = end
        .checked_sub(start)
        .ok_or_else(|| broken(format!("tensor '{name}': it ends at {end}, before its start {start}")))?;
    let mut shape = raw.shape.clone();
    if dtype == Dtype::FLOAT4_E2M1FN_X2 {
        halve_last(&name, &mut shape)?;
    }
    let wanted = shape.iter().try_fold(dtype.itemsize() as u64, |product, &size| product.checked_mul(size));
    if wanted != Some(length) {
        let wanted = wanted.map_or_else(|| "more than 2^64".to_owned(), |wanted| wanted.to_string());
        return Err(broken(format!(
            "tensor '{name}': {length} bytes for {:?} of {dtype}, which takes {wanted}",
            raw.shape
        )));
    }
    let too_large = || broken(format!("tensor '{name}': a size beyond 2^63"));
    let shape = shape
        .iter()
        .map(|&size| i64::try_from(size).map_err(|_| too_large()))
        .collect::<Result<Vec<i64>>>()?;
    let start = start.checked_add(data_start).ok_or_else(too_large)?;
    Ok(Entry { name, dtype, shape, start, length })
}

fn halve_last(name: &str, shape: &mut [u64]) -> Result<()> {
    match shape.last_mut() {
        Some(last) if *last % 2 == 0 => {
            *last /= 2;
            Ok(())
        }
        _ => Err(broken(format!("tensor '{name}': an odd number of 4-bit elements in the last dimension"))),
    }
}

fn check_cover(tensors: &[Entry], data_start: u64, file_length: u64) -> Result<()> {
    let mut at = data_start;
    for tensor in tensors {
        if tensor.start != at {
            let what =
                if tensor.start < at { "overlaps the tensor before it" } else { "leaves a gap before it" };
            return Err(broken(format!(
                "tensor '{}' at byte {} {what}, which ends at {at}",
                tensor.name, tensor.start
            )));
        }
        at = at
            .checked_add(tensor.length)
            .ok_or_else(|| broken(format!("tensor '{}' ends beyond 2^64", tensor.name)))?;
        if at > file_length {
            let error =
                broken(format!("tensor '{}' ends at byte {at}, the file has {file_length}", tensor.name));
            return Err(error.hint("the download may be incomplete"));
        }
    }
    if at == file_length {
        return Ok(());
    }
    Err(broken(format!("{} bytes after the last tensor belong to no tensor", file_length - at)))
}

fn broken(what: impl std::fmt::Display) -> Error {
    Error::value(format!("not a valid safetensors file: {what}"))
}

// ---- the header's JSON ----------------------------------------------------------------------------------------

#[derive(Default)]
struct RawHeader {
    tensors: Vec<(String, RawTensor)>,
    metadata: Vec<(String, String)>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTensor {
    dtype: String,
    #[serde(deserialize_with = "bounded_shape")]
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// Sizes of a tensor, of which there are not more than libtorch allows.
fn bounded_shape<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    struct Sizes;

    impl<'de> Visitor<'de> for Sizes {
        type Value = Vec<u64>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of sizes")
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<u64>, A::Error> {
            let mut sizes = Vec::new();
            while let Some(size) = sequence.next_element()? {
                if sizes.len() >= limits::DIMENSIONS {
                    let message = format!("a tensor of more than {} dimensions", limits::DIMENSIONS);
                    return Err(de::Error::custom(message));
                }
                sizes.push(size);
            }
            Ok(sizes)
        }
    }

    deserializer.deserialize_seq(Sizes)
}

/// That a header has no more entries than any real one.
fn within_limit<E: de::Error>(entries: usize) -> Result<(), E> {
    if entries > limits::HEADER_ENTRIES {
        return Err(E::custom(format!("more than {} entries", limits::HEADER_ENTRIES)));
    }
    Ok(())
}

impl<'de> de::Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = RawHeader;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of tensors")
    }

    /// A map of our own, because a JSON map would let a second tensor of a name silently replace the first.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
        let mut header = RawHeader::default();
        let mut seen = std::collections::HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.clone()) {
                return Err(de::Error::custom(format!("the name '{name}' is there twice")));
            }
            within_limit(seen.len())?;
            if name == METADATA {
                header.metadata = map.next_value::<Option<Pairs>>()?.map(|pairs| pairs.0).unwrap_or_default();
            } else {
                header.tensors.push((name, map.next_value()?));
            }
        }
        Ok(header)
    }
}

struct Pairs(Vec<(String, String)>);

impl<'de> de::Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                    within_limit(pairs.len())?;
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

// ---- writing --------------------------------------------------------------------------------------------------

/// A tensor to be written: its name, dtype, shape and number of bytes.
pub struct Plan<'a> {
    /// Its key.
    pub name: &'a str,
    /// The element type.
    pub dtype: Dtype,
    /// The shape as libtorch has it.
    pub shape: &'a [i64],
    /// Bytes of the contiguous tensor.
    pub length: u64,
}

/// The order in which the format's library lays tensors out: wide elements first, so that each is aligned, then names.
#[must_use]
pub fn order(plans: &[Plan<'_>]) -> Vec<usize> {
    let rank = |plan: &Plan<'_>| DTYPES.iter().position(|(_, dtype)| *dtype == plan.dtype).unwrap_or(0);
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by(|&a, &b| match (plans.get(a), plans.get(b)) {
        (Some(a), Some(b)) => rank(b).cmp(&rank(a)).then_with(|| a.name.cmp(b.name)),
        _ => a.cmp(&b),
    });
    order
}

/// The bytes before the data: length and header, padded with spaces to a multiple of 8. The data follow in the order of `plans`.
///
/// # Errors
/// `ValueError` for a dtype that the format has not.
pub fn header(plans: &[Plan<'_>], metadata: &[(String, String)]) -> Result<Vec<u8>> {
    let mut object = serde_json::Map::new();
    if !metadata.is_empty() {
        let pairs =
            metadata.iter().map(|(key, value)| (key.clone(), serde_json::Value::from(value.as_str())));
        object.insert(METADATA.to_owned(), serde_json::Value::Object(pairs.collect()));
    }
    let mut at = 0u64;
    for plan in plans {
        let dtype = dtype_name(plan.dtype).ok_or_else(|| {
            let error =
                Error::value(format!("safetensors has no type for {} (tensor '{}')", plan.dtype, plan.name));
            error.hint("save it as .pt, or convert it first")
        })?;
        let mut shape = plan.shape.to_vec();
        if let (Dtype::FLOAT4_E2M1FN_X2, Some(last)) = (plan.dtype, shape.last_mut()) {
            *last *= 2;
        }
        let end = at + plan.length;
        object.insert(
            plan.name.to_owned(),
            serde_json::json!({"dtype": dtype, "shape": shape, "data_offsets": [at, end]}),
        );
        at = end;
    }
    let mut text = serde_json::to_vec(&object).map_err(|error| Error::value(error.to_string()))?;
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.append(&mut text);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let plans = [
            Plan { name: "a", dtype: Dtype::FLOAT32, shape: &[2], length: 8 },
            Plan { name: "b", dtype: Dtype::UINT8, shape: &[], length: 1 },
        ];
        let mut bytes = header(&plans, &[("format".into(), "pt".into())]).unwrap();
        let start = bytes.len() as u64;
        bytes.extend([0; 9]);
        let read = parse(&bytes).unwrap();
        assert_eq!(read.tensors[0].start, start);
        assert_eq!(read.tensors[1].start, start + 8);
        assert_eq!(read.metadata, [("format".to_owned(), "pt".to_owned())]);
    }

    #[test]
    fn lies_are_refused_by_name() {
        let cases: &[(&str, usize, &str)] = &[
            (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8"),
            (r#"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, 4, "the file has"),
            (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, "gap"),
            (
                r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
                2,
                "overlaps",
            ),
            (
                r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
                1,
                "twice",
            ),
            (
                r#"{"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
                0,
                "more than 2^64",
            ),
            (r#"{"a":{"dtype":"Q8","shape":[1],"data_offsets":[0,1]}}"#, 1, "unknown dtype"),
            (r#"{}"#, 3, "belong to no tensor"),
        ];
        for (header, data, expected) in cases {
            let error = parse(&file(header, &vec![0; *data])).unwrap_err();
            assert!(error.message().contains(expected), "{header}: {error}");
        }
        assert!(parse(&u64::MAX.to_le_bytes()).is_err());
    }
}
