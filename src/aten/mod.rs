//! The door to libtorch. Nothing outside names `tch` or `torch_sys`.

mod device;
mod tensor;

pub use self::device::{Device, DeviceKind};
pub use self::tensor::Tensor;
