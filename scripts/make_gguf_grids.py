"""Writes src/checkpoint/gguf/grids.rs: the code books of GGUF's IQ types, from the `gguf` package.

Run with the Python of `scripts/venv`: `.venv/bin/python scripts/make_gguf_grids.py`, then `cargo fmt`.
"""

import pathlib

from gguf import quants

TARGET = pathlib.Path(__file__).parent.parent / "src" / "checkpoint" / "gguf" / "grids.rs"
HEAD = """//! The code books of GGUF's IQ types, as facts of the format: each number is one entry, its elements in codes of {bits}
//! bits, the first lowest; [`Grid::levels`] says what a code stands for. Made by `scripts/make_gguf_grids.py`.

/// A code book.
pub struct Grid {{
    /// What each code stands for.
    pub levels: &'static [i8],
    /// Bits of a code.
    pub bits: u32,
    /// The entries.
    pub entries: &'static [u16],
}}
"""
BOOKS = ["IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ1_S"]


def book(name):
    kind = getattr(quants, name)
    kind.init_grid()
    bits = 16 // kind.grid_shape[1]
    codes = {float(level): code for code, level in enumerate(kind.grid_map)}
    rows = kind.grid.reshape(kind.grid_shape).tolist()
    entries = ", ".join(str(sum(codes[level] << bits * place for place, level in enumerate(row))) for row in rows)
    levels = ", ".join(str(level) for level in kind.grid_map)
    return (
        f"/// Of {name}: {len(rows)} entries of {kind.grid_shape[1]} elements.\n"
        f"pub const {name}: Grid = Grid {{ levels: &[{levels}], bits: {bits}, entries: &[{entries}] }};\n"
    )


if __name__ == "__main__":
    TARGET.write_text("\n".join([HEAD.format(bits="2 or 4"), *map(book, BOOKS)]))
