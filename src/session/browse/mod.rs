//! `browse ckpt`: a checkpoint as a tree to walk on the whole screen. What is shown and what can be done is made here; the
//! front draws and reads the keys.

mod statements;
mod tree;

pub use self::tree::{Content, Node, Tree};

use super::commands::wants;
use super::{Outcome, Session};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_builtins::checkpoint::Records;
use torchsh_builtins::verbs::nested;
use torchsh_checkpoint::origin;
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Described, gather, size};
use torchsh_language::value::{Value, Vm};
use torchsh_render::{Screen, Theme, closeup};
use torchsh_state_dict::{histogram, statistics};

/// What an error says of the form.
const USAGE: &str = "usage: browse ckpt, or browse \"x.pt\"";

impl Session {
    /// `browse ckpt`, `browse "x.pt"`, or `browse` for the only thing there is.
    pub(super) fn browse(&self, rest: &str) -> Result<Outcome> {
        if !self.host.can_browse() {
            let error = Error::runtime("browse needs a terminal to draw on");
            return Err(error.hint("tree shows the same as text: tree ckpt"));
        }
        let expression = if rest.is_empty() { self.only_one()? } else { self.opened_to_browse(rest)? };
        // What cannot be walked over is said before the screen is taken.
        self.browse_tree(&expression)?;
        Ok(Outcome { browses: Some(expression), ..Outcome::default() })
    }

