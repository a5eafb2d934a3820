//! LaTeX's formulas, as docstrings have them, in Unicode: `\frac{1}{N}\sum_{i=1}^{N} x_i^2` is `1/N Σ_(i=1)^N xᵢ²`.

use std::iter::Peekable;
use std::str::Chars;

/// Groups and arguments within others that are read; what lies deeper stays as it is.
const DEEPEST: usize = 40;

/// A space that stays.
const SPACE: char = '\u{E010}';

/// The formula in one line for each of its own.
#[must_use]
pub fn unicode(formula: &str) -> String {
    let mut reader = Reader { chars: formula.chars().peekable(), depth: 0 };
    let text = reader.until_close();
    let lines = text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines = lines.filter(|line| !line.is_empty()).map(|line| line.replace(SPACE, " "));
    lines.collect::<Vec<_>>().join("\n")
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    depth: usize,
}

impl Reader<'_> {
    /// Everything to the end, or to the `}` that closes the group.
    fn until_close(&mut self) -> String {
        let mut out = String::new();
        self.depth += 1;
        while let Some(c) = self.chars.next() {
            match c {
                '}' if self.depth > 1 => break,
                '{' | '}' if self.depth > DEEPEST => {}
                '{' => out.push_str(&self.until_close()),
                '\\' => out.push_str(&self.command()),
                '_' => self.script(&mut out, SUBSCRIPTS, '_'),
                '^' => self.script(&mut out, SUPERSCRIPTS, '^'),
                '&' | '~' | '\n' => out.push(' '),
                c => out.push(c),
            }
        }
        self.depth -= 1;
        out
    }

    /// Adds what stands above or below the line.
    fn script(&mut self, out: &mut String, table: &[(char, char)], mark: char) {
        let script = raised(&self.argument(), table, mark);
        out.push_str(&script);
        // A word ends before the next factor.
        let is_word = script.starts_with(mark) && script.ends_with(char::is_alphanumeric);
        if is_word && self.chars.peek().is_some_and(char::is_ascii_alphabetic) {
            out.push(' ');
        }
    }

    /// Leaves out `[…]`, where it comes next: a distance.
    fn skip_distance(&mut self) {
        if self.chars.next_if_eq(&'[').is_some() {
            while self.chars.next().is_some_and(|c| c != ']') {}
        }
    }

    /// Two spaces for five of a distance's units, as many as programs are indented by: `{10mm}`.
    fn distance(&mut self) -> String {
        let number: String = self.argument().chars().take_while(char::is_ascii_digit).collect();
        SPACE.to_string().repeat((number.parse::<usize>().unwrap_or(0) * 2 / 5).min(DEEPEST))
    }

    /// What a command takes: a group, a command, a character.
    fn argument(&mut self) -> String {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
        self.depth += 1;
        let out = match self.chars.next() {
            Some('{') if self.depth <= DEEPEST => self.until_close(),
            Some('\\') if self.depth <= DEEPEST => self.command(),
            Some(c) => c.to_string(),
            None => String::new(),
        };
        self.depth -= 1;
        out
    }

    fn command(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.chars.next_if(char::is_ascii_alphabetic) {
            name.push(c);
        }
        if name.is_empty() {
            return match self.chars.next() {
                Some('\\') => {
                    self.skip_distance();
                    "\n".to_owned()
                }
                Some('|') => "‖".to_owned(),
                Some(',' | ';' | ':' | ' ' | '>' | '\n') => " ".to_owned(),
                Some('!') | None => String::new(),
                Some(c) => c.to_string(),
            };
        }
        match name.as_str() {
            "frac" | "dfrac" | "tfrac" => {
                let (above, below) = (self.argument(), self.argument());
                format!("{}/{}", wrapped(&above), wrapped(&below))
            }
            "sqrt" => format!("√{}", wrapped(&self.argument())),
            "hat" | "widehat" => accented(&self.argument(), '\u{302}'),
            "bar" | "overline" => accented(&self.argument(), '\u{304}'),
            "tilde" | "widetilde" => accented(&self.argument(), '\u{303}'),
            "begin" => {
                // The columns of a table.
                if self.argument() == "array" && self.chars.peek() == Some(&'{') {
                    self.argument();
                }
                String::new()
            }
            "end" => {
                self.argument();
                String::new()
            }
            "hspace" => self.distance(),
            "not" => match self.argument().as_str() {
                "=" => "≠".to_owned(),
                other => format!("{other}\u{338}"),
            },
            "rule" => {
                self.argument();
                self.argument();
                String::new()
            }
            "left" | "right" => {
                self.chars.next_if(|&c| c == '.');
                String::new()
            }
            "rm" | "bf" | "it" | "displaystyle" | "limits" | "nolimits" | "big" | "Big" | "bigg" | "Bigg"
            | "bigl" | "bigr" => String::new(),
            "text" | "textrm" | "textbf" | "textit" | "mathrm" | "mathbf" | "mathit" | "mathcal"
            | "mathbb" | "mathds" | "operatorname" | "boldsymbol" | "bm" | "underbrace" | "mathrlap"
            | "mathllap" => self.argument(),
            "quad" | "qquad" => "  ".to_owned(),
            // It stands apart from the factor before it.
            "sum" | "prod" | "int" => format!(" {}", symbol(&name)),
            name => symbol(name).to_owned(),
        }
    }
}

