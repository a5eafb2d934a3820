mod error;
mod syntax;

fn main() {}
