//! Folders of DeepSpeed's ZeRO: each rank keeps a part of all 32-bit weights, flattened; here they are joined to a
//! state_dict (the layout is that of `deepspeed/utils/zero_to_fp32.py`, DeepSpeed 0.9 to 0.19).

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::content::{Options, from_file};
use super::dtype::Dtype;
use super::graph::{Dict, DictKind, Graph, Loaded, Node, NodeId};
use super::mapping::Region;
use super::record::{Produce, Storage, TensorRecord, bytes_of, numel};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};

fn fault(what: &str) -> Error {
    Error::value(format!("ZeRO checkpoint: {what}"))
}

/// The folder that holds the files of a ZeRO checkpoint: this one, or the one that `latest` in it names.
#[must_use]
pub fn folder_of(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &Path| !optimizer_files(folder).is_empty() || folder.join(MODEL).is_file();
    if is_one(folder) {
        return Some(folder.to_path_buf());
    }
    let latest = std::fs::read_to_string(folder.join("latest")).ok()?;
    let name = latest.trim();
    let inside = !name.is_empty() && !name.contains(['/', '\\']) && !matches!(name, "." | "..");
    let folder = folder.join(name);
    (inside && is_one(&folder)).then_some(folder)
}

/// The file of a model that is not parted among ranks.
const MODEL: &str = "mp_rank_00_model_states.pt";

/// The files of the ranks, in their order.
fn optimizer_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<(u64, PathBuf)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            let rank =
                name.strip_suffix("_optim_states.pt")?.split("zero_pp_rank_").nth(1)?.split('_').next()?;
            Some((rank.parse().ok()?, path))
        })
        .collect();
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

/// Reads and joins the files of all ranks.
///
/// # Errors
/// A file that is missing or is not of this format, partitions that do not make up the weights.
pub fn load(folder: &Path, options: &Options) -> Result<Loaded> {
    let ranks: Vec<Rank> =
        optimizer_files(folder).iter().map(|path| Rank::open(path, options)).collect::<Result<_>>()?;
    if ranks.is_empty() {
        return without_zero(folder, options);
    }
    let stage = ranks.first().map(|rank| rank.stage).unwrap_or(0);
    let count = ranks.first().map(|rank| rank.count).unwrap_or(0);
    if ranks.len() as u64 != count {
        return Err(fault(&format!("saved by {count} ranks, but there are files of {}", ranks.len())));
    }
    let model = Model::open(folder, stage, options)?;
    let mut joined = Joined::default();
    if stage <= 2 {
        joined.by_group(&model, &ranks)?
    } else {
        joined.by_parameter(&model, &ranks)?
    }
    joined.buffers(&model)?;
    if stage <= 2 {
        joined.frozen(&model)?;
    } else {
        joined.frozen_by_parameter(&Model::open_all(folder, ranks.len(), options)?)?;
    }
    joined.shared(&model)?;
    let root = joined.graph.add(Node::Dict(Box::new(joined.dict)))?;
    Ok(Loaded { graph: joined.graph, root, kind: "DeepSpeed ZeRO checkpoint", notes: Vec::new() })
}

/// A checkpoint of stage 0, which parts nothing: the weights in the dtype that they were trained in.
fn without_zero(folder: &Path, options: &Options) -> Result<Loaded> {
    if folder.join("mp_rank_01_model_states.pt").is_file() {
        return Err(fault(
            "the model is parted among ranks (mp_rank_00, mp_rank_01 …), which is not joined here",
        ));
    }
    let model = Model::open(folder, 0, options)?;
    let root = model.graph.item(model.root, "module").filter(|&id| id != NodeId::NONE);
    let root = root.ok_or_else(|| fault("the model's file has no module"))?;
    Ok(Loaded { graph: model.graph, root, kind: "DeepSpeed checkpoint", notes: Vec::new() })
}

/// What one rank keeps: a flat tensor for each group of parameters.
struct Rank {
    stage: i64,
    count: u64,
    groups: Vec<Rc<TensorRecord>>,
    /// For each group, the elements left free behind each of its parameters.
    free: Option<Vec<Vec<u64>>>,
}

