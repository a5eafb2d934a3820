//! What operators are given and give back, as a program sees it.

use std::rc::Rc;

use super::{Device, Generator, Storage, Tensor};
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;

/// An argument as the program gave it, or a result.
#[derive(Clone, Debug)]
pub enum Arg {
    /// Python's `None`.
    None,
    /// A `bool`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `complex`: real part, imaginary part.
    Complex(f64, f64),
    /// A `str`.
    Str(Rc<str>),
    /// A tensor.
    Tensor(Tensor),
    /// A `list`.
    List(Vec<Arg>),
    /// A `tuple` (or `torch.Size`).
    Tuple(Vec<Arg>),
    /// A `torch.dtype`.
    Dtype(Dtype),
    /// A `torch.device`.
    Device(Device),
    /// A `torch.layout`.
    Layout(Layout),
    /// A `torch.memory_format`.
    MemoryFormat(MemoryFormat),
    /// A `torch.Generator`.
    Generator(Generator),
    /// A storage.
    Storage(Storage),
    /// A result of `torch.return_types`: the name of its class and its fields.
    Fields(&'static str, Vec<(&'static str, Arg)>),
    /// Anything else, by the name of its type.
    Other(String),
}

impl Arg {
    /// The name of its type, as messages about arguments have it.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Arg::None => "NoneType",
            Arg::Bool(_) => "bool",
            Arg::Int(_) => "int",
            Arg::Float(_) => "float",
            Arg::Complex(..) => "complex",
            Arg::Str(_) => "str",
            Arg::Tensor(_) => "Tensor",
            Arg::List(_) => "list",
            Arg::Tuple(_) => "tuple",
            Arg::Dtype(_) => "torch.dtype",
            Arg::Device(_) => "torch.device",
            Arg::Layout(_) => "torch.layout",
            Arg::MemoryFormat(_) => "torch.memory_format",
            Arg::Generator(_) => "torch._C.Generator",
            Arg::Storage(_) => "torch.storage.UntypedStorage",
            Arg::Fields(name, _) => name,
            Arg::Other(name) => name,
        }
    }

    /// Has libtorch see the tensors and storages in it.
    pub(super) fn wake(&self) -> Result<()> {
        match self {
            Arg::Tensor(tensor) => tensor.wake().map(drop),
            Arg::Storage(storage) => storage.wake().map(drop),
            Arg::List(items) | Arg::Tuple(items) => items.iter().try_for_each(Arg::wake),
            _ => Ok(()),
        }
    }

    /// The items of a list or tuple.
    #[must_use]
    pub fn items(&self) -> Option<&[Arg]> {
        match self {
            Arg::List(items) | Arg::Tuple(items) => Some(items),
            _ => None,
        }
    }
}

impl From<Tensor> for Arg {
    fn from(tensor: Tensor) -> Self {
        Arg::Tensor(tensor)
    }
}

impl From<&Tensor> for Arg {
    fn from(tensor: &Tensor) -> Self {
        Arg::Tensor(tensor.clone())
    }
}

macro_rules! numbered {
    ($(#[$doc:meta])* $type:ident { $($constant:ident = $number:literal $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $type(u8);

        #[allow(missing_docs)]
        impl $type {
            $(pub const $constant: $type = $type($number);)*

            /// The one with this number.
            #[must_use]
            pub fn from_number(number: i64) -> Option<$type> {
                match number { $($number => Some($type::$constant),)* _ => None }
            }

            /// Its number in libtorch.
            #[must_use]
            pub fn number(self) -> u8 {
                self.0
            }

            /// Its name in `torch`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self.0 { $($number => $name,)* _ => "" }
            }
        }
    };
}

numbered!(
    /// How a tensor's elements are stored: `c10::Layout`.
    Layout {
        STRIDED = 0 "strided",
        SPARSE = 1 "sparse_coo",
        SPARSE_CSR = 2 "sparse_csr",
        MKLDNN = 3 "_mkldnn",
        SPARSE_CSC = 4 "sparse_csc",
        SPARSE_BSR = 5 "sparse_bsr",
        SPARSE_BSC = 6 "sparse_bsc",
        JAGGED = 7 "jagged",
    }
);

numbered!(
    /// In which order a tensor's dimensions lie in memory: `c10::MemoryFormat`.
    MemoryFormat {
        CONTIGUOUS = 0 "contiguous_format",
        PRESERVE = 1 "preserve_format",
        CHANNELS_LAST = 2 "channels_last",
        CHANNELS_LAST_3D = 3 "channels_last_3d",
    }
);
