//! What looking at a file gives: text to read, rows to go through.

use std::any::Any;

use torchsh_base::error::Result;
use torchsh_base::untrusted::escaped;
use torchsh_language::value::{Native, Value, Vm};

/// A text and the rows it was made from.
pub struct Report {
    class: &'static str,
    text: String,
    rows: Vec<Value>,
}

impl Report {
    /// A report of a class.
    #[must_use]
    pub fn new(class: &'static str, lines: &[String], rows: Vec<Value>) -> Self {
        // They are made of a file's words, and `print` writes them as they are.
        let text = lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n");
        Report { class, text, rows }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Native for Report {
    fn type_name(&self) -> &str {
        self.class
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(self.text.clone()))
    }

    fn length(&self, _vm: &dyn Vm) -> Option<Result<usize>> {
        Some(Ok(self.rows.len()))
    }

    fn iterate(&self, vm: &dyn Vm) -> Option<Result<Value>> {
        Some(vm.iterate(&Value::list(self.rows.clone())))
    }

    fn item(&self, vm: &dyn Vm, index: &Value) -> Option<Result<Value>> {
        Some(vm.item(&Value::list(self.rows.clone()), index))
    }
}
