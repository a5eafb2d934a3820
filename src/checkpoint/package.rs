//! `torch.package` archives: pickles by path, and in `.data` a record for each storage
//! (`torch/package/package_importer.py` of PyTorch 2.11). The Python source beside them is not run.

use std::rc::Rc;

use super::graph::{Dict, Made, Node, NodeId};
use super::limits;
use super::pickle::{self, Build, Persistent};
use super::torch_zip::{Records, root};
use super::zip::{Archive, Entry};
use torchsh_base::error::Result;

/// The file that tells such an archive from others.
const MARK: &str = ".data/extern_modules";

/// Whether an archive is one of these.
#[must_use]
pub fn is_package(archive: &Archive) -> bool {
    root(archive, MARK).is_some()
}

/// Reads its pickles: the object of the only one, or a dictionary of them by their path.
///
/// # Errors
/// What is wrong with a pickle or a record.
pub fn read(build: &mut Build, archive: &Archive) -> Result<NodeId> {
    let folder = root(archive, MARK).unwrap_or_default();
    let path = |entry: &Entry| -> Option<String> {
        let path = entry.name.as_str().strip_prefix(folder)?.strip_prefix('/')?;
        (path.ends_with(".pkl") && !path.starts_with(".data/")).then(|| path.to_owned())
    };
    let pickles: Vec<_> =
        archive.entries().iter().filter_map(|entry| Some((path(entry)?, entry.clone()))).collect();
    let storages = Records::new(archive, format!("{folder}/.data"), ".storage", false);
    let mut objects = Objects { storages };
    let mut dict = Dict::default();
    for (path, entry) in pickles {
        let bytes = entry.read(limits::INFLATED_PICKLE)?;
        let read = pickle::read(build, &bytes, &mut objects);
        let (value, _) = read.map_err(|error| error.note(format!("in {path}")))?;
        dict.items.push((build.graph.text(&path)?, value));
    }
    match dict.items.as_slice() {
        &[(_, value)] => Ok(value),
        _ => build.graph.add(Node::Dict(Box::new(dict))),
    }
}

struct Objects<'a> {
    storages: Records<'a>,
}

impl Persistent for Objects<'_> {
    fn load(&mut self, build: &mut Build, id: NodeId) -> Result<NodeId> {
        let Some(&[kind, _, function, args]) = build.graph.sequence(id) else {
            return self.storages.load(build, id);
        };
        let (Node::Global(function), Some(args)) = (build.graph.get(function), build.graph.sequence(args))
        else {
            return build.unknown_persistent(id);
        };
        if build.graph.str(kind) != Some("reduce_package") {
            return build.unknown_persistent(id);
        }
        let (function, args): (Rc<_>, _) = (function.clone(), args.to_vec());
        match pickle::globals::call(build, &function, &args)? {
            Some(known) => Ok(known),
            None => build.inert(function, Made::Call, args),
        }
    }
}
