//! Notebooks of Jupyter (nbformat 4) as text.

use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value, json};

use super::Bundle;

/// A fresh notebook of these cells of code.
#[must_use]
pub fn of_code(cells: &[String]) -> String {
    let cell = |(number, source): (usize, &String)| {
        json!({
            "cell_type": "code",
            "execution_count": null,
            "id": format!("cell-{}", number + 1),
            "metadata": {},
            "outputs": [],
            "source": lines(source),
        })
    };
    let cells: Vec<Value> = cells.iter().enumerate().map(cell).collect();
    text(&json!({"cells": cells, "metadata": metadata(), "nbformat": 4, "nbformat_minor": 5}))
}

/// What a notebook says of its kernel.
#[must_use]
pub fn metadata() -> Value {
    json!({
        "kernelspec": {"display_name": "torchsh", "language": "torchsh", "name": "torchsh"},
        "language_info": {
            "file_extension": ".py",
            "mimetype": "text/x-python",
            "name": "torchsh",
            "pygments_lexer": "ipython3",
        },
    })
}

/// The file of a notebook, as Jupyter writes it: a blank of indent, so that differences between versions are small.
#[must_use]
pub fn text(notebook: &Value) -> String {
    let mut bytes = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
    // Into memory, nothing fails.
    let _ = serde::Serialize::serialize(notebook, &mut writer);
    String::from_utf8(bytes).unwrap_or_default() + "\n"
}

/// Text as a list of its lines, each with its end.
#[must_use]
pub fn lines(text: &str) -> Value {
    Value::Array(text.split_inclusive('\n').map(Value::from).collect())
}

/// Text that a notebook has as a list of lines, or as a whole.
#[must_use]
pub fn joined(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// A result in its forms.
#[must_use]
pub fn data(bundle: &Bundle) -> Value {
    let mut data = Map::new();
    data.insert("text/plain".to_owned(), lines(&bundle.plain));
    for (kind, text) in &bundle.others {
        let is_picture = kind.starts_with("image/") && !kind.ends_with("xml");
        data.insert((*kind).to_owned(), if is_picture { text.as_str().into() } else { lines(text) });
    }
    Value::Object(data)
}

/// The value of a cell.
#[must_use]
pub fn result(number: usize, bundle: &Bundle) -> Value {
    json!({"data": data(bundle), "execution_count": number, "metadata": {}, "output_type": "execute_result"})
}

/// Something that a cell shows.
#[must_use]
pub fn display(bundle: &Bundle) -> Value {
    json!({"data": data(bundle), "metadata": {}, "output_type": "display_data"})
}

/// What a cell prints.
#[must_use]
pub fn stream(name: &str, text: &str) -> Value {
    json!({"name": name, "output_type": "stream", "text": lines(text)})
}

/// What went wrong in a cell.
#[must_use]
pub fn error(name: &str, message: &str, text: &str) -> Value {
    let traceback: Vec<&str> = text.lines().collect();
    json!({"ename": name, "evalue": message, "output_type": "error", "traceback": traceback})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notebook_is_written_as_jupyter_writes_it() {
        let text = of_code(&["x = 1\nx".to_owned()]);
        assert!(text.starts_with("{\n \"cells\": [\n  {\n   \"cell_type\": \"code\","), "{text}");
        assert!(text.contains("   \"source\": [\n    \"x = 1\\n\",\n    \"x\"\n   ]"), "{text}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(joined(&back["cells"][0]["source"]).as_deref(), Some("x = 1\nx"));
    }
}
