//! `inspect_pickle "x.pt"`: what a file would call if it were unpickled, judged. Nothing of it is called.

use super::super::Words;
use torchsh_base::error::{Error, Result, path_meant};
use torchsh_checkpoint as checkpoint;
use torchsh_checkpoint::pickle::{Asked, danger, is_plain};
use torchsh_language::value::report::{Cell, Findings, Head, Report, size};
use torchsh_language::value::{Args, Value, Vm};

/// What is thought of a name, or of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Dangerous,
    Unknown,
    Safe,
}

impl Verdict {
    fn of(asked: &Asked) -> Self {
        match (danger(&asked.global), asked.known) {
            (Some(_), _) => Verdict::Dangerous,
            (None, true) => Verdict::Safe,
            (None, false) if is_plain(&asked.global) => Verdict::Safe,
            (None, false) => Verdict::Unknown,
        }
    }

    /// Part of the stable form.
    fn name(self) -> &'static str {
        match self {
            Verdict::Dangerous => "dangerous",
            Verdict::Unknown => "unknown",
            Verdict::Safe => "safe",
        }
    }
}

/// `inspect_pickle "x.pt"`
pub fn inspect_pickle(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let path = words.text(vm, args, "a file name in quotes")?;
    words.end(args)?;
    let (asked, fault) = checkpoint::asked_until(&path_meant(path.as_str()))?;
    let mut judged: Vec<(Verdict, Asked)> =
        asked.into_iter().map(|asked| (Verdict::of(&asked), asked)).collect();
    judged.sort_by_key(|(verdict, _)| *verdict);
    Ok(Report::Findings(report(&judged, fault.as_ref())).into_value())
}

const HEADS: &[Head] = &[
    Head::words("name"),
    Head::words("verdict"),
    Head::words("why"),
    Head::amount("imports"),
    Head::amount("calls"),
];

fn report(judged: &[(Verdict, Asked)], fault: Option<&Error>) -> Findings {
    let worst = judged.first().map_or(Verdict::Safe, |(verdict, _)| *verdict);
    // What stands behind the place where a file breaks is not seen.
    let verdict = if fault.is_some() { worst.min(Verdict::Unknown) } else { worst };
    let of = |wanted: Verdict| judged.iter().filter(|(verdict, _)| *verdict == wanted).count();
    let line = |(verdict, asked): &(Verdict, Asked)| {
        let why = match (danger(&asked.global), verdict) {
            (Some(why), _) => Cell::text(why),
            (None, Verdict::Safe) => Cell::text("makes a value"),
            (None, _) => Cell::None,
        };
        let name = Cell::text(asked.global.to_string());
        vec![name, Cell::text(verdict.name()), why, Cell::Count(asked.imports), Cell::Count(asked.calls)]
    };
    let said = match verdict {
        Verdict::Dangerous => {
            "unpickling it would run what it names; torchsh runs nothing, so load() opens it safely"
        }
        Verdict::Unknown if fault.is_some() => "it could not be read to its end",
        Verdict::Unknown => {
            "it names what is neither known to be safe nor to be dangerous; load() runs nothing of it"
        }
        Verdict::Safe if judged.is_empty() => "it asks for no class and no function",
        Verdict::Safe => "it asks only for what makes tensors and plain values",
    };
    let mut foot = format!("{}: {said}", verdict.name());
    if !judged.is_empty() {
        foot.push_str(&format!(" · {}", size::counted(judged.len(), "name")));
    }
    let message = fault.map(|fault| fault.message().lines().next().unwrap_or_default().to_owned());
    if let Some(message) = &message {
        foot.push_str(&format!(" · {message}"));
    }
    let facts = vec![
        ("verdict", Cell::text(verdict.name())),
        ("dangerous", Cell::Count(of(Verdict::Dangerous) as u64)),
        ("unknown", Cell::Count(of(Verdict::Unknown) as u64)),
        ("safe", Cell::Count(of(Verdict::Safe) as u64)),
        ("fault", message.map_or(Cell::None, Cell::Text)),
    ];
    Findings {
        verb: "inspect_pickle",
        facts,
        listed: "names",
        heads: HEADS.to_vec(),
        lines: judged.iter().map(line).collect(),
        foot,
        is_bad: verdict == Verdict::Dangerous,
        is_brief: false,
        sum: None,
    }
}
