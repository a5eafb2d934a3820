//! The only thing that links libtorch: built as `libtorchsh_door.so`, opened by the program (`src/aten/door.rs`) when something first
//! computes. It gives out one table of functions; all but a few are C++ (`shim`), since tch's plain operators panic on faults and on
//! dtypes that its `Kind` lacks.

use std::ffi::{c_char, c_void};

use door_table::{Drop, Fault, HookCall, Info, Item, RawIndex, Table, VERSION};

macro_rules! table {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        unsafe extern "C" {
            $(fn $name($($argument: $type),*) $(-> $result)?;)*
        }

        static TABLE: Table = Table { version: VERSION, $($name),* };
    };
}

door_table::functions!(table);

/// The table of functions. It lives as long as the process.
#[unsafe(no_mangle)]
pub extern "C" fn torchsh_door() -> *const Table {
    &raw const TABLE
}

/// What tch knows of libtorch's threads.
mod threads {
    /// How many threads one operator may use.
    #[unsafe(no_mangle)]
    extern "C" fn torchsh_threads() -> i32 {
        tch::get_num_threads()
    }

    /// Sets how many threads one operator may use.
    #[unsafe(no_mangle)]
    extern "C" fn torchsh_set_threads(count: i32) {
        tch::set_num_threads(count);
    }

    /// How many operators may run side by side.
    #[unsafe(no_mangle)]
    extern "C" fn torchsh_interop_threads() -> i32 {
        tch::get_num_interop_threads()
    }
}
