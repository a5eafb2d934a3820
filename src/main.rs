//! The program: what is typed and printed; all that it does stands in the rooms beside it, each a crate.

mod front;

fn main() {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(torchsh_base::error::path_text).collect();
    let status = front::start(&arguments);
    // libtorch's static destructors crash now and then, and take longer than most programs.
    // SAFETY: `_exit` ends the process; everything written was flushed by `front`.
    unsafe { libc::_exit(status) }
}
