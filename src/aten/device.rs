//! Where a tensor lies.

use std::fmt;

/// `torch.device`: a kind of device and, maybe, a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// What kind.
    pub kind: DeviceKind,
    /// The number among devices of this kind.
    pub index: Option<u8>,
}

/// The kinds of devices; the numbers are those of `c10::DeviceType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DeviceKind {
    /// The processor and its memory.
    Cpu = 0,
    /// An NVIDIA (or AMD) GPU.
    Cuda = 1,
    /// Shapes without data.
    Meta = 14,
}

impl DeviceKind {
    /// `cpu`, `cuda`, `meta`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            DeviceKind::Cpu => "cpu",
            DeviceKind::Cuda => "cuda",
            DeviceKind::Meta => "meta",
        }
    }
}

impl Device {
    /// The CPU.
    pub const CPU: Device = Device { kind: DeviceKind::Cpu, index: None };
}

/// As PyTorch writes it: `cpu`, `cuda:0`.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}:{index}", self.kind.name()),
            None => f.write_str(self.kind.name()),
        }
    }
}