fn symbol(name: &str) -> &str {
    SYMBOLS.iter().find(|(known, _)| *known == name).map_or(name, |(_, sign)| *sign)
}

fn wrapped(part: &str) -> String {
    let part = part.trim();
    let is_plain = part.chars().all(|c| c.is_alphanumeric() || "_.'′²³ᵢⱼ₀₁₂√".contains(c));
    if is_plain { part.to_owned() } else { format!("({part})") }
}

fn accented(part: &str, mark: char) -> String {
    let mut letters = part.chars();
    match letters.next() {
        // What stands above or below the line stays behind the letter.
        Some(letter) if !letters.clone().any(|c| c.is_ascii_alphanumeric()) => {
            format!("{letter}{mark}{}", letters.as_str())
        }
        _ => part.to_owned(),
    }
}

/// Above or below the line, where Unicode has all the characters for it.
fn raised(part: &str, table: &[(char, char)], mark: char) -> String {
    let part = part.trim();
    let sign = |c: char| table.iter().find(|(plain, _)| *plain == c).map(|(_, raised)| *raised);
    let raised: Option<String> = part.chars().map(sign).collect();
    match raised {
        // A word is no row of letters: `C_in`, but `x₁₂` and `x⁻¹`.
        Some(raised) if part.len() == 1 || part.len() < 4 && !part.chars().all(char::is_alphabetic) => raised,
        _ if part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '\'') => format!("{mark}{part}"),
        _ if part.starts_with('(') && part.find(')') == Some(part.len() - 1) => format!("{mark}{part}"),
        _ => format!("{mark}({part})"),
    }
}

const SUBSCRIPTS: &[(char, char)] = &[
    ('0', '₀'),
    ('1', '₁'),
    ('2', '₂'),
    ('3', '₃'),
    ('4', '₄'),
    ('i', 'ᵢ'),
    ('j', 'ⱼ'),
    ('n', 'ₙ'),
    ('t', 'ₜ'),
    ('k', 'ₖ'),
    ('p', 'ₚ'),
    ('x', 'ₓ'),
    ('-', '₋'),
    ('+', '₊'),
];
const SUPERSCRIPTS: &[(char, char)] = &[
    ('0', '⁰'),
    ('1', '¹'),
    ('2', '²'),
    ('3', '³'),
    ('4', '⁴'),
    ('n', 'ⁿ'),
    ('i', 'ⁱ'),
    ('T', 'ᵀ'),
    ('-', '⁻'),
    ('+', '⁺'),
    ('\'', '′'),
];