    /// The name of the only checkpoint or model there is.
    fn only_one(&self) -> Result<String> {
        let vm: &dyn Vm = &*self.interpreter;
        let is_walkable = |value: &Value| value.as_dict().is_some() || nested::parts(vm, value).is_some();
        // However deep they lie: of a whole checkpoint the weights are inside.
        let holds = |value: &Value| is_walkable(value) && nested::first_tensor(vm, value).is_some();
        let entries = self.globals().entries();
        let named = entries.iter().filter_map(|(name, value)| Some((name.as_str()?, value)));
        let own = named.filter(|(name, value)| !name.starts_with('_') && holds(value));
        let names: Vec<String> = own.map(|(name, _)| name.as_str().to_owned()).collect();
        match names.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(wants("browse wants a checkpoint: nothing here holds tensors", USAGE)),
            [first, ..] if names.iter().any(|name| name == "ckpt") || first == "ckpt" => {
                Ok("ckpt".to_owned())
            }
            several => {
                let message = format!("browse wants the name of one: {}", several.join(", "));
                Err(Error::new(Kind::Syntax, message).hint(USAGE))
            }
        }
    }

    /// How what is asked for is written. A file is opened first, by a line as it could be typed.
    fn opened_to_browse(&self, rest: &str) -> Result<String> {
        let is_file = rest.len() > 1 && rest.starts_with(['"', '\'']) && rest.ends_with(['"', '\'']);
        if !is_file {
            return Ok(rest.to_owned());
        }
        let names = ["ckpt", "ckpt2", "ckpt3", "ckpt4"];
        let is_free = |name: &&str| self.globals().get_name(name).is_none();
        let name = names.into_iter().find(is_free).unwrap_or("opened");
        self.run_input(self.count.get(), &format!("{name} = load({rest})"))?;
        Ok(name.to_owned())
    }

    /// The tree of what is written so.
    ///
    /// # Errors
    /// What evaluating it raises; `TypeError` where it holds nothing.
    pub fn browse_tree(&self, expression: &str) -> Result<Tree> {
        let value = match self.resolve(expression) {
            Some(value) => value,
            None => self.unremembered(|| self.value_of(self.count.get(), expression))?.unwrap_or(Value::None),
        };
        let tree = self.unremembered(|| Tree::of(&*self.interpreter, &value, expression))?;
        if tree.nodes.is_empty() {
            let kind = self.interpreter.type_name(&value);
            let message = match value.as_dict() {
                Some(_) => format!("{expression} is empty"),
                None => format!("browse wants a checkpoint or a model, not a {kind}"),
            };
            return Err(Error::type_error(message).hint(USAGE));
        }
        Ok(tree)
    }

    /// Whether statements can put something in the place of what is written so.
    #[must_use]
    pub fn is_browse_target(&self, expression: &str) -> bool {
        let name = expression.split('[').next().unwrap_or_default().trim();
        let is_name = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_alphanumeric());
        is_name && (expression == name || self.resolve(expression).is_some())
    }

    /// A name for what has none.
    #[must_use]
    pub fn browse_name(&self) -> String {
        torchsh_builtins::verbs::fresh_name(&*self.interpreter, "[]")
    }

    /// What makes the statements: the session's interpreter.
    #[must_use]
    pub fn browse_vm(&self) -> &dyn Vm {
        &*self.interpreter
    }

    /// What there is to say of a place, on so many columns and lines: of a tensor what its numbers come to.
    ///
    /// # Errors
    /// Ctrl-C; what reading a file raises.
    pub fn closeup(&self, tree: &Tree, id: usize, columns: usize, lines: usize) -> Result<String> {
        let Some(node) = tree.node(id) else { return Ok(String::new()) };
        let screen = Screen { columns, rows: None, theme: Theme::None };
        let expression = tree.expression(&*self.interpreter, id).unwrap_or_default();
        let text = match (&node.content, &node.value) {
            (Content::Tensor(_), Some(value)) => {
                let bins = lines.saturating_sub(8).clamp(4, 24);
                closeup::tensor(&self.described(&node.path, value, bins)?, &expression, &screen)
            }
            (Content::Other(kind, _), Some(value)) => {
                let whole = self.interpreter.repr(value).unwrap_or_default();
                closeup::other(&node.path, kind, &whole, &expression, &screen)
            }
            _ => closeup::part(&node.path, node.tensors, node.bytes, &expression, &screen),
        };
        origin::settle()?;
        Ok(text)
    }

    /// Whether a tensor holds NaN or infinities, in words; none where it does not, or is no tensor.
    ///
    /// # Errors
    /// Ctrl-C; what reading a file raises.
    pub fn damage(&self, tree: &Tree, id: usize) -> Result<Option<String>> {
        let Some((path, value)) = tree.node(id).and_then(|node| Some((&node.path, node.value.as_ref()?)))
        else {
            return Ok(None);
        };
        let found = self.described(path, value, 0)?;
        origin::settle()?;
        let Ok(numbers) = found.statistics else { return Ok(None) };
        let infinite = numbers.infinite.saturating_add(numbers.negative_infinite);
        let said = [(numbers.nan, "NaN"), (infinite, "infinite")];
        let said = said.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        let said = said.collect::<Vec<_>>().join(", ");
        Ok((!said.is_empty()).then(|| format!("{said} of {}", size::grouped(numbers.elements))))
    }

    /// What the numbers of a tensor come to, and how they are spread over so many ranges.
    fn described(&self, path: &str, value: &Value, bins: usize) -> Result<Described> {
        let vm: &dyn Vm = &*self.interpreter;
        let row = gather::row(vm, &Value::str(path), value)?;
        let refused = |why: String| Described { row: row.clone(), statistics: Err(why), spread: None };
        let Some(tensor) = value.as_tensor_or_array() else { return Ok(refused("not a tensor".to_owned())) };
        let record = match said(Records::new(vm).of(&tensor))? {
            Ok(record) => record,
            Err(why) => return Ok(refused(why)),
        };
        let progress = Progress::bytes(vm);
        let found = statistics([&record], &progress)?.into_iter().next();
        let numbers = said(found.unwrap_or_else(|| Ok(Default::default())))?;
        let spread = match bins {
            0 => None,
            bins => said(histogram(&record, bins, &progress))?.ok(),
        };
        Ok(Described { row, statistics: numbers, spread })
    }
}

/// What is wrong with a tensor, as a line; Ctrl-C ends it.
fn said<T>(made: Result<T>) -> Result<Result<T, String>> {
    match made {
        Err(error) if error.kind() == Kind::KeyboardInterrupt => Err(error),
        made => Ok(made.map_err(|error| error.message().lines().next().unwrap_or_default().to_owned())),
    }
}
