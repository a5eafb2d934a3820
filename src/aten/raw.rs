//! The functions of the C++ side, as `src/aten/shim/shim.h` declares them, and how their faults become errors.

use std::ffi::{CStr, c_char, c_void};

use crate::error::{Error, Kind, Result};

/// `torchsh::Fault`
#[repr(C)]
pub struct Fault {
    kind: i32,
    text: *mut c_char,
}

/// `torchsh::Tag`
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Tag {
    Missing = 0,
    None = 1,
    Bool = 2,
    Int = 3,
    Float = 4,
    Complex = 5,
    Str = 6,
    Tensor = 7,
    List = 8,
    Device = 9,
    Generator = 10,
    Storage = 11,
    Dtype = 12,
    Layout = 13,
    MemoryFormat = 14,
    // Made by the C++ side.
    #[allow(dead_code)]
    Tuple = 15,
}

/// `torchsh::Item`: an argument or a result; what it points to is borrowed.
#[allow(missing_docs)]
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Item {
    pub tag: Tag,
    pub index: i32,
    pub integer: i64,
    pub real: f64,
    pub imaginary: f64,
    pub pointer: *const c_void,
    pub length: usize,
}

impl Item {
    /// An item that has nothing but its tag yet.
    pub const fn new(tag: Tag) -> Self {
        Item { tag, index: 0, integer: 0, real: 0.0, imaginary: 0.0, pointer: std::ptr::null(), length: 0 }
    }
}

/// `Info` of tensor.cpp.
#[allow(missing_docs)]
#[repr(C)]
pub struct Info {
    pub dtype: i32,
    pub layout: i32,
    pub device: i32,
    pub device_index: i32,
    pub dimensions: i64,
    pub numel: i64,
    pub sizes: *const i64,
    pub strides: *const i64,
    pub flags: i32,
}

/// `Index` of index.cpp.
#[allow(missing_docs)]
#[repr(C)]
pub struct RawIndex {
    pub part: i32,
    pub given: i32,
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    pub tensor: *const c_void,
}

/// What gives memory of ours back.
pub type Drop = unsafe extern "C" fn(*mut c_void);

/// A hook of ours, called with a tensor.
pub type HookCall = unsafe extern "C" fn(*const c_void, *const c_void, *mut *mut c_void) -> bool;

