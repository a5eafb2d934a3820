//! A model: its layers as PyTorch prints them, with what each comes to, folding.

use super::page::{Page, escape, faint};
use torchsh_base::error::Result;
use torchsh_language::value::report::{gather, size};
use torchsh_language::value::{Dict, Str, Value, Vm};

/// The deepest that layers are taken apart.
const DEEPEST: usize = 32;

/// Lines up to which everything is open.
const OPEN: usize = 40;

/// The page; none where the model does not tell of its layers as PyTorch's do.
pub fn module(vm: &dyn Vm, value: &Value) -> Option<String> {
    let top = Layer::of(vm, value, DEEPEST).ok()?;
    let mut page = Page::new();
    let opens = top.lines() <= OPEN;
    top.write(&mut page, "", opens, 0);
    Some(page.end("page shows all"))
}

/// A layer and those in it.
struct Layer {
    /// `Linear(in_features=3, out_features=4, bias=True)`
    text: String,
    /// Numbers of its own parameters and of those below.
    parameters: u64,
    layers: Vec<(String, Layer)>,
}

impl Layer {
    fn of(vm: &dyn Vm, value: &Value, depth: usize) -> Result<Layer> {
        let part = |name: &str| -> Result<Option<std::rc::Rc<Dict>>> {
            Ok(vm.attribute_or_none(value, &Str::intern(name))?.and_then(|part| part.as_dict()))
        };
        let mut layers = Vec::new();
        let mut parameters = 0u64;
        for (name, inner) in part("_modules")?.map(|inner| inner.entries()).unwrap_or_default() {
            if depth > 0 && !matches!(inner, Value::None) {
                let layer = Layer::of(vm, &inner, depth - 1)?;
                parameters = parameters.saturating_add(layer.parameters);
                layers.push((gather::key_text(vm, &name)?, layer));
            }
        }
        for (_, own) in part("_parameters")?.map(|own| own.entries()).unwrap_or_default() {
            if own.as_tensor().is_some() {
                parameters = parameters.saturating_add(gather::facts(vm, &own)?.elements);
            }
        }
        let extra = vm.call_method(value, "extra_repr", &[]).and_then(|text| vm.text(&text));
        let extra = extra.map(|text| text.as_str().to_owned()).unwrap_or_default();
        let name = vm.type_name(value);
        let text = if layers.is_empty() || !extra.is_empty() {
            format!("{name}({extra})")
        } else {
            name.as_str().to_owned()
        };
        Ok(Layer { text, parameters, layers })
    }

    fn lines(&self) -> usize {
        1 + self.layers.iter().map(|(_, layer)| layer.lines()).sum::<usize>()
    }

    fn write(&self, page: &mut Page, name: &str, opens: bool, level: usize) {
        let name = if name.is_empty() { String::new() } else { format!("({}): ", escape(name)) };
        let count = match self.parameters {
            0 => String::new(),
            count => format!("{} parameters", size::grouped(count)),
        };
        let line = format!(
            "{}{}<span style=\"float:right\">{}</span>",
            faint(&name),
            escape(&self.text),
            faint(&count)
        );
        if self.layers.is_empty() {
            page.line(&format!("<div>{line}</div>"));
            return;
        }
        let open = if opens || level == 0 { " open" } else { "" };
        let head = format!(
            "<details{open}><summary style=\"cursor:pointer\">{line}</summary><div style=\"margin-left:18px\">"
        );
        if !page.line(&head) {
            page.leave_out(self.lines() - 1);
            return;
        }
        for (name, layer) in &self.layers {
            layer.write(page, name, opens, level + 1);
        }
        page.push("</div></details>");
    }
}