impl Rank {
    fn open(path: &Path, options: &Options) -> Result<Rank> {
        let loaded = from_file(path, options)?;
        let graph = &loaded.graph;
        let state = graph.item(loaded.root, "optimizer_state_dict");
        let state = state.ok_or_else(|| fault("a file of a rank has no optimizer_state_dict"))?;
        let stage = graph.item(state, "zero_stage").and_then(|id| graph.int(id));
        let stage = stage.ok_or_else(|| fault("a file of a rank does not say its zero_stage"))?;
        let counts = graph.item(state, "partition_count");
        let one = |id| graph.int(id).and_then(|count| u64::try_from(count).ok());
        let several = |id| graph.sequence(id).map(|counts| counts.iter().filter_map(|&id| one(id)).max());
        let count = counts.and_then(|id| one(id).or_else(|| several(id).flatten()));
        let count = count.ok_or_else(|| fault("a file of a rank does not say its partition_count"))?;
        let key = if stage <= 2 { "single_partition_of_fp32_groups" } else { "fp32_flat_groups" };
        let groups = graph.item(state, key).and_then(|id| graph.sequence(id));
        let groups = groups.ok_or_else(|| fault(&format!("a file of a rank has no {key}")))?;
        let groups = groups.iter().map(|&id| flat_tensor(graph, id)).collect::<Result<_>>()?;
        let free = graph.item(state, "param_alignment_paddings").filter(|&id| id != NodeId::NONE);
        let free = free.map(|id| free_elements(graph, id)).transpose()?;
        Ok(Rank { stage, count, groups, free })
    }
}

fn free_elements(graph: &Graph, id: NodeId) -> Result<Vec<Vec<u64>>> {
    let group = |&id: &NodeId| {
        let numbers = graph.sequence(id)?.iter();
        numbers
            .map(|&id| graph.int(id).and_then(|count| u64::try_from(count).ok()))
            .collect::<Option<Vec<_>>>()
    };
    let groups = graph.sequence(id).and_then(|groups| groups.iter().map(group).collect::<Option<Vec<_>>>());
    groups.ok_or_else(|| fault("malformed param_alignment_paddings"))
}

fn flat_tensor(graph: &Graph, id: NodeId) -> Result<Rc<TensorRecord>> {
    match graph.get(id) {
        Node::Tensor(record) if record.dtype == Dtype::FLOAT32 && is_flat(record) => Ok(record.clone()),
        _ => Err(fault("a group of a rank is not a flat float32 tensor")),
    }
}

fn is_flat(record: &TensorRecord) -> bool {
    record.shape.len() == 1 && record.view().is_some_and(|view| view.stride == [1] && !view.neg && !view.conj)
}

/// What the file of the model says: shapes by group, buffers, frozen parameters, shared names.
struct Model {
    graph: Graph,
    root: NodeId,
}

/// Names and shapes of parameters.
type Shapes = Vec<(String, Vec<i64>)>;

impl Model {
    fn open(folder: &Path, stage: i64, options: &Options) -> Result<Model> {
        let names: &[&str] = match stage {
            0..=2 => &[MODEL],
            _ => &["zero_pp_rank_0_mp_rank_00_model_states.pt", MODEL],
        };
        let path = names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        let path = path.ok_or_else(|| fault(&format!("there is no {}", names.concat())))?;
        let loaded = from_file(&path, options)?;
        Ok(Model { graph: loaded.graph, root: loaded.root })
    }

    /// The files of all ranks, of which each has a part of every frozen parameter (stage 3).
    fn open_all(folder: &Path, ranks: usize, options: &Options) -> Result<Vec<Model>> {
        let model = |rank: usize| {
            let loaded =
                from_file(&folder.join(format!("zero_pp_rank_{rank}_mp_rank_00_model_states.pt")), options)?;
            Ok(Model { graph: loaded.graph, root: loaded.root })
        };
        (0..ranks).map(model).collect()
    }

    /// Names and shapes of the parameters of each group.
    fn groups(&self) -> Result<Vec<Shapes>> {
        let graph = &self.graph;
        let groups = graph.item(self.root, "param_shapes");
        let groups = groups.ok_or_else(|| fault("the model's file has no param_shapes"))?;
        let groups = graph.sequence(groups).map_or_else(|| vec![groups], <[_]>::to_vec);
        groups.into_iter().map(|group| self.shapes(group)).collect()
    }

    fn shapes(&self, group: NodeId) -> Result<Vec<(String, Vec<i64>)>> {
        let graph = &self.graph;
        let entries = graph.entries(group).ok_or_else(|| fault("malformed param_shapes"))?;
        let shape =
            |&(name, shape): &(NodeId, NodeId)| Some((graph.word(name)?.to_owned(), graph.sizes(shape)?));
        entries.iter().map(|entry| shape(entry).ok_or_else(|| fault("malformed param_shapes"))).collect()
    }

