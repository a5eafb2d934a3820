//! `match`: whether a value looks as a pattern says, and which names that binds.

use std::rc::Rc;

use super::Interpreter;
use super::frame::Frame;
use super::statement::Flow;
use crate::value::{Class, Core, Dict, Str, Value, Vm};
use torchsh_base::error::{Error, Result};
use torchsh_syntax::pattern::{Match, Pattern};
use torchsh_syntax::tree::{Expr, Literal, Place};

/// What a pattern binds: nothing is stored before the whole of it fits.
type Bound = Vec<(Place, Value)>;

/// The built-in classes whose only positional pattern stands for the object itself.
const WHOLE: &[Core] = &[
    Core::Bool,
    Core::Bytes,
    Core::Dict,
    Core::Float,
    Core::FrozenSet,
    Core::Int,
    Core::List,
    Core::Set,
    Core::Str,
    Core::Tuple,
];

impl Interpreter {
    pub(super) fn match_statement(&self, frame: &mut Frame<'_>, whole: &Match) -> Result<Flow> {
        let subject = self.expr(frame, &whole.subject)?;
        for case in &whole.cases {
            let mut bound = Bound::new();
            if !self.fits(frame, &case.pattern, &subject, &mut bound)? {
                continue;
            }
            for (place, value) in bound {
                frame.store(&place, value);
            }
            let holds = match &case.guard {
                Some(guard) => self.test(frame, guard)?,
                None => true,
            };
            if holds {
                return self.block(frame, &case.body);
            }
        }
        Ok(Flow::Next)
    }

    fn fits(
        &self,
        frame: &mut Frame<'_>,
        pattern: &Pattern,
        value: &Value,
        bound: &mut Bound,
    ) -> Result<bool> {
        match pattern {
            Pattern::Value(expected) => {
                let expected = self.expr(frame, expected)?;
                self.equal(value, &expected)
            }
            Pattern::Singleton(Literal::Bool(expected)) => {
                Ok(matches!(value, Value::Bool(value) if value == expected))
            }
            Pattern::Singleton(_) => Ok(value.is_none()),
            Pattern::Sequence { before, rest, after } => {
                let parts = (before.as_slice(), rest.as_ref(), after.as_slice());
                Ok(self.is_sequence(value) && self.sequence_fits(frame, parts, value, bound)?)
            }
            Pattern::Mapping { entries, rest } => {
                self.mapping_fits(frame, entries, rest.as_ref(), value, bound)
            }
            Pattern::Class { class, positional, named } => {
                let class = self.expr(frame, class)?;
                self.class_fits(frame, &class, (positional, named), value, bound)
            }
            Pattern::As(inner, place) => {
                if let Some(inner) = inner
                    && !self.fits(frame, inner, value, bound)?
                {
                    return Ok(false);
                }
                bound.extend(place.clone().map(|place| (place, value.clone())));
                Ok(true)
            }
            Pattern::Or(patterns) => {
                for pattern in patterns {
                    let before = bound.len();
                    if self.fits(frame, pattern, value, bound)? {
                        return Ok(true);
                    }
                    bound.truncate(before);
                }
                Ok(false)
            }
        }
    }

    /// Whether a value counts as a sequence in a pattern: text and bytes do not.
    fn is_sequence(&self, value: &Value) -> bool {
        match value.payload() {
            Value::List(_) | Value::Tuple(_) | Value::Range(_) => true,
            Value::Instance(_) | Value::Native(_) => self
                .class_of(value)
                .order()
                .any(|class| matches!(class.name.as_str(), "Sequence" | "MutableSequence" | "deque")),
            _ => false,
        }
    }

    fn sequence_fits(
        &self,
        frame: &mut Frame<'_>,
        (before, rest, after): (&[Pattern], Option<&Option<Place>>, &[Pattern]),
        value: &Value,
        bound: &mut Bound,
    ) -> Result<bool> {
        let (length, fixed) = (self.length(value)?, before.len() + after.len());
        if length < fixed || (rest.is_none() && length > fixed) {
            return Ok(false);
        }
        // What `*_` passes over is not looked at: a range may be long.
        let at = |place: usize| self.item(value, &Value::from(place));
        let (first, middle, last) = if let Some(None) = rest {
            let first = (0..before.len()).map(at).collect::<Result<Vec<_>>>()?;
            (first, Vec::new(), (length - after.len()..length).map(at).collect::<Result<Vec<_>>>()?)
        } else {
            let mut first = self.collect(value)?;
            let mut middle = first.split_off(before.len().min(first.len()));
            let last = middle.split_off(middle.len().saturating_sub(after.len()));
            (first, middle, last)
        };
        for (pattern, item) in before.iter().zip(&first).chain(after.iter().zip(&last)) {
            if !self.fits(frame, pattern, item, bound)? {
                return Ok(false);
            }
        }
        if let Some(Some(place)) = rest {
            bound.push((place.clone(), Value::list(middle)));
        }
        Ok(true)
    }

