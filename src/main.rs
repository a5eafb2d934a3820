// The rooms are built bottom up: what a room offers is used by those below it in this list.
#![allow(dead_code, unused_imports)]

mod aten;
mod checkpoint;
mod error;
mod eval;
mod render;
mod syntax;
mod value;

fn main() {}
