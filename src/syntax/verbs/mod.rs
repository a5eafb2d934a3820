//! Verb lines: `p = filter p shape== m`. They are found before the parser runs, which is shown a placeholder instead.
//!
//! A statement is a verb line if its first word (or the first after `name =`) is a verb and what follows could not follow
//! a name in Python: another name, a string, a number, an opening brace. So no Python program changes its meaning.

mod explain;
mod line;
mod loading;
mod phrase;
mod scan;
mod tails;

use std::collections::HashMap;

use ruff_python_ast::Expr;
use ruff_text_size::{TextRange, TextSize};

use torchsh_base::error::{Error, Result};

/// How the words of a verb line are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Each word an expression: `drop p "head.*"`.
    Plain,
    /// As `Plain`, then perhaps an order: `items m by size reversed`.
    Sorted,
    /// Two expressions with a word between that may be left out: `update m with p`.
    Joined(&'static str),
    /// `filter p shape== m`, `filter p where v.ndim == 4`.
    Filter,
    /// As `Plain`, with words of its own between: `cast p bfloat16 keep "*norm*"`; see [`phrase`].
    Phrase(&'static [&'static str]),
    /// What follows is itself a verb line: `explain drop p "head.*"`.
    Line,
}

struct Row {
    name: &'static str,
    form: Form,
    /// How it is written, for errors.
    synopsis: &'static str,
    /// What may be given by name; none where what is called says which names it takes.
    options: Option<&'static [&'static str]>,
    /// The Python it stands for: `{0}`, `{1}` … are its expressions as written. A second form is for one expression more; a form with
    /// `{*}`, which is all of them but the first, for any number more.
    python: &'static [&'static str],
}

const fn row(name: &'static str, form: Form, synopsis: &'static str, python: &'static [&'static str]) -> Row {
    Row { name, form, synopsis, options: Some(&[]), python }
}

impl Row {
    /// The Python of so many expressions; none where that is not its form.
    fn form(&self, count: usize) -> Option<&'static str> {
        let any = self.python.last().filter(|form| form.contains("{*}") && count >= self.python.len());
        self.python.get(count.checked_sub(1)?).or(any).copied().filter(|form| !form.is_empty())
    }

    const fn with_options(self, options: Option<&'static [&'static str]>) -> Self {
        Row { options, ..self }
    }
}

const FNMATCH: &str = "{k: v for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}";

