//! What the program and its door to libtorch agree on: one table of C functions, and the structures they take.
//!
//! The door (`libtorchsh_door.so`) is opened when something first computes, and gives out one [`Table`]. A door built from another
//! list than the program's is told by [`VERSION`], which is made of the list itself.

use std::ffi::{c_char, c_void};

/// The symbol of the door that gives its [`Table`] out: `extern "C" fn() -> *const Table`.
pub const ENTRY: &str = "torchsh_door";

/// What the C++ side threw: the number of its class (`Kind` of state.cpp) and its text. Freed with `torchsh_free`.
#[repr(C)]
pub struct Fault {
    /// The number of the exception's class.
    pub kind: i32,
    /// Its text, to be freed as well.
    pub text: *mut c_char,
}

/// What an [`Item`] holds. A number and not an enum: the other side writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Tag(u32);

#[allow(missing_docs, non_upper_case_globals)]
impl Tag {
    pub const Missing: Tag = Tag(0);
    pub const None: Tag = Tag(1);
    pub const Bool: Tag = Tag(2);
    pub const Int: Tag = Tag(3);
    pub const Float: Tag = Tag(4);
    pub const Complex: Tag = Tag(5);
    pub const Str: Tag = Tag(6);
    pub const Tensor: Tag = Tag(7);
    pub const List: Tag = Tag(8);
    pub const Device: Tag = Tag(9);
    pub const Generator: Tag = Tag(10);
    pub const Storage: Tag = Tag(11);
    pub const Dtype: Tag = Tag(12);
    pub const Layout: Tag = Tag(13);
    pub const MemoryFormat: Tag = Tag(14);
    pub const Tuple: Tag = Tag(15);
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
    #[must_use]
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

/// What gives memory of the program back.
pub type Drop = unsafe extern "C" fn(*mut c_void);

/// Tensors of a list, borrowed; null where there is none.
#[repr(C)]
pub struct Tensors {
    /// The first of them.
    pub tensors: *const *const c_void,
    /// How many there are.
    pub count: usize,
}

/// A function of the program, called with two lists of tensors; where it answers it leaves as many as there is room for.
pub type HookCall = unsafe extern "C" fn(
    *const c_void,
    *const Tensors,
    *const Tensors,
    *mut *mut c_void,
    usize,
    *mut bool,
) -> bool;

/// Hands the list of the door's functions to a macro. All of them: pointers to tensors, storages, generators and operators are live
/// ones that the door gave out; pointers with a length hold that many; nothing throws across.
#[macro_export]
macro_rules! functions {
    ($to:ident) => {
        $to! {
            fn torchsh_free(memory: *mut c_void);
            fn torchsh_operator(name: *const c_char, overload: *const c_char, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_operator_arguments(operator: *const c_void) -> *const c_char;
            fn torchsh_operator_results(operator: *const c_void, out: *mut *mut c_char) -> *mut Fault;
            fn torchsh_call(operator: *const c_void, items: *const Item, count: usize, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_results(results: *const c_void, count: *mut usize) -> *const Item;
            fn torchsh_results_free(results: *mut c_void);
            fn torchsh_script_load(path: *const c_char, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_script_free(module: *mut c_void);
            fn torchsh_script_parts(module: *const c_void, out: *mut *mut c_char) -> *mut Fault;
            fn torchsh_script_tensors(module: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_script_child(module: *const c_void, name: *const c_char, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_script_call(module: *const c_void, method: *const c_char, items: *const Item, count: usize, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_script_train(module: *mut c_void, on: bool) -> *mut Fault;
            fn torchsh_warnings() -> usize;
            fn torchsh_warning(kind: *mut i32) -> *mut c_char;
            fn torchsh_tensor_retain(tensor: *const c_void);
            fn torchsh_tensor_sizes(tensor: *const c_void, out: *mut i64, room: usize) -> usize;
            fn torchsh_tensor_start(tensor: *const c_void) -> *const c_void;
            fn torchsh_tensor_info(tensor: *const c_void, info: *mut Info) -> *mut Fault;
            fn torchsh_tensor_dtype(tensor: *const c_void) -> i32;
            fn torchsh_tensor_grad(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_tensor_set_grad(tensor: *const c_void, grad: *const c_void) -> *mut Fault;
            fn torchsh_tensor_set_requires_grad(tensor: *const c_void, on: bool) -> *mut Fault;
            fn torchsh_tensor_retain_grad(tensor: *const c_void) -> *mut Fault;
            fn torchsh_tensor_retains_grad(tensor: *const c_void, out: *mut bool) -> *mut Fault;
            fn torchsh_tensor_version(tensor: *const c_void, out: *mut i64) -> *mut Fault;
            fn torchsh_tensor_base(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_tensor_node(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_tensor_output_nr(tensor: *const c_void, out: *mut i64) -> *mut Fault;
            fn torchsh_node_free(node: *mut c_void);
            fn torchsh_node_address(node: *const c_void) -> *const c_void;
            fn torchsh_node_name(node: *const c_void, out: *mut *mut c_char) -> *mut Fault;
            fn torchsh_node_edges(node: *const c_void, out: *mut usize) -> *mut Fault;
            fn torchsh_node_edge(node: *const c_void, place: usize, out: *mut *mut c_void, result: *mut i64) -> *mut Fault;
            fn torchsh_node_variable(node: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_inference_enabled() -> bool;
            fn torchsh_inference_enter(on: bool) -> *mut c_void;
            fn torchsh_inference_leave(guard: *mut c_void);
            fn torchsh_autocast_enabled(device: i32, out: *mut bool) -> *mut Fault;
            fn torchsh_set_autocast_enabled(device: i32, on: bool) -> *mut Fault;
            fn torchsh_autocast_dtype(device: i32, out: *mut i32) -> *mut Fault;
            fn torchsh_set_autocast_dtype(device: i32, dtype: i32) -> *mut Fault;
            fn torchsh_autocast_nest(deeper: bool);
            fn torchsh_autocast_caches() -> bool;
            fn torchsh_set_autocast_caches(on: bool);
            fn torchsh_tensor_set_data(tensor: *const c_void, data: *const c_void) -> *mut Fault;
            fn torchsh_tensor_variable_data(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_tensor_is_contiguous(tensor: *const c_void, format: i32, out: *mut bool) -> *mut Fault;
            fn torchsh_tensor_data(tensor: *const c_void, out: *mut *const c_void) -> *mut Fault;
            fn torchsh_tensor_mutable_data(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_tensor_offset(tensor: *const c_void, out: *mut i64) -> *mut Fault;
            fn torchsh_tensor_item(tensor: *const c_void, out: *mut Item) -> *mut Fault;
            fn torchsh_tensor_get(tensor: *const c_void, indices: *const RawIndex, count: usize, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_tensor_set(tensor: *const c_void, indices: *const RawIndex, count: usize, value: *const c_void) -> *mut Fault;
            fn torchsh_tensor_on(storage: *const c_void, dtype: i32, sizes: *const i64, strides: *const i64, dimensions: usize, offset: i64, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_tensor_hook(tensor: *const c_void, afterwards: bool, context: *mut c_void, call: HookCall, drop: Drop) -> *mut Fault;
            fn torchsh_node_hook(node: *const c_void, before: bool, context: *mut c_void, call: HookCall, drop: Drop) -> *mut Fault;
            fn torchsh_node_written(name: *const c_char, inputs: *const *const c_void, count: usize, context: *mut c_void, call: HookCall, drop: Drop, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_node_results(node: *const c_void, inputs: *const *const c_void, input_count: usize, plain: *const *const c_void, plain_count: usize, dirty: *const *const c_void, dirty_count: usize, results: *const *const c_void, count: usize, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_node_context(node: *const c_void) -> *const c_void;
            fn torchsh_node_attach(node: *const c_void, tensor: *const c_void, result: i64) -> *mut Fault;
            fn torchsh_node_weak(node: *const c_void) -> *mut c_void;
            fn torchsh_node_lock(weak: *const c_void) -> *mut c_void;
            fn torchsh_node_forget(weak: *mut c_void);
            fn torchsh_tensor_storage(tensor: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_storage_retain(storage: *const c_void);
            fn torchsh_storage_release(storage: *const c_void);
            fn torchsh_storage_info(storage: *const c_void, data: *mut *const c_void, nbytes: *mut usize, device: *mut i32, index: *mut i32) -> *mut Fault;
            fn torchsh_storage_resize(storage: *const c_void, nbytes: usize) -> *mut Fault;
            fn torchsh_storage_over(data: *mut c_void, nbytes: usize, context: *mut c_void, drop: Drop, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_storage_fresh(nbytes: usize, meta: bool, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_grad_enabled() -> bool;
            fn torchsh_set_grad_enabled(on: bool);
            fn torchsh_backward(tensors: *const *const c_void, count: usize, grads: *const *const c_void, grad_count: usize, retain_graph: bool, create_graph: bool, inputs: *const *const c_void, input_count: usize) -> *mut Fault;
            fn torchsh_gradients(outputs: *const *const c_void, count: usize, inputs: *const *const c_void, input_count: usize, grads: *const *const c_void, grad_count: usize, retain_graph: bool, create_graph: bool, allow_unused: bool, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_dual_enter(out: *mut i64) -> *mut Fault;
            fn torchsh_dual_exit(level: i64) -> *mut Fault;
            fn torchsh_forward_enabled() -> bool;
            fn torchsh_set_forward_enabled(on: bool);
            fn torchsh_anomaly(checks_nan: *mut bool) -> bool;
            fn torchsh_set_anomaly(on: bool, check_nan: bool);
            fn torchsh_warn_always() -> bool;
            fn torchsh_set_warn_always(on: bool);
            fn torchsh_default_dtype() -> i32;
            fn torchsh_set_default_dtype(dtype: i32) -> *mut Fault;
            fn torchsh_promote(left: i32, right: i32, out: *mut i32) -> *mut Fault;
            fn torchsh_set_interop_threads(count: i32) -> *mut Fault;
            fn torchsh_set_deterministic(on: bool, warn_only: bool) -> *mut Fault;
            fn torchsh_deterministic() -> bool;
            fn torchsh_checks_sparse() -> i32;
            fn torchsh_set_checks_sparse(on: i32);
            fn torchsh_manual_seed(seed: u64, everywhere: bool) -> *mut Fault;
            fn torchsh_generator(device: i32, index: i32, fresh: bool, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_generator_retain(generator: *const c_void);
            fn torchsh_generator_release(generator: *const c_void);
            fn torchsh_generator_seed(generator: *const c_void, action: i32, value: u64, out: *mut u64) -> *mut Fault;
            fn torchsh_generator_state(generator: *const c_void, out: *mut *mut c_void) -> *mut Fault;
            fn torchsh_generator_set_state(generator: *const c_void, state: *const c_void) -> *mut Fault;
            fn torchsh_generator_device(generator: *const c_void, device: *mut i32, index: *mut i32);
            fn torchsh_library() -> *mut c_char;
            fn torchsh_cuda_count(out: *mut i64) -> *mut Fault;
            fn torchsh_tensor_release(tensor: *const c_void);
            fn torchsh_threads() -> i32;
            fn torchsh_set_threads(count: i32);
            fn torchsh_interop_threads() -> i32;
        }
    };
}

macro_rules! define {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        /// The door's functions, in the order of [`functions`].
        #[allow(missing_docs)]
        #[repr(C)]
        pub struct Table {
            /// [`VERSION`] of the list it was built from.
            pub version: u64,
            $(pub $name: unsafe extern "C" fn($($argument: $type),*) $(-> $result)?,)*
        }

        /// Tells lists apart: a number made of the names and types of all functions.
        pub const VERSION: u64 = digest(concat!($(stringify!($name), $(stringify!($type), ",",)* $(stringify!($result),)? ";"),*));
    };
}

/// FNV-1a.
const fn digest(text: &str) -> u64 {
    let (mut sum, mut rest) = (0xcbf2_9ce4_8422_2325_u64, text.as_bytes());
    while let [byte, more @ ..] = rest {
        sum = (sum ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = more;
    }
    sum
}

functions!(define);
