//! Where a tensor lies.

use std::fmt;

/// `torch.device`: a kind of device and, maybe, a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// `cpu`, `cuda`, `meta` …
    pub kind: &'static str,
    /// The number among devices of this kind.
    pub index: Option<u8>,
}

impl Device {
    /// The CPU.
    pub const CPU: Device = Device { kind: "cpu", index: None };
}

/// As PyTorch writes it: `cpu`, `cuda:0`.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}:{index}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}