const VERBS: &[Row] = &[
    row(
        "items",
        Form::Sorted,
        "items m [\"layer1.*\"] [by size|name|shape] [reversed]",
        &["{0}.items()", "{k: v for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}.items()"],
    ),
    row(
        "keys",
        Form::Plain,
        "keys m [\"*.bias\"]",
        &["{0}.keys()", "[k for k in {0} if fnmatch.fnmatch(k, {1})]"],
    ),
    row("values", Form::Plain, "values m [\"*.bias\"]", &["{0}.values()", FNMATCH]),
    row("update", Form::Joined("with"), "update m p", &["", "{0}.update({1})"]),
    row("filter", Form::Filter, "filter p shape== m", &[]),
    row(
        "load_state_dict",
        Form::Joined("into"),
        "load_state_dict m into model [strict=False] [assign=True] [overlap=True] [skip_mismatched=True]",
        &["", "{1}.load_state_dict({0}{…})"],
    )
    .with_options(None),
    row(
        "save",
        Form::Joined("to"),
        "save m \"out.safetensors\" [max_shard_size=\"5GB\"] [metadata={…}] [shared=\"once\"|\"apart\"|\"refuse\"] [kept=\"*.embed.weight\"] [config=\"folder/\"] [format=\"dcp\"]",
        &["", "torch.save({0}, {1})"],
    )
        .with_options(None),
    row(
        "rename",
        Form::Phrase(&["to", "preset"]),
        "rename p \"^module\\.\" \"\" or rename p to m [guess=True] or rename p preset \"…\" or rename p \"map.json\"",
        &[],
    )
    .with_options(Some(&["guess", "heads", "kv_heads"])),
    row(
        "drop",
        Form::Plain,
        "drop p \"head.*\" …",
        &[
            "",
            "{k: v for k, v in {0}.items() if not fnmatch.fnmatch(k, {1})}",
            "{k: v for k, v in {0}.items() if not any(fnmatch.fnmatch(k, f) for f in ({*}))}",
        ],
    ),
    row(
        "keep",
        Form::Plain,
        "keep p \"encoder.*\" …",
        &["", FNMATCH, "{k: v for k, v in {0}.items() if any(fnmatch.fnmatch(k, f) for f in ({*}))}"],
    ),
    row("prefix", Form::Plain, "prefix p \"backbone.\"", &["", "{{1} + k: v for k, v in {0}.items()}"]),
    row(
        "strip",
        Form::Plain,
        "strip p \"module.\"",
        &["", "{k.removeprefix({1}): v for k, v in {0}.items()}"],
    ),
    row(
        "diff",
        Form::Joined("with"),
        "diff m p [\"layer1.*\"] [atol=1e-3] [rtol=1e-3] [through names] [base c]",
        &[
            "",
            "[k for k in {0}.keys() | {1}.keys() if k not in {0} or k not in {1} or not torch.equal({0}[k], {1}[k])]",
            "[k for k in {0}.keys() | {1}.keys() if fnmatch.fnmatch(k, {2}) and (k not in {0} or k not in {1} or not torch.equal({0}[k], {1}[k]))]",
        ],
    )
    .with_options(Some(&["atol", "rtol", "equal_nan", "through", "base"])),
    row(
        "match",
        Form::Joined("to"),
        "match p to m",
        &["", "[(a, b) for a in {0} for b in {1} if {0}[a].shape == {1}[b].shape]"],
    ),
    row(
        "describe",
        Form::Plain,
        "describe m [\"*.weight\"]",
        &[
            "{k: (v.min(), v.max(), v.mean(), v.std()) for k, v in {0}.items()}",
            "{k: (v.min(), v.max(), v.mean(), v.std()) for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}",
        ],
    ),
    row(
        "tree",
        Form::Plain,
        "tree m [DEPTH]",
        &["sorted({k.rpartition(\".\")[0] for k in {0}})", "sorted({k.rpartition(\".\")[0] for k in {0}})"],
    ),
    row("find", Form::Plain, "find m \"bn*.running_mean\"", &["", FNMATCH]),
    row("hist", Form::Phrase(&[]), "hist m[\"conv1.weight\"] [BINS] [\"out.svg\"]", &[]),
    row("heat", Form::Phrase(&[]), "heat m [\"out.png\"]", &[]),
    row("plot", Form::Phrase(&[]), "plot losses [\"out.svg\"]", &[]),
    row(
        "storages",
        Form::Plain,
        "storages m",
        &["{k: (v.untyped_storage().data_ptr(), v.untyped_storage().nbytes()) for k, v in {0}.items()}"],
    ),
    row("cast", Form::Phrase(&["keep"]), "cast p bfloat16 [keep \"*norm*\" …] [force=True] or cast p q8_0", &[])
        .with_options(Some(&["force"])),
    row(
        "split",
        Form::Phrase(&["into"]),
        "split p \"*.qkv.weight\" into q k v [dim=0] [sizes=[…]]",
        &[],
    )
    .with_options(Some(&["dim", "sizes"])),
    row(
        "join",
        Form::Phrase(&["into"]),
        "join p \"*.q.weight\" \"*.k.weight\" into \"*.qk.weight\" [dim=0]",
        &[],
    )
    .with_options(Some(&["dim"])),
    row("transpose", Form::Phrase(&[]), "transpose p \"*.c_attn.weight\" [dims=(0, 1)]", &[])
        .with_options(Some(&["dims"])),
    row("slice", Form::Phrase(&[]), "slice p \"head.weight\" 0:10 [dim=0]", &[])
        .with_options(Some(&["dim"])),
    row(
        "grow",
        Form::Phrase(&["to"]),
        "grow p \"*embed*\" to 32128 [rows=\"zeros\"|\"mean\"|\"random\"] [std=0.02] [seed=0]",
        &[],
    )
    .with_options(Some(&["rows", "std", "seed"])),
    row("cut", Form::Phrase(&["to"]), "cut p \"*embed*\" to 32000", &[]),
    row("resample", Form::Phrase(&["to"]), "resample p \"pos_embed\" to 24x24 [prefix=1]", &[])
        .with_options(Some(&["prefix"])),
    row("inflate", Form::Phrase(&["to"]), "inflate p \"conv1.weight\" to 4", &[]),
    row("move", Form::Phrase(&["to"]), "move p \"fc.weight\" to \"head.weight\"", &[]),
    row("tie", Form::Phrase(&["to"]), "tie p \"lm_head.weight\" to \"embed.weight\"", &[]),
    row("untie", Form::Phrase(&[]), "untie p [\"lm_head.weight\"]", &[]),
    row("average", Form::Phrase(&["weights"]), "average a b … [weights 0.7 0.3]", &[]),
    row("lerp", Form::Phrase(&[]), "lerp a b 0.5", &[]),
    row("slerp", Form::Phrase(&[]), "slerp a b 0.5", &[]),
    row("task", Form::Phrase(&[]), "task a b … base=m [scale=0.5]", &[]).with_options(Some(&["base", "scale"])),
    row("ties", Form::Phrase(&[]), "ties a b … base=m [density=0.5] [weights=[…]] [scale=1.0]", &[])
        .with_options(Some(&["base", "density", "weights", "scale"])),
    row("dare", Form::Phrase(&[]), "dare a b … base=m [density=0.5] [weights=[…]] [scale=1.0] [seed=0]", &[])
        .with_options(Some(&["base", "density", "weights", "scale", "seed"])),
    row("ema", Form::Phrase(&[]), "ema checkpoint", &[]),
    row("merge", Form::Phrase(&["lora"]), "merge p lora \"adapter/\" [scale=1.0]", &[])
        .with_options(Some(&["scale"])),
    row("unmerge", Form::Phrase(&["lora"]), "unmerge p lora \"adapter/\" [scale=1.0]", &[])
        .with_options(Some(&["scale"])),
    row("extract", Form::Phrase(&["lora", "from", "base", "rank"]), "extract lora from tuned base m rank 16", &[]),
    row(
        "check",
        Form::Joined("into"),
        "check m into model",
        &[
            "",
            "[(k, k in {0}, k in s) for s in [state_dict({1})] for k in {**s, **{0}} if k not in s or k not in {0} or s[k].shape != {0}[k].shape or s[k].dtype != {0}[k].dtype]",
        ],
    ),
    row(
        "health",
        Form::Plain,
        "health m [\"*.weight\"]",
        &[
            "{k: (v.isnan().sum(), v.isinf().sum(), (v == 0).all(), v.abs().max()) for k, v in {0}.items()}",
            "{k: (v.isnan().sum(), v.isinf().sum(), (v == 0).all(), v.abs().max()) for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}",
        ],
    ),
    row(
        "fingerprint",
        Form::Plain,
        "fingerprint m",
        &[
            "hashlib.sha256(b\"\".join(hashlib.sha256(k.encode()).digest() + hashlib.sha256(f\"{v.dtype} {list(v.shape)}\\n\".encode() + b\"\".join(hashlib.sha256(b[i:i + 2**20]).digest() for i in range(0, len(b), 2**20))).digest() for k, v in sorted({0}.items()) for b in [v.contiguous().flatten().view(torch.uint8).numpy().tobytes()])).hexdigest()",
        ],
    ),
    row(
        "size",
        Form::Plain,
        "size m [\"*.weight\"]",
        &[
            "{d: b * sum(v.numel() for v in {0}.values()) for d, b in [(\"float32\", 4), (\"float16\", 2)]}",
            "{d: b * sum(v.numel() for k, v in {0}.items() if fnmatch.fnmatch(k, {1})) for d, b in [(\"float32\", 4), (\"float16\", 2)]}",
        ],
    ),
    row(
        "inspect_pickle",
        Form::Plain,
        "inspect_pickle \"x.pt\"",
        &["torch.serialization.get_unsafe_globals_in_checkpoint({0})"],
    ),
    row("explain", Form::Line, "explain filter p shape== m", &[]),
];

