//! The prompt in a real terminal: a pseudo-terminal and an emulator that knows what its screen shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;

mod browse;
mod colour;
mod comfort;
mod completion;
mod display;
mod emulator;
mod help;
mod pictures;
mod prompt;
mod reports;
mod restored;
mod saving;
mod snapshots;
