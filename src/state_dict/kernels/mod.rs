//! What is done with the elements of one block: loops over plain bytes that the compiler turns into vector instructions.
//!
//! A block lies in the nearest cache, so that going over it twice costs no memory traffic. Elements are read as the bytes
//! they are, since a file need not align them.

pub mod bytes;
pub mod complex;
pub mod difference;
pub mod element;
pub mod float;
pub mod health;
pub mod integer;
pub mod spread;

/// A loop that is worth the widest vectors of the machine at hand.
pub trait Kernel {
    /// What it finds.
    type Output;

    /// Runs it. Every implementation is `#[inline(always)]`, so that it is compiled for each kind of machine.
    fn run(self) -> Self::Output;
}

/// Runs a kernel with the widest vectors that this machine has.
pub fn widest<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn wide<K: Kernel>(kernel: K) -> K::Output {
            kernel.run()
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            // SAFETY: the machine has the instructions.
            return unsafe { wide(kernel) };
        }
    }
    kernel.run()
}