pub use self::phrase::part_key;

/// The names of the verbs.
pub fn names() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|row| row.name)
}

/// How a verb is written: `items m ["layer1.*"]`.
pub fn synopsis(name: &str) -> Option<&'static str> {
    VERBS.iter().find(|row| row.name == name).map(|row| row.synopsis)
}

/// The word between the two things that a verb speaks of: `into` of `load_state_dict m into model`.
pub fn joint(name: &str) -> Option<&'static str> {
    match VERBS.iter().find(|row| row.name == name)?.form {
        Form::Joined(word) => Some(word),
        Form::Phrase(words) => words.first().copied(),
        Form::Plain | Form::Sorted | Form::Filter | Form::Line => None,
    }
}

/// Whether a piece of a verb's line stands there as it is, rather than as a text in quotes: `into`, `bfloat16`, `24x24`. `place` is
/// how many pieces come before it, `last` the verb's own word that came last.
pub fn is_bare_word(name: &str, last: &str, place: usize, piece: &str) -> bool {
    let Some(row) = row_named(name) else { return false };
    let is_own = match row.form {
        Form::Joined(word) => piece == word,
        Form::Phrase(words) => words.contains(&piece),
        Form::Sorted => matches!(piece, "by" | "reversed") || last == "by" && line::is_order(piece),
        Form::Plain | Form::Filter | Form::Line => false,
    };
    is_own || phrase::is_bare(name, last, place, piece)
}

