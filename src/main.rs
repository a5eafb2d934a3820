// The rooms are built bottom up: what a room offers is used by those below it in this list.

mod aten;
mod builtins;
mod checkpoint;
mod error;
mod eval;
mod front;
mod prelude;
mod render;
mod session;
mod state_dict;
mod syntax;
mod value;

fn main() {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(error::path_text).collect();
    let status = front::start(&arguments);
    // libtorch's static destructors crash now and then, and take longer than most programs.
    // SAFETY: `_exit` ends the process; everything written was flushed by `front`.
    unsafe { libc::_exit(status) }
}
