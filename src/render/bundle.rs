//! A result in every form that it has, of which a front shows the richest that it can.

use super::base64::base64;
use super::html;
use torchsh_language::value::{Str, Value, Vm};

/// A result as text, and in further forms by their MIME types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// `text/plain`
    pub plain: String,
    /// The others; pictures are in base64.
    pub others: Vec<(&'static str, String)>,
}

/// The type of pictures.
pub const PNG: &str = "image/png";

/// What a program's class can say of itself: a method, and the type of what it gives.
const METHODS: &[(&str, &str)] = &[
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_latex_", "text/latex"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", PNG),
    ("_repr_jpeg_", "image/jpeg"),
];

impl Bundle {
    /// What the shell says by the way.
    #[must_use]
    pub fn note(text: &str) -> Self {
        let plain = text.trim_end().to_owned();
        let others = vec![("text/html", html::note(&plain))];
        Bundle { plain, others }
    }

    /// Its picture, a PNG in base64, if it has one.
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.others.iter().find(|(kind, _)| *kind == PNG).map(|(_, data)| data.as_str())
    }

    /// Text alone.
    #[must_use]
    pub fn text(plain: impl Into<String>) -> Self {
        Bundle { plain: plain.into(), others: Vec::new() }
    }
}

/// The forms beside the text.
#[must_use]
pub fn others(vm: &dyn Vm, value: &Value) -> Vec<(&'static str, String)> {
    let own = METHODS.iter().filter_map(|&(method, kind)| Some((kind, said(vm, value, method)?)));
    let mut others: Vec<_> = if matches!(value, Value::Instance(_)) { own.collect() } else { Vec::new() };
    if others.is_empty() {
        others.extend(html::value(vm, value).map(|text| ("text/html", text)));
    }
    others
}

/// The picture that a program's own class gives of itself, in base64; `can_show` is asked only where there may be one.
#[must_use]
pub fn picture(vm: &dyn Vm, value: &Value, can_show: impl FnOnce() -> bool) -> Option<String> {
    const METHOD: &str = "_repr_png_";
    let has_one = matches!(value, Value::Instance(_))
        && matches!(vm.attribute_or_none(value, &Str::intern(METHOD)), Ok(Some(_)));
    if has_one && can_show() { said(vm, value, METHOD) } else { None }
}

/// What a method of the program gives; none where there is no such method, or it gives none. One that fails is told of: the text
/// is shown all the same.
fn said(vm: &dyn Vm, value: &Value, method: &'static str) -> Option<String> {
    let method_of = vm.attribute_or_none(value, &Str::intern(method)).ok().flatten()?;
    match vm.call(&method_of, &[], &[]) {
        Ok(Value::Str(text)) => Some(text.as_str().to_owned()),
        Ok(Value::Bytes(bytes)) => Some(base64(&bytes)),
        Ok(Value::None) => None,
        Ok(other) => {
            vm.notice(&format!("{method} gave {}, which is not text: it is not shown", vm.type_name(&other)));
            None
        }
        Err(error) => {
            vm.notice(&format!("{method} failed: {}: {}", error.kind().name(), error.message()));
            None
        }
    }
}