/// The Python that a verb line stands for; none for what is no verb line, or speaks of another one.
pub fn explained(line: &str) -> Option<String> {
    let (_, verbs) = extract(line).ok()?;
    let verb = verbs.into_values().next().filter(|verb| verb.name != "explain")?;
    Some(verb.python)
}

/// The words that stand between the others: `keep` of `cast p bfloat16 keep "*norm*"`. As a function, a verb takes by name what
/// follows them.
pub fn between(name: &str) -> &'static [&'static str] {
    match VERBS.iter().find(|row| row.name == name).map(|row| &row.form) {
        Some(Form::Phrase(words)) => words,
        Some(Form::Joined("into")) => &["into"],
        Some(Form::Joined("to")) => &["to"],
        // `with` can be no name in Python.
        _ => &[],
    }
}

/// How a verb is called as a function: `torchsh.cast(…, keep=…, force=…)`.
pub fn called(name: &str) -> String {
    let options = VERBS.iter().find(|row| row.name == name).and_then(|row| row.options).unwrap_or_default();
    let named = between(name).iter().chain(options).map(|name| format!(", {name}=…"));
    format!("torchsh.{name}(…{})", named.collect::<String>())
}

/// A verb line, its expressions parsed.
#[derive(Debug)]
pub(super) struct VerbLine {
    pub name: &'static str,
    pub words: Vec<Word>,
    pub keywords: Vec<(String, Expr)>,
    /// The Python it stands for.
    pub python: String,
    pub range: TextRange,
    /// Its own words, without what stands before it in a chain.
    pub own: TextRange,
    /// What it is where a program has names that look like its verbs.
    pub unless: Option<Box<Unless>>,
}

#[derive(Debug)]
pub(super) enum Word {
    /// An expression of the line.
    Value(Expr),
    /// A word of the form, such as `shape==`.
    Text(String),
    /// The verb line before the bar.
    Line(Box<VerbLine>),
}

/// A chain that could be Python: `p | items`.
#[derive(Debug)]
pub(super) struct Unless {
    /// The names, of which a program may have one.
    pub names: Vec<Expr>,
    pub python: Expr,
}

/// What stands before the bar of a chain.
#[derive(Debug)]
enum Left {
    Value(TextRange),
    Line(Box<VerbLine>),
}

/// The verb lines of a text, by where their placeholders stand.
pub(super) type Verbs = HashMap<TextSize, VerbLine>;

/// Finds the verb lines of a text; gives the text with placeholders of the same length in their places.
///
/// # Errors
/// `SyntaxError` for a verb line that is not of its form.
pub(super) fn extract(text: &str) -> Result<(String, Verbs), (Error, TextRange)> {
    if scan::may_hold(text, false) { scan::extract(text) } else { Ok((text.to_owned(), Verbs::new())) }
}

fn row_named(name: &str) -> Option<&'static Row> {
    VERBS.iter().find(|row| row.name == name)
}

/// The verb that a text begins with, if what follows could not follow a name in Python.
fn verb_at(text: &str) -> Option<&'static Row> {
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let row = row_named(word)?;
    let next = rest.trim_start_matches([' ', '\t']);
    if next.len() == rest.len() || !(begins_word(next) || line::is_bracketed_word(next)) {
        return None;
    }
    // `match x:` opens a block.
    let line = rest.lines().next().and_then(|line| line.split('#').next()).unwrap_or_default();
    (row.name != "match" || !line.trim_end().ends_with(':')).then_some(row)
}

