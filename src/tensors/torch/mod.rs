//! torch's modules: what Python's torch adds above the operators of ATen.

mod autograd;
pub mod device;
mod dtype_info;
mod factories;
mod functional;
pub mod make;
pub mod misc;
mod mode;
mod module_access;
mod module_state;
pub mod operator;
mod random;
mod refused;
mod script;
mod size;

use crate::values::objects;
use torchsh_language::value::{Builtin, ModuleRow, ModuleText};

/// The rows of this folder.
pub const TABLES: &[&[Builtin]] = &[
    operator::ROWS,
    make::ROWS,
    make::LEGACY,
    objects::ROWS,
    objects::CONSTANTS,
    objects::DTYPES,
    dtype_info::ROWS,
    device::ROWS,
    autograd::ROWS,
    mode::ROWS,
    module_access::ROWS,
    module_state::ROWS,
    refused::ROWS,
    factories::ROWS,
    functional::ROWS,
    functional::PLAIN,
    random::ROWS,
    script::ROWS,
    size::ROWS,
    misc::ROWS,
];

macro_rules! modules {
    ($($name:literal $summary:literal)*) => {
        /// The modules of torch whose contents are rows.
        pub const MODULES: &[ModuleRow] = &[$(ModuleRow { name: $name, source: ModuleText::Own(""), summary: $summary }),*];
    };
}

modules! {
    "torch" "tensors, operators, modules"
    "torch._C" "the parts that PyTorch writes in C++"
    "torch._C._nn" "operators of neural networks"
    "torch._C._linalg" "operators of linear algebra"
    "torch._C._sparse" "operators of sparse tensors"
    "torch._C._VariableFunctions" "the operators of torch"
    "torch._shell" "what the shell's own modules ask of it"
    "torch._tensor_str" "how tensors are printed"
    "torch.backends" "what libtorch was built with"
    "torch.backends.mkl" "MKL"
    "torch.backends.openmp" "OpenMP"
    "torch.backends.mps" "Apple's GPUs"
    "torch.cuda.amp" "mixed precision, by name"
    "torch.cuda" "NVIDIA's GPUs"
    "torch.ao" "names only"
    "torch.distributed.elastic" "names only"
    "torch.distributed.elastic.multiprocessing" "names only"
    "torch.fft" "Fourier transforms"
    "torch.functional" "functions of torch"
    "torch.linalg" "linear algebra"
    "torch.mps" "Apple's GPUs"
    "torch.overrides" "names only"
    "torch.special" "special functions"
    "torch.storage" "memory that tensors share"
    "torch.utils" "things around training"
    "torch.version" "the version"
    "torch.xpu" "Intel's GPUs"
    "numpy._streams" "streams of random bits"
}