    fn tensor(&self, table: &str, name: &str) -> Option<Rc<TensorRecord>> {
        let table = self.graph.item(self.root, table)?;
        match self.graph.get(self.graph.item(table, name)?) {
            Node::Tensor(record) => Some(record.clone()),
            _ => None,
        }
    }
}

/// The state_dict in the making.
struct Joined {
    graph: Graph,
    dict: Dict,
}

impl Default for Joined {
    fn default() -> Self {
        Joined { graph: Graph::default(), dict: Dict { kind: DictKind::Ordered, ..Dict::default() } }
    }
}

/// A stretch of a rank's group: first element and how many.
struct Piece {
    record: Rc<TensorRecord>,
    start: u64,
    count: u64,
}

impl Joined {
    fn add(&mut self, name: &str, record: Rc<TensorRecord>) -> Result<()> {
        let key = self.graph.text(name)?;
        let value = self.graph.add(Node::Tensor(record))?;
        self.dict.items.push((key, value));
        Ok(())
    }

    /// Stages 1 and 2: the groups of all ranks, one after the other, are the parameters one after the other.
    fn by_group(&mut self, model: &Model, ranks: &[Rank]) -> Result<()> {
        for (number, group) in model.groups()?.iter().enumerate() {
            let parts: Option<Vec<_>> = ranks.iter().map(|rank| rank.groups.get(number).cloned()).collect();
            let parts = parts.ok_or_else(|| fault("a rank has fewer groups of parameters than the model"))?;
            let free = ranks.first().and_then(|rank| rank.free.as_ref());
            let free = free.map(|groups| groups.get(number).filter(|free| free.len() == group.len()));
            let free = free
                .map(|free| free.ok_or_else(|| fault("malformed param_alignment_paddings")))
                .transpose()?;
            let mut at = 0_u64;
            for (place, (name, shape)) in group.iter().enumerate() {
                let count = numel(shape).ok_or_else(|| fault("malformed param_shapes"))?;
                let pieces = stretch(&parts, at, count).ok_or_else(|| too_short(name))?;
                self.add(name, Rc::new(tensor(name, shape, pieces)?))?;
                let behind = free.and_then(|free| free.get(place)).copied().unwrap_or(0);
                at = count
                    .checked_add(behind)
                    .and_then(|step| at.checked_add(step))
                    .ok_or_else(|| too_short(name))?;
            }
        }
        Ok(())
    }

    /// Stage 3: each parameter is parted among all ranks, the last part padded.
    fn by_parameter(&mut self, model: &Model, ranks: &[Rank]) -> Result<()> {
        let mut at = 0_u64;
        for (name, shape) in model.groups()?.iter().flatten() {
            let count = numel(shape).ok_or_else(|| fault("malformed param_shapes"))?;
            let share = count.div_ceil(ranks.len().max(1) as u64);
            let (mut pieces, mut left) = (Vec::new(), count);
            for rank in ranks {
                let here = share.min(left);
                pieces.extend(stretch(&rank.groups, at, here).ok_or_else(|| too_short(name))?);
                left -= here;
            }
            self.add(name, Rc::new(tensor(name, shape, pieces)?))?;
            at = at.checked_add(share).ok_or_else(|| too_short(name))?;
        }
        Ok(())
    }

    fn buffers(&mut self, model: &Model) -> Result<()> {
        let graph = &model.graph;
        let names = graph.item(model.root, "buffer_names").and_then(|names| graph.sequence(names));
        for name in names.unwrap_or_default().iter().filter_map(|&name| graph.str(name)) {
            if let Some(record) = model.tensor("module", name) {
                self.add(name, record)?;
            }
        }
        Ok(())
    }

    /// Parameters that were not trained are whole in the model's file.
    fn frozen(&mut self, model: &Model) -> Result<()> {
        let graph = &model.graph;
        let frozen = graph.item(model.root, "frozen_param_fragments").and_then(|table| graph.entries(table));
        for name in frozen.unwrap_or_default().iter().filter_map(|(name, _)| graph.str(*name)) {
            if let Some(record) = model.tensor("frozen_param_fragments", name) {
                self.add(name, record)?;
            }
        }
        Ok(())
    }