/// Whether a text begins as a word of a verb line does: what can stand behind a name in Python does not.
fn begins_word(text: &str) -> bool {
    const JOINS: &[&str] = &["in", "is", "and", "or", "if", "else", "not", "for", "as", "async"];
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    let starts = |c: char| c == '_' || c.is_alphanumeric() || matches!(c, '"' | '\'' | '{');
    text.starts_with(starts) && text.get(..end).is_none_or(|word| !JOINS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use torchsh_base::error::Kind;

    fn python(line: &str) -> String {
        let (_, verbs) = extract(line).map_err(|(error, _)| error).unwrap();
        verbs.into_values().next().map_or_else(String::new, |verb| verb.python)
    }

    #[test]
    fn verb_lines_stand_for_python() {
        let cases = [
            ("p = filter p shape== m", "{k: v for k, v in p.items() if k in m and v.shape == m[k].shape}"),
            ("filter p key !~ \"a b\"", "{k: v for k, v in p.items() if not re.search(\"a b\", k)}"),
            ("filter p[\"x\"] numel> 1e6", "{k: v for k, v in p[\"x\"].items() if v.numel() > 1e6}"),
            (
                "filter p where v.ndim == 4 and \"conv\" in k",
                "{k: v for k, v in p.items() if v.ndim == 4 and \"conv\" in k}",
            ),
            ("filter p dtype== float16", "{k: v for k, v in p.items() if v.dtype == torch.float16}"),
            ("update m with p", "m.update(p)"),
            (
                "keep p \"a.*\" \"b\" \"c\"",
                "{k: v for k, v in p.items() if any(fnmatch.fnmatch(k, f) for f in (\"a.*\", \"b\", \"c\"))}",
            ),
            (
                "diff m with p \"a.*\"",
                "[k for k in m.keys() | p.keys() if fnmatch.fnmatch(k, \"a.*\") and (k not in m or k not in p or not torch.equal(m[k], p[k]))]",
            ),
            (
                "rename p to m",
                "{next((b for b in m if b.endswith(a) or a.endswith(b)), a): v for a, v in p.items()}",
            ),
            ("load_state_dict m into f(a, b) strict=False", "f(a, b).load_state_dict(m, strict=False)"),
            ("rename p \"^module\\.\" \"\"", "{re.sub(\"^module\\.\", \"\", k): v for k, v in p.items()}"),
            (
                "explain p = drop p \"head.*\"",
                "p = {k: v for k, v in p.items() if not fnmatch.fnmatch(k, \"head.*\")}",
            ),
            ("items m by size", "sorted(m.items(), key=lambda e: e[1].nbytes, reverse=True)"),
            ("items m reversed", "reversed(m.items())"),
            (
                "items m \"a.*\" by name reversed",
                "sorted({k: v for k, v in m.items() if fnmatch.fnmatch(k, \"a.*\")}.items(), key=lambda e: e[0], reverse=True)",
            ),
            ("save m to \"a.pt\"", "torch.save(m, \"a.pt\")"),
            ("save m \"a.safetensors\"", "safetensors.torch.save_file(m, \"a.safetensors\")"),
        ];
        for (line, expected) in cases {
            assert_eq!(python(line), expected, "{line}");
        }
    }

    #[test]
    fn python_stays_python() {
        let lines = [
            "items = 3",
            "items(m)",
            "items.x",
            "update -m",
            "keys in m",
            "x = keys if a else b",
            "filter(None, p)",
            "save\n",
            "drop[0]",
            "'''\nitems m\n'''",
            "f(\nitems\n, keys)",
            "match = 3",
            "print('; items m')",
            "a = {\n  keys: 3 }",
        ];
        for line in lines {
            assert!(extract(line).unwrap().1.is_empty(), "{line}");
        }
    }

    #[test]
    fn a_verb_line_of_another_form_says_how_it_is_written() {
        for line in
            ["filter p", "update m", "filter p shape m", "explain x", "items m 1 2", "items m by colour"]
        {
            let (error, _) = extract(line).unwrap_err();
            assert!(error.kind() == Kind::Syntax, "{line}");
        }
    }

    #[test]
    fn no_verb_passes_over_a_word_or_an_option() {
        let shortest = |row: &Row| match row.name {
            "filter" => "filter p shape== m".to_owned(),
            // Some take any number of words: their functions count them.
            name if matches!(row.form, Form::Phrase(_)) => format!("{name} m"),
            "explain" => "explain items m".to_owned(),
            name => match row.python.iter().position(|form| !form.is_empty()) {
                Some(1) => format!("{name} m \"p\""),
                _ => format!("{name} m"),
            },
        };
        for row in VERBS {
            let line = shortest(row);
            assert!(extract(&line).is_ok(), "{line}");
            let longer = format!("{line} \"x\" \"y\" \"z\"");
            assert!(
                matches!(row.form, Form::Phrase(_))
                    // They take any number of patterns.
                    || matches!(row.name, "drop" | "keep")
                    || extract(&longer).is_err_and(
                        |(error, _)| error.remedy().is_some() || error.message().contains("usage: ")
                    ),
                "{longer}"
            );
            // What takes any option hands it on, and says itself that it does not know it.
            let unknown = format!("{line} banana=7");
            let inner =
                if row.name == "explain" { VERBS.iter().find(|row| row.name == "items") } else { Some(row) };
            assert_eq!(
                extract(&unknown).is_err(),
                inner.is_some_and(|row| row.options.is_some()),
                "{unknown}"
            );
        }
        let (error, _) = extract("diff a b banana=7").unwrap_err();
        assert_eq!(error.message(), "diff has no option banana=");
        assert_eq!(
            error.remedy(),
            Some("diff m p [\"layer1.*\"] [atol=1e-3] [rtol=1e-3] [through names] [base c]")
        );
    }
}
