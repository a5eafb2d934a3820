//! Calls an operator of libtorch by name.

use std::ffi::{CString, c_void};
use std::ptr::NonNull;
use std::rc::Rc;

use super::raw::{self, Item, Tag, check, pointer};
use super::watch::{self, Target};
use super::{Arg, Device, Layout, MemoryFormat, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::origin;

/// One argument of an operator.
pub struct Argument {
    /// Its name in the operator's own schema.
    pub name: String,
    /// Whether a result is written to it (`out=`).
    pub is_out: bool,
}

/// An operator with its overload. It lives as long as the process.
pub struct Operator {
    handle: NonNull<c_void>,
    /// Its arguments in order.
    pub arguments: Vec<Argument>,
    /// The names of its results; empty where they have none.
    pub results: Vec<&'static str>,
    /// What it writes to, beside `out=`.
    target: Target,
}

impl Operator {
    /// The operator of this name: `add.Tensor`.
    ///
    /// # Errors
    /// There is none.
    pub fn find(name: &str) -> Result<Operator> {
        let (base, overload) = name.split_once('.').unwrap_or((name, ""));
        let missing =
            || Error::new(Kind::NotImplemented, format!("this libtorch has no operator aten::{name}"));
        let base = CString::new(format!("aten::{base}")).map_err(|_| missing())?;
        let overload = CString::new(overload).map_err(|_| missing())?;
        // SAFETY: both texts outlive the call.
        let found = pointer(|out| unsafe { raw::torchsh_operator(base.as_ptr(), overload.as_ptr(), out) })?;
        let handle = NonNull::new(found).ok_or_else(missing)?;
        let (arguments, results) = (arguments_of(handle), results_of(handle)?);
        Ok(Operator { handle, arguments, results, target: watch::target(name) })
    }

    /// Calls it with one item for each of its arguments.
    ///
    /// # Errors
    /// What the operator raises.
    pub fn call(&self, items: &[Item]) -> Result<Vec<Arg>> {
        super::pending::fill(items)?;
        let is_watched = watch::is_on();
        if is_watched {
            watch::before(self.target, items, |place, item| self.is_written(place, item));
        }
        // SAFETY: as many items as said; what they point to outlives the call.
        let results = pointer(|out| unsafe {
            raw::torchsh_call(self.handle.as_ptr(), items.as_ptr(), items.len(), out)
        })?;
        let read = taken(results);
        if is_watched {
            watch::made(items, &read);
        }
        origin::refuse().map(|()| read)
    }

    /// Whether it writes to the argument at a place: `out=`, or statistics that it updates.
    fn is_written(&self, place: usize, item: &Item) -> bool {
        let Some(argument) = self.arguments.get(place) else { return false };
        let is_statistic = self.target == Target::Statistics && argument.name.starts_with("running_");
        item.tag != Tag::None && (argument.is_out || is_statistic)
    }
}

/// Reads what a call gave, and frees it.
pub(super) fn taken(results: *mut c_void) -> Vec<Arg> {
    let mut count = 0;
    // SAFETY: the results are ours, and read before they are freed.
    unsafe {
        let start = raw::torchsh_results(results, &raw mut count);
        let read = read_all(start.cast(), count);
        raw::torchsh_results_free(results);
        read
    }
}

fn arguments_of(handle: NonNull<c_void>) -> Vec<Argument> {
    // SAFETY: the text ends in a zero byte and lives as long as the operator.
    let text = unsafe { std::ffi::CStr::from_ptr(raw::torchsh_operator_arguments(handle.as_ptr())) };
    let argument = |line: &str| match line.strip_prefix('>') {
        Some(name) => Argument { name: name.to_owned(), is_out: true },
        None => Argument { name: line.to_owned(), is_out: false },
    };
    text.to_string_lossy().lines().map(argument).collect()
}

/// Names of results are kept for ever: there are a few hundred, each made once.
fn results_of(handle: NonNull<c_void>) -> Result<Vec<&'static str>> {
    let mut text = std::ptr::null_mut();
    // SAFETY: the operator lives for ever, `text` outlives the call.
    check(unsafe { raw::torchsh_operator_results(handle.as_ptr(), &raw mut text) })?;
    let text = raw::taken(text);
    let names: Vec<&str> = text.lines().collect();
    if names.len() < 2 || names.iter().any(|name| name.is_empty()) {
        return Ok(Vec::new());
    }
    Ok(names.into_iter().map(|name| &*Box::leak(name.to_owned().into_boxed_str())).collect())
}