/// Signs by their names.
const SYMBOLS: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("varepsilon", "ε"),
    ("eta", "η"),
    ("theta", "θ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Delta", "Δ"),
    ("Phi", "Φ"),
    ("Sigma", "Σ"),
    ("Omega", "Ω"),
    ("nabla", "∇"),
    ("partial", "∂"),
    ("sum", "Σ"),
    ("prod", "Π"),
    ("int", "∫"),
    ("times", "×"),
    ("cdot", "·"),
    ("ast", "*"),
    ("star", "⋆"),
    ("odot", "⊙"),
    ("otimes", "⊗"),
    ("oplus", "⊕"),
    ("circ", "∘"),
    ("pm", "±"),
    ("div", "÷"),
    ("le", "≤"),
    ("leq", "≤"),
    ("ge", "≥"),
    ("geq", "≥"),
    ("neq", "≠"),
    ("ne", "≠"),
    ("approx", "≈"),
    ("sim", "~"),
    ("equiv", "≡"),
    ("propto", "∝"),
    ("in", "∈"),
    ("notin", "∉"),
    ("subset", "⊂"),
    ("cup", "∪"),
    ("cap", "∩"),
    ("forall", "∀"),
    ("exists", "∃"),
    ("infty", "∞"),
    ("leftarrow", "←"),
    ("gets", "←"),
    ("rightarrow", "→"),
    ("to", "→"),
    ("Rightarrow", "⇒"),
    ("ldots", "…"),
    ("cdots", "⋯"),
    ("dots", "…"),
    ("lfloor", "⌊"),
    ("rfloor", "⌋"),
    ("lceil", "⌈"),
    ("rceil", "⌉"),
    ("langle", "⟨"),
    ("rangle", "⟩"),
    ("lVert", "‖"),
    ("rVert", "‖"),
    ("Vert", "‖"),
    ("vert", "|"),
    ("mid", "|"),
    ("prime", "′"),
    ("ell", "ℓ"),
    ("top", "T"),
];

#[cfg(test)]
mod tests {
    use super::unicode;

    #[test]
    fn formulas_of_docstrings_can_be_read() {
        let cases = [
            (r"(N, C_{\text{in}}, H_{in}, W_{in})", "(N, C_in, H_in, W_in)"),
            (r"\frac{1}{N}\sum_{i=1}^{N} x_i^2", "1/N Σ_(i=1)^N xᵢ²"),
            (r"\mathcal{U}(-\sqrt{k}, \sqrt{k})", "U(-√k, √k)"),
            (r"k = \frac{1}{\text{in\_features}}", "k = 1/in_features"),
            (r"\left\lfloor\frac{a + 2 \times b}{c}\right\rfloor", "⌊(a + 2 × b)/c⌋"),
            (r"y = xA^T + b", "y = xAᵀ + b"),
            (r"A^\top \not= b", "Aᵀ ≠ b"),
            (r"\hat{v_t} \leftarrow v_t", "v\u{302}ₜ ← vₜ"),
            (
                r"\begin{array}{ll} \\ x^{(l)}_t = W_{hr}h_t \\[-1.ex] \hspace{5mm}\bf{y} \rule{1mm}{2mm}\\ \end{array}",
                "x^(l)ₜ = W_hr hₜ\n  y",
            ),
            (r"\begin{cases} x, & \text{if } x > 0\\ 0 \end{cases}", "x, if x > 0\n0"),
        ];
        for (formula, expected) in cases {
            assert_eq!(unicode(formula), expected, "{formula}");
        }
        for open in ["{".repeat(5000), r"\frac".repeat(5000), "^".repeat(5000), r"\sqrt{".repeat(5000)] {
            let _ = unicode(&open);
        }
    }
}