// SAFETY (of all of them): pointers to tensors, storages, generators and operators are live ones that the C++ side
// gave out; pointers with a length hold that many; nothing throws across.
#[allow(missing_docs)]
unsafe extern "C" {
    pub fn torchsh_free(memory: *mut c_void);

    pub fn torchsh_operator(
        name: *const c_char,
        overload: *const c_char,
        out: *mut *mut c_void,
    ) -> *mut Fault;
    pub fn torchsh_operator_arguments(operator: *const c_void) -> *const c_char;
    pub fn torchsh_operator_results(operator: *const c_void, out: *mut *mut c_char) -> *mut Fault;
    pub fn torchsh_call(
        operator: *const c_void,
        items: *const Item,
        count: usize,
        out: *mut *mut c_void,
    ) -> *mut Fault;
    pub fn torchsh_results(results: *const c_void, count: *mut usize) -> *const Item;
    pub fn torchsh_results_free(results: *mut c_void);

    pub fn torchsh_warnings() -> usize;
    pub fn torchsh_warning(kind: *mut i32) -> *mut c_char;

    pub fn torchsh_tensor_retain(tensor: *const c_void);
    pub fn torchsh_tensor_box(tensor: *mut c_void) -> *mut c_void;
    pub fn torchsh_tensor_sizes(tensor: *const c_void, count: *mut usize) -> *const i64;
    pub fn torchsh_tensor_start(tensor: *const c_void) -> *const c_void;
    pub fn torchsh_tensor_info(tensor: *const c_void, info: *mut Info) -> *mut Fault;
    pub fn torchsh_tensor_dtype(tensor: *const c_void) -> i32;
    pub fn torchsh_tensor_grad(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_tensor_set_grad(tensor: *const c_void, grad: *const c_void) -> *mut Fault;
    pub fn torchsh_tensor_set_requires_grad(tensor: *const c_void, on: bool) -> *mut Fault;
    pub fn torchsh_tensor_retain_grad(tensor: *const c_void) -> *mut Fault;
    pub fn torchsh_tensor_retains_grad(tensor: *const c_void, out: *mut bool) -> *mut Fault;
    pub fn torchsh_tensor_version(tensor: *const c_void, out: *mut i64) -> *mut Fault;
    pub fn torchsh_tensor_base(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_tensor_node(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_tensor_output_nr(tensor: *const c_void, out: *mut i64) -> *mut Fault;
    pub fn torchsh_node_free(node: *mut c_void);
    pub fn torchsh_node_address(node: *const c_void) -> *const c_void;
    pub fn torchsh_node_name(node: *const c_void, out: *mut *mut c_char) -> *mut Fault;
    pub fn torchsh_node_edges(node: *const c_void, out: *mut usize) -> *mut Fault;
    pub fn torchsh_node_edge(
        node: *const c_void,
        place: usize,
        out: *mut *mut c_void,
        result: *mut i64,
    ) -> *mut Fault;
    pub fn torchsh_node_variable(node: *const c_void, out: *mut *mut c_void) -> *mut Fault;

    pub fn torchsh_inference_enabled() -> bool;
    pub fn torchsh_inference_enter(on: bool) -> *mut c_void;
    pub fn torchsh_inference_leave(guard: *mut c_void);
    pub fn torchsh_autocast_enabled(device: i32, out: *mut bool) -> *mut Fault;
    pub fn torchsh_set_autocast_enabled(device: i32, on: bool) -> *mut Fault;
    pub fn torchsh_autocast_dtype(device: i32, out: *mut i32) -> *mut Fault;
    pub fn torchsh_set_autocast_dtype(device: i32, dtype: i32) -> *mut Fault;
    pub fn torchsh_autocast_nest(deeper: bool);
    pub fn torchsh_autocast_caches() -> bool;
    pub fn torchsh_set_autocast_caches(on: bool);
    pub fn torchsh_tensor_set_data(tensor: *const c_void, data: *const c_void) -> *mut Fault;
    pub fn torchsh_tensor_variable_data(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_tensor_is_contiguous(tensor: *const c_void, format: i32, out: *mut bool) -> *mut Fault;
    pub fn torchsh_tensor_data(tensor: *const c_void, out: *mut *const c_void) -> *mut Fault;
    pub fn torchsh_tensor_mutable_data(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_tensor_offset(tensor: *const c_void, out: *mut i64) -> *mut Fault;
    pub fn torchsh_tensor_item(tensor: *const c_void, out: *mut Item) -> *mut Fault;
    pub fn torchsh_tensor_get(
        tensor: *const c_void,
        indices: *const RawIndex,
        count: usize,
        out: *mut *mut c_void,
    ) -> *mut Fault;
    pub fn torchsh_tensor_set(
        tensor: *const c_void,
        indices: *const RawIndex,
        count: usize,
        value: *const c_void,
    ) -> *mut Fault;
    pub fn torchsh_tensor_on(
        storage: *const c_void,
        dtype: i32,
        sizes: *const i64,
        strides: *const i64,
        dimensions: usize,
        offset: i64,
        out: *mut *mut c_void,
    ) -> *mut Fault;

    pub fn torchsh_tensor_hook(
        tensor: *const c_void,
        afterwards: bool,
        context: *mut c_void,
        call: HookCall,
        drop: Drop,
    ) -> *mut Fault;

    pub fn torchsh_tensor_storage(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_storage_retain(storage: *const c_void);
    pub fn torchsh_storage_release(storage: *const c_void);
    pub fn torchsh_storage_info(
        storage: *const c_void,
        data: *mut *const c_void,
        nbytes: *mut usize,
        device: *mut i32,
        index: *mut i32,
    ) -> *mut Fault;
    pub fn torchsh_storage_resize(storage: *const c_void, nbytes: usize) -> *mut Fault;
    pub fn torchsh_storage_over(
        data: *mut c_void,
        nbytes: usize,
        context: *mut c_void,
        drop: Drop,
        out: *mut *mut c_void,
    ) -> *mut Fault;
    pub fn torchsh_storage_fresh(nbytes: usize, meta: bool, out: *mut *mut c_void) -> *mut Fault;

    pub fn torchsh_grad_enabled() -> bool;
    pub fn torchsh_set_grad_enabled(on: bool);
    pub fn torchsh_backward(
        tensors: *const *const c_void,
        count: usize,
        grads: *const *const c_void,
        grad_count: usize,
        retain_graph: bool,
        create_graph: bool,
        inputs: *const *const c_void,
        input_count: usize,
    ) -> *mut Fault;
    pub fn torchsh_gradients(
        outputs: *const *const c_void,
        count: usize,
        inputs: *const *const c_void,
        input_count: usize,
        grads: *const *const c_void,
        grad_count: usize,
        retain_graph: bool,
        create_graph: bool,
        allow_unused: bool,
        out: *mut *mut c_void,
    ) -> *mut Fault;

    pub fn torchsh_default_dtype() -> i32;
    pub fn torchsh_set_default_dtype(dtype: i32) -> *mut Fault;
    pub fn torchsh_promote(left: i32, right: i32, out: *mut i32) -> *mut Fault;
    pub fn torchsh_set_interop_threads(count: i32) -> *mut Fault;
    pub fn torchsh_set_deterministic(on: bool, warn_only: bool) -> *mut Fault;
    pub fn torchsh_deterministic() -> bool;
    pub fn torchsh_checks_sparse() -> i32;
    pub fn torchsh_set_checks_sparse(on: i32);

    pub fn torchsh_manual_seed(seed: u64, everywhere: bool) -> *mut Fault;
    pub fn torchsh_generator(device: i32, index: i32, fresh: bool, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_generator_retain(generator: *const c_void);
    pub fn torchsh_generator_release(generator: *const c_void);
    pub fn torchsh_generator_seed(
        generator: *const c_void,
        action: i32,
        value: u64,
        out: *mut u64,
    ) -> *mut Fault;
    pub fn torchsh_generator_state(generator: *const c_void, out: *mut *mut c_void) -> *mut Fault;
    pub fn torchsh_generator_set_state(generator: *const c_void, state: *const c_void) -> *mut Fault;
    pub fn torchsh_generator_device(generator: *const c_void, device: *mut i32, index: *mut i32);

    pub fn torchsh_library() -> *mut c_char;
    pub fn torchsh_cuda_count(out: *mut i64) -> *mut Fault;
}

/// By the numbers of `Kind` in state.cpp.
const KINDS: &[Kind] = &[
    Kind::Runtime,
    Kind::Index,
    Kind::Value,
    Kind::Type,
    Kind::NotImplemented,
    Kind::LinAlg,
    Kind::OutOfMemory,
];

/// Text that the C++ side allocated.
pub fn taken(text: *mut c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: it ends in a zero byte and is ours to free.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        torchsh_free(text.cast());
        copy
    }
}

/// Types of tensors as Python names them: `CPUFloatType` is `torch.FloatTensor`.
fn in_python(mut text: String) -> String {
    if !text.contains("Type") {
        return text;
    }
    for (device, module) in [("CUDA", "cuda."), ("CPU", "")] {
        for name in ["Byte", "Char", "Double", "Float", "Int", "Long", "Short", "Half"] {
            text = text.replace(&format!("{device}{name}Type"), &format!("torch.{module}{name}Tensor"));
        }
    }
    text
}

/// The outcome of a call of the C++ side.
///
/// # Errors
/// What it threw.
pub fn check(fault: *mut Fault) -> Result<()> {
    if fault.is_null() {
        return Ok(());
    }
    // SAFETY: a fault is given out once, for us to free.
    let (kind, text) = unsafe {
        let parts = ((*fault).kind, (*fault).text);
        torchsh_free(fault.cast());
        parts
    };
    let kind = usize::try_from(kind).ok().and_then(|kind| KINDS.get(kind)).copied().unwrap_or(Kind::Runtime);
    Err(Error::new(kind, in_python(taken(text))))
}

/// Calls `body` with a place for a pointer, and gives what it left there.
///
/// # Errors
/// As [`check`].
pub fn pointer(body: impl FnOnce(*mut *mut c_void) -> *mut Fault) -> Result<*mut c_void> {
    let mut out = std::ptr::null_mut();
    check(body(&raw mut out))?;
    Ok(out)
}
