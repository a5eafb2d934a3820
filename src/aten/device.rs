//! Where a tensor lies.

use std::fmt;

use torchsh_base::error::{Error, Result};

/// `torch.device`: a kind of device and, maybe, a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// What kind.
    pub kind: DeviceKind,
    /// The number among devices of this kind.
    pub index: Option<u8>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $name:literal),* $(,)?) => {
        /// The kinds of devices; the numbers are those of `c10::DeviceType`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum DeviceKind { $($(#[$doc])* $variant = $number),* }

        impl DeviceKind {
            /// `cpu`, `cuda`, `meta`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(DeviceKind::$variant => $name),* }
            }

            /// The kind with this number.
            #[must_use]
            pub fn from_number(number: i64) -> Option<DeviceKind> {
                match number { $($number => Some(DeviceKind::$variant),)* _ => None }
            }

            /// The kind of this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<DeviceKind> {
                match name { $($name => Some(DeviceKind::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    /// The processor and its memory.
    Cpu = 0 "cpu",
    /// An NVIDIA (or AMD) GPU.
    Cuda = 1 "cuda",
    Mkldnn = 2 "mkldnn",
    Opengl = 3 "opengl",
    Opencl = 4 "opencl",
    Ideep = 5 "ideep",
    Hip = 6 "hip",
    Fpga = 7 "fpga",
    Maia = 8 "maia",
    Xla = 9 "xla",
    Vulkan = 10 "vulkan",
    Metal = 11 "metal",
    Xpu = 12 "xpu",
    /// A GPU of Apple's.
    Mps = 13 "mps",
    /// Shapes without data.
    Meta = 14 "meta",
    Hpu = 15 "hpu",
    Ve = 16 "ve",
    Lazy = 17 "lazy",
    Ipu = 18 "ipu",
    Mtia = 19 "mtia",
    PrivateUse1 = 20 "privateuseone",
}

/// The kinds in the order of PyTorch's message.
const LISTED: &str = "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, \
                      meta, hpu, mtia, privateuseone";

impl Device {
    /// The CPU.
    pub const CPU: Device = Device { kind: DeviceKind::Cpu, index: None };

    /// The device of libtorch's numbers.
    pub(super) fn from_raw(kind: i32, index: i32) -> Device {
        let kind = DeviceKind::from_number(i64::from(kind)).unwrap_or(DeviceKind::Cpu);
        Device { kind, index: u8::try_from(index).ok() }
    }

    /// The number as libtorch wants it, -1 where none is given.
    pub(super) fn raw_index(self) -> i32 {
        self.index.map_or(-1, i32::from)
    }

    /// A device from its text: `cuda:1`.
    ///
    /// # Errors
    /// `RuntimeError`, worded as PyTorch's.
    pub fn parse(text: &str) -> Result<Device> {
        if text.is_empty() {
            return Err(Error::runtime("Device string must not be empty"));
        }
        let invalid = || Error::runtime(format!("Invalid device string: '{text}'"));
        let (name, index) = match text.split_once(':') {
            Some((name, digits)) => (name, Some(index_of(digits).ok_or_else(invalid)?)),
            None => (text, None),
        };
        if !name.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '_') {
            return Err(invalid());
        }
        match DeviceKind::from_name(name).filter(|&kind| kind != DeviceKind::Metal) {
            Some(kind) => Ok(Device { kind, index }),
            None => Err(Error::runtime(format!(
                "Expected one of {LISTED} device type at start of device string: {name}"
            ))),
        }
    }
}

/// A number without leading zeros that a device can have.
fn index_of(digits: &str) -> Option<u8> {
    let plain =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
    if plain { digits.parse().ok().filter(|&index: &u8| index < 128) } else { None }
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