/// Reads results. The items are live and so is what they point to.
unsafe fn read_all(start: *const c_void, count: usize) -> Vec<Arg> {
    if count == 0 || start.is_null() {
        return Vec::new();
    }
    // SAFETY: there are `count` items.
    let items: &[Item] = unsafe { std::slice::from_raw_parts(start.cast(), count) };
    // SAFETY: as said above.
    items.iter().map(|item| unsafe { read(item) }).collect()
}

/// Reads one result.
unsafe fn read(item: &Item) -> Arg {
    match item.tag {
        Tag::Bool => Arg::Bool(item.integer != 0),
        Tag::Int => Arg::Int(item.integer),
        Tag::Float => Arg::Float(item.real),
        Tag::Complex => Arg::Complex(item.real, item.imaginary),
        Tag::Str => {
            // SAFETY: a text of that many bytes.
            let bytes = unsafe { std::slice::from_raw_parts(item.pointer.cast::<u8>(), item.length) };
            Arg::Str(Rc::from(&*String::from_utf8_lossy(bytes)))
        }
        Tag::Tensor => Tensor::borrowed(item.pointer).map_or(Arg::None, Arg::Tensor),
        // SAFETY: a list of that many items.
        Tag::List => Arg::List(unsafe { read_all(item.pointer, item.length) }),
        // SAFETY: likewise.
        Tag::Tuple => Arg::Tuple(unsafe { read_all(item.pointer, item.length) }),
        Tag::Device => Arg::Device(Device::from_raw(i32::try_from(item.integer).unwrap_or(0), item.index)),
        Tag::Dtype => Dtype::from_number(item.integer).map_or(Arg::None, Arg::Dtype),
        Tag::Layout => Layout::from_number(item.integer).map_or(Arg::None, Arg::Layout),
        Tag::MemoryFormat => MemoryFormat::from_number(item.integer).map_or(Arg::None, Arg::MemoryFormat),
        // Nothing, or what no operator answers.
        _ => Arg::None,
    }
}

/// Keeps the lists that items point to.
#[derive(Default)]
pub struct Lists(Vec<Vec<Item>>);

impl Lists {
    /// A list of these items, as an item.
    pub fn list(&mut self, items: Vec<Item>) -> Item {
        let mut item = Item::new(Tag::List);
        item.pointer = items.as_ptr().cast();
        item.length = items.len();
        self.0.push(items);
        item
    }
}

/// An argument as an item, which borrows from it and from `lists`.
#[must_use]
pub fn item(arg: &Arg, lists: &mut Lists) -> Item {
    match arg {
        Arg::None | Arg::Fields(..) | Arg::Other(_) => Item::new(Tag::None),
        Arg::Bool(value) => Item { integer: i64::from(*value), ..Item::new(Tag::Bool) },
        Arg::Int(value) => Item { integer: *value, ..Item::new(Tag::Int) },
        Arg::Float(value) => Item { real: *value, ..Item::new(Tag::Float) },
        Arg::Complex(real, imaginary) => {
            Item { real: *real, imaginary: *imaginary, ..Item::new(Tag::Complex) }
        }
        Arg::Str(text) => Item { pointer: text.as_ptr().cast(), length: text.len(), ..Item::new(Tag::Str) },
        Arg::Tensor(tensor) => Item { pointer: tensor.raw(), ..Item::new(Tag::Tensor) },
        Arg::List(items) | Arg::Tuple(items) => {
            let items = items.iter().map(|one| item(one, lists)).collect();
            lists.list(items)
        }
        Arg::Dtype(dtype) => Item { integer: i64::from(dtype.number()), ..Item::new(Tag::Dtype) },
        Arg::Layout(layout) => Item { integer: i64::from(layout.number()), ..Item::new(Tag::Layout) },
        Arg::MemoryFormat(format) => {
            Item { integer: i64::from(format.number()), ..Item::new(Tag::MemoryFormat) }
        }
        Arg::Device(device) => device_item(*device),
        Arg::Generator(generator) => Item { pointer: generator.raw(), ..Item::new(Tag::Generator) },
        Arg::Storage(storage) => Item { pointer: storage.raw(), ..Item::new(Tag::Storage) },
    }
}

/// A device as an item.
#[must_use]
pub fn device_item(device: Device) -> Item {
    Item { integer: device.kind as i64, index: device.raw_index(), ..Item::new(Tag::Device) }
}
