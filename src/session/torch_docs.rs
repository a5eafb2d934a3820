//! What PyTorch says of its operators: the text of its own `_torch_docs.py` and its like, as the build packed it; where that
//! had none, the one beside its libraries.

use std::collections::HashMap;
use std::sync::OnceLock;

use torchsh_language::value::report::docstring;
use torchsh_language::value::report::manual::Manual;

/// The texts by operator.
struct Docs {
    text: String,
    /// Where the text of each operator begins.
    places: HashMap<String, usize>,
    /// What is said of arguments that many have: `input (Tensor): the input tensor.`
    arguments: HashMap<String, String>,
}

/// What PyTorch says of `torch.NAME`, else of `Tensor.NAME`: its meaning, arguments and an example, as a page. None where that
/// is not at hand.
pub fn of(name: &str) -> Option<Manual> {
    let docs = docs()?;
    docs.of(name).or_else(|| docs.of(&format!("Tensor.{name}")))
}

/// The first sentence of that.
pub fn meaning(name: &str) -> Option<String> {
    let says = of(name)?.plain();
    let signature = format!("{name}(");
    let is_said = |part: &&str| !part.is_empty() && !part.starts_with(&signature);
    says.split("\n\n").map(str::trim).find(is_said).map(first_sentence)
}

/// The first sentence of a text, on one line.
pub fn first_sentence(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").unwrap_or(line.len());
    let sentence = line.get(..end).unwrap_or_default();
    match sentence.split_once('\\') {
        // What follows is a formula that only LaTeX shows.
        Some((words, _)) => format!("{} …", words.trim_end()),
        None => sentence.trim_end_matches(['.', ':']).to_owned(),
    }
}

fn docs() -> Option<&'static Docs> {
    static DOCS: OnceLock<Option<Docs>> = OnceLock::new();
    let packed = || torchsh_prelude::OPERATOR_HELP.and_then(|packed| packed.text().ok());
    let beside = || torchsh_aten::python_file("_torch_docs.py");
    DOCS.get_or_init(|| packed().map(Into::into).or_else(beside).map(Docs::new)).as_ref()
}

impl Docs {
    fn new(text: String) -> Docs {
        let mut arguments = HashMap::new();
        for (_, rest) in text.match_indices("parse_kwargs(").filter_map(|(at, _)| Some((at, text.get(at..)?)))
        {
            let Some(listed) = literal(rest).map(|(listed, _)| listed) else { continue };
            for (name, says) in listed_arguments(listed) {
                arguments.entry(name).or_insert(says);
            }
        }
        let places = places(&text);
        Docs { text, places, arguments }
    }

    fn of(&self, name: &str) -> Option<Manual> {
        let mut rest = self.text.get(*self.places.get(name)?..)?;
        let mut whole = String::new();
        // A text may be put together of several.
        while let Some((piece, after)) = literal(rest) {
            let opening = rest.trim_start_matches([' ', '\n', '+']);
            let kind = opening.trim_start_matches(['r', 'f']);
            if !kind.starts_with('"') {
                break;
            }
            let is_filled = opening.get(..opening.len() - kind.len()).is_some_and(|kind| kind.contains('f'));
            // What is filled in is of the piece before it, not of all.
            match after.trim_start().strip_prefix(".format(").and_then(|given| given.split_once(')')) {
                _ if is_filled => {
                    whole.push_str(&self.filled(piece));
                    rest = after;
                }
                Some((_, behind)) => {
                    whole.push_str(&self.filled(piece));
                    rest = behind;
                }
                None => {
                    whole.push_str(piece);
                    rest = after;
                }
            }
        }
        Some(page(&whole))
    }

    /// With what is said of common arguments in the places of their names in braces.
    fn filled(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
        while let Some((before, after)) = rest.clone().split_once('{') {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else { break };
            out.push_str(self.arguments.get(name).map_or("", String::as_str));
            rest = after.to_owned();
        }
        out.push_str(&rest);
        out.replace('\u{1}', "{").replace('\u{2}', "}")
    }
}

/// Where the text of each `add_docstr(torch.NAME, …` begins, and in `torch/functional.py` that of each function.
fn places(text: &str) -> HashMap<String, usize> {
    let mut places = HashMap::new();
    let mut file = "";
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let rest = text.get(at - line.len()..).unwrap_or_default();
        if let Some(name) = line.strip_prefix('\u{c}') {
            file = name.trim();
        } else if let Some((before, _)) = line.split_once("add_docstr")
            && let Some((name, behind)) = rest.get(before.len() + "add_docstr".len()..).and_then(documented)
        {
            places.entry(name).or_insert(text.len() - behind.len());
        } else if file == "torch/functional.py"
            && let Some((name, behind)) = rest.strip_prefix("def ").and_then(defined)
        {
            places.entry(name.to_owned()).or_insert(text.len() - behind.len());
        }
    }
    places
}