    /// Parameters that were not trained are parted as the others are, among the files of all ranks.
    fn frozen_by_parameter(&mut self, models: &[Model]) -> Result<()> {
        let Some(first) = models.first() else { return Ok(()) };
        let shapes = first.graph.item(first.root, "frozen_param_shapes");
        let Some(shapes) = shapes.filter(|&shapes| first.graph.entries(shapes).is_some()) else {
            return Ok(());
        };
        for (name, shape) in first.shapes(shapes)? {
            let count = numel(&shape).ok_or_else(|| fault("malformed frozen_param_shapes"))?;
            let part =
                |model: &Model| model.tensor("frozen_param_fragments", &name).filter(|part| is_flat(part));
            let parts = models.iter().map(part).collect::<Option<Vec<_>>>();
            let parts = parts.ok_or_else(|| fault(&format!("a rank has no part of '{name}'")))?;
            let pieces = stretch(&parts, 0, count).ok_or_else(|| too_short(&name))?;
            self.add(&name, Rc::new(tensor(&name, &shape, pieces)?))?;
        }
        Ok(())
    }

    /// Names that stand for the same parameter as another.
    fn shared(&mut self, model: &Model) -> Result<()> {
        let graph = &model.graph;
        let shared = graph.item(model.root, "shared_params");
        let pairs = shared.and_then(|table| graph.entries(table)).unwrap_or_default();
        for (name, other) in pairs.iter().filter_map(|&(a, b)| Some((graph.str(a)?, graph.str(b)?))) {
            let found = self.dict.items.iter().find(|(key, _)| self.graph.str(*key) == Some(other));
            if let Some(&(_, value)) = found {
                let key = self.graph.text(name)?;
                self.dict.items.push((key, value));
            }
        }
        Ok(())
    }
}

fn too_short(name: &str) -> Error {
    fault(&format!("the partitions end before '{name}'"))
}

/// The pieces of flat tensors, laid end to end, that hold `count` elements from `at`.
fn stretch(parts: &[Rc<TensorRecord>], at: u64, count: u64) -> Option<Vec<Piece>> {
    let (mut skip, mut left, mut pieces) = (at, count, Vec::new());
    for record in parts {
        let length = record.numel()?;
        if skip >= length {
            skip -= length;
            continue;
        }
        let here = (length - skip).min(left);
        if here > 0 {
            pieces.push(Piece { record: record.clone(), start: skip, count: here });
        }
        (skip, left) = (0, left - here);
    }
    (left == 0).then_some(pieces)
}

/// A tensor on its piece, or on a storage that is put together when it is first used.
fn tensor(name: &str, shape: &[i64], pieces: Vec<Piece>) -> Result<TensorRecord> {
    let dtype = pieces.first().map_or(Dtype::FLOAT32, |piece| piece.record.dtype);
    if pieces.iter().any(|piece| piece.record.dtype != dtype) {
        return Err(fault(&format!("the parts of '{name}' are of several dtypes")));
    }
    if let [piece] = pieces.as_slice()
        && let Some(view) = piece.record.view()
    {
        let offset = i64::try_from(piece.start).ok().and_then(|start| view.offset.checked_add(start));
        let stride = super::record::contiguous_stride(shape);
        let (offset, stride) = offset.zip(stride).ok_or_else(|| too_short(name))?;
        return TensorRecord::strided(dtype, shape.to_vec(), stride, offset, &view.storage);
    }
    let count: u64 = pieces.iter().map(|piece| piece.count).sum();
    let nbytes = bytes_of(dtype, count).ok_or_else(|| too_short(name))?;
    let storage = Storage::lazy(Str::new(name), Str::intern("cpu"), nbytes, Box::new(Pieces(pieces, dtype)));
    TensorRecord::contiguous(dtype, shape.to_vec(), &storage)
}

struct Pieces(Vec<Piece>, Dtype);

impl Produce for Pieces {
    fn produce(&self) -> Result<Region> {
        let (mut whole, itemsize) = (Vec::new(), self.1.itemsize());
        for piece in &self.0 {
            let Some(view) = piece.record.view() else { continue };
            let start = u64::try_from(view.offset).ok().and_then(|offset| offset.checked_add(piece.start));
            let start = start.and_then(|start| usize::try_from(start).ok()?.checked_mul(itemsize));
            let length = usize::try_from(piece.count).ok().and_then(|count| count.checked_mul(itemsize));
            let part = start
                .zip(length)
                .and_then(|(start, length)| view.storage.bytes_once().ok()?.part(start, length));
            whole.extend_from_slice(part.ok_or_else(|| fault("a partition is too short"))?.bytes());
        }
        Region::from(whole).aligned(itemsize)
    }
}
