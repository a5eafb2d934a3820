//! The options of the command line.

/// An option of the command line.
pub struct Flag {
    pub names: &'static [&'static str],
    /// What follows it; empty: nothing.
    pub value: &'static str,
    pub says: &'static str,
}

impl Flag {
    /// `-h, --help`
    pub fn written(&self) -> String {
        let names = self.names.join(", ");
        if self.value.is_empty() { names } else { format!("{names} {}", self.value) }
    }
}

/// The options.
pub const FLAGS: &[Flag] = &[
    Flag { names: &["-c"], value: "CODE", says: "run CODE; what follows is its arguments" },
    Flag { names: &["-i"], value: "", says: "stay at the prompt after the program" },
    Flag { names: &["--check"], value: "", says: "parse the program without running it" },
    Flag {
        names: &["--format"],
        value: "FORMAT",
        says: "how verbs answer: table, json, csv or markdown (help formats)",
    },
    Flag { names: &["--inplace"], value: "", says: "write the outputs of a notebook into it" },
    Flag {
        names: &["--exit-code"],
        value: "",
        says: "exit with status 1 if diff found a difference, check something that does not fit, or health NaN",
    },
    Flag { names: &["--theme"], value: "THEME", says: "colours: dark, light or none" },
    Flag { names: &["--no-color"], value: "", says: "no colours (so does NO_COLOR)" },
    Flag { names: &["-h", "--help"], value: "", says: "print this" },
    Flag { names: &["--man"], value: "", says: "print the manual page: torchsh --man | man -l -" },
    Flag {
        names: &["--completions"],
        value: "SHELL",
        says: "print what makes bash, zsh or fish complete this command line",
    },
    Flag { names: &["-V", "--version"], value: "", says: "print the versions of torchsh and PyTorch" },
];
