//! The door to libtorch: tensors, and any of its operators by name. Nothing outside names libtorch.

mod arg;
mod bind;
mod bytes;
mod call;
mod cuda;
mod device;
mod dispatch;
mod door;
mod gradients;
mod hook;
mod index;

pub mod libtorch_messages;
mod mismatch;
mod mode;
mod node;
mod pending;
mod random;
mod raw;
mod record;
mod script;
mod signature;
mod state;
mod storage;
mod tensor;
#[cfg(test)]
mod tests;
pub mod watch;

pub use self::arg::{Arg, Layout, MemoryFormat};
pub use self::bytes::Line;
pub use self::cuda::cuda_device_count;
pub use self::device::{Device, DeviceKind};
pub use self::dispatch::invoke;
pub use self::door::{open, python_file};
pub use self::gradients::{backward, grad};
pub use self::hook::{Gradients, Step, WeakNode, with_hooks};
pub use self::index::Index;
pub use self::mode::{
    Inference, autocast_caches, autocast_dtype, autocasts, inference_enabled, nest_autocast, set_autocast,
    set_autocast_caches, set_autocast_dtype,
};
pub use self::node::Node;
pub use self::random::{Generator, manual_seed};
pub use self::script::Script;
pub use self::signature::{has, names, parameter_names, signatures};
pub use self::state::{
    anomaly, default_device, default_dtype, deterministic, enter_dual, exit_dual, forward_enabled,
    grad_enabled, interop_threads, promote, set_anomaly, set_default_device, set_default_dtype,
    set_deterministic, set_forward_enabled, set_grad_enabled, set_interop_threads, set_threads,
    set_warn_always, take_warnings, threads, warn_always,
};
pub use self::storage::Storage;
pub use self::tensor::Tensor;