/// `_all("NAME", …` or `(torch.NAME, …`, and what stands behind it.
fn documented(call: &str) -> Option<(String, &str)> {
    if let Some(method) = call.strip_prefix("_all(") {
        let (name, behind) = method.trim_start().strip_prefix('"')?.split_once('"')?;
        return Some((format!("Tensor.{name}"), behind.trim_start().strip_prefix(',')?));
    }
    let (name, behind) = call.strip_prefix('(')?.trim_start().split_once(',')?;
    // As C has them, and as a program calls them.
    const NAMES: [(&str, &str); 6] = [
        ("torch._C._nn.", "nn.functional."),
        ("_linalg.linalg_", "linalg."),
        ("_special.special_", "special."),
        ("_fft.fft_", "fft."),
        ("_sparse._sparse_", "sparse."),
        ("torch.", ""),
    ];
    let public = |(own, public): &(&str, &str)| Some(format!("{public}{}", name.strip_prefix(own)?));
    Some((NAMES.iter().find_map(public)?, behind))
}

/// `NAME(…):` of a function that begins with its text, and what stands behind the colon.
fn defined(function: &str) -> Option<(&str, &str)> {
    let (name, rest) = function.split_once('(')?;
    let (_, mut behind) = rest.split_once(":\n")?;
    while let Some((_, after)) = behind.trim_start().strip_prefix('#').and_then(|line| line.split_once('\n'))
    {
        behind = after;
    }
    behind.trim_start().trim_start_matches('r').starts_with("\"\"\"").then_some((name, behind))
}

/// The next text in three quotes, and what stands behind it.
fn literal(text: &str) -> Option<(&str, &str)> {
    let (_, inside) = text.split_once("\"\"\"")?;
    inside.split_once("\"\"\"")
}

/// `name (type): says` for each argument of a list; what is deeper belongs to the one before.
fn listed_arguments(listed: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in listed.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        match found.last_mut().filter(|_| indent > 4) {
            Some((_, says)) => says.push_str(&format!("\n{line}")),
            None => {
                let line = line.trim();
                found.push((line.split(' ').next().unwrap_or_default().to_owned(), line.to_owned()));
            }
        }
    }
    found
}

/// A docstring as a page, without the signature it begins with: that is known better.
fn page(text: &str) -> Manual {
    let is_head =
        |line: &&str| line.contains("->") || line.trim().is_empty() || line.starts_with(".. function");
    let lines: Vec<&str> = text.trim().lines().skip_while(is_head).collect();
    docstring::read(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
common_args = parse_kwargs(
    """
    input (Tensor): the input tensor.
    out (Tensor, optional): the output tensor.
        In place of a new one.
"""
)

add_docstr(
    torch.topk,
    r"""
topk(input, k, dim=None) -> (Tensor, LongTensor)

Returns the :attr:`k` largest elements of ``input``, see :func:`~torch.Tensor.sort`.

.. note::
    Not {{stable}}.

Args:
    {input}

Example::

    >>> torch.topk(x, 3)
""".format(**common_args),
)

add_docstr(
    torch.plain,
    r"""
plain() -> bool

One""" + r"""
 and two {as they are}.
""",
)

add_docstr(
    torch.mixed,
    r"""
mixed() -> Tensor

Of size :math:`\frac{a}{b}`.

Args:
    """ + r"""{input}
""".format(**common_args) + r"""
The {end}.
""",
)

add_docstr_all(
    "copy_",
    r"""
copy_(src) -> Tensor

Copies.
""",
)
FILE torch/linalg/__init__.py
from torch._C import _add_docstr, _linalg

inv = _add_docstr(
    _linalg.linalg_inv,
    r"""
linalg.inv(A) -> Tensor

Inverts.

"""
    + rf"""
Note: slow{notes["so"]}.
""",
)
one_hot = _add_docstr(
    torch._C._nn.one_hot,
    r"""
one_hot(tensor) -> Tensor

Ones.
""",
)

def other():
    """Another."""
FILE torch/functional.py
def einsum(
    *args: Any,
) -> Tensor:
    # type: () -> Tensor
    r"""einsum(equation) -> Tensor

    Sums.
    """
"#;

    #[test]
    fn docstrings_become_pages() {
        let docs = Docs::new(TEXT.replace("FILE ", "\u{c}"));
        assert_eq!(
            docs.of("topk").map(|page| page.plain()).as_deref(),
            Some(
                "Returns the k largest elements of input, see sort.\n\nNote:\n    Not {stable}.\n\nArgs:\n    input (Tensor): the input \
                 tensor.\n\nExample:\n\n    >>> torch.topk(x, 3)"
            )
        );
        assert_eq!(docs.of("plain").map(|page| page.plain()).as_deref(), Some("One\nand two {as they are}."));
        assert_eq!(
            docs.of("mixed").map(|page| page.plain()).as_deref(),
            Some("Of size a/b.\n\nArgs:\n    input (Tensor): the input tensor.\n\nThe {end}.")
        );
        assert_eq!(docs.of("top"), None);
        let says = |name: &str| docs.of(name).map(|page| page.plain());
        assert_eq!(says("Tensor.copy_").as_deref(), Some("Copies."));
        assert_eq!(says("linalg.inv").as_deref(), Some("Inverts.\n\nNote: slow."));
        assert_eq!(says("nn.functional.one_hot").as_deref(), Some("Ones."));
        assert_eq!(says("einsum").as_deref(), Some("Sums."));
        assert_eq!(says("other"), None, "only the functions of one file stand for themselves");
        assert!(docs.arguments.get("out").is_some_and(|out| out.ends_with("new one.")));
    }
}