    fn mapping_fits(
        &self,
        frame: &mut Frame<'_>,
        entries: &[(Expr, Pattern)],
        rest: Option<&Place>,
        value: &Value,
        bound: &mut Bound,
    ) -> Result<bool> {
        let Some(dict) = self.mapping_of(value)? else { return Ok(false) };
        let others = Dict::default();
        for (key, value) in dict.entries() {
            others.set(self, key, value)?;
        }
        for (key, pattern) in entries {
            let key = self.expr(frame, key)?;
            let Some(found) = others.remove(self, &key)? else { return Ok(false) };
            if !self.fits(frame, pattern, &found, bound)? {
                return Ok(false);
            }
        }
        bound.extend(rest.map(|place| (place.clone(), Value::Dict(Rc::new(others)))));
        Ok(true)
    }

    /// What counts as a mapping in a pattern: a dict, or an object of a class made from `Mapping`.
    fn mapping_of(&self, value: &Value) -> Result<Option<Rc<Dict>>> {
        if let Some(dict) = value.as_dict() {
            return Ok(Some(dict));
        }
        let is_mapping = |class: &Rc<Class>| matches!(class.name.as_str(), "Mapping" | "MutableMapping");
        if !self.class_of(value).order().any(is_mapping) {
            return Ok(None);
        }
        let dict = Rc::new(Dict::default());
        for key in self.collect(value)? {
            let item = self.item(value, &key)?;
            dict.set(self, key, item)?;
        }
        Ok(Some(dict))
    }

    fn class_fits(
        &self,
        frame: &mut Frame<'_>,
        class: &Value,
        (positional, named): (&[Pattern], &[(Str, Pattern)]),
        value: &Value,
        bound: &mut Bound,
    ) -> Result<bool> {
        let isinstance = self.builtins.get_name("isinstance").unwrap_or(Value::None);
        if !matches!(class, Value::Class(_)) {
            return Err(Error::type_error("called match pattern must be a class"));
        }
        let is_one = self.call_value(&isinstance, &[value.clone(), class.clone()], &[])?;
        if !self.truth(&is_one)? {
            return Ok(false);
        }
        if let (Value::Class(class), [whole]) = (class, positional)
            && class.core.is_some_and(|core| WHOLE.contains(&core))
            && class.lookup(&Str::intern("__match_args__")).is_none()
        {
            if !self.fits(frame, whole, value, bound)? {
                return Ok(false);
            }
        } else {
            for (name, pattern) in self.match_names(class, positional.len())?.iter().zip(positional) {
                if !self.attribute_fits(frame, name, pattern, value, bound)? {
                    return Ok(false);
                }
            }
        }
        for (name, pattern) in named {
            if !self.attribute_fits(frame, name, pattern, value, bound)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The names that so many positional patterns stand for.
    fn match_names(&self, class: &Value, given: usize) -> Result<Vec<Str>> {
        let listed = self.attribute_or_none(class, &Str::intern("__match_args__"))?;
        let listed = listed.map_or(Ok(Vec::new()), |listed| self.collect(&listed))?;
        if listed.len() < given {
            let name = match class {
                Value::Class(class) => class.name.clone(),
                _ => Str::intern("class"),
            };
            let (accepted, plural) = (listed.len(), if listed.len() == 1 { "" } else { "s" });
            return Err(Error::type_error(format!(
                "{name}() accepts {accepted} positional sub-pattern{plural} ({given} given)"
            )));
        }
        Ok(listed.iter().filter_map(Value::as_str).collect())
    }

    fn attribute_fits(
        &self,
        frame: &mut Frame<'_>,
        name: &Str,
        pattern: &Pattern,
        value: &Value,
        bound: &mut Bound,
    ) -> Result<bool> {
        match self.attribute_or_none(value, name)? {
            Some(found) => self.fits(frame, pattern, &found, bound),
            None => Ok(false),
        }
    }
}
