//! Calls: binding arguments to parameters, running a body, making objects.

use std::rc::Rc;

use super::Interpreter;
use super::frame::Frame;
use super::generator::{Generator, OwnedFrame};
use super::statement::Flow;
use crate::value::{BoundMethod, Builtin, Class, Dict, Function, Instance, Map, Str, Value, Vm, call_row};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::tree::{Code, Parameter, Place};

impl Interpreter {
    /// `function(*positional, **named)`.
    pub(super) fn call_value(
        &self,
        function: &Value,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<Value> {
        match function {
            Value::Builtin(row) => self.call_builtin(row, positional, named),
            Value::Function(function) => self.call_written(function, positional, named),
            Value::BoundMethod(method) => self.call_bound(method, positional, named),
            Value::Class(class) => self.call_class(class, positional, named),
            Value::Native(object) => match object.call(self, positional, named) {
                Some(result) => result,
                None => self.call_special(function, positional, named),
            },
            _ => self.call_special(function, positional, named),
        }
    }

    fn call_builtin(
        &self,
        row: &'static Builtin,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<Value> {
        self.depth.enter()?;
        let result = call_row(self, row, positional, named);
        self.depth.leave();
        result
    }

    fn call_bound(
        &self,
        method: &BoundMethod,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<Value> {
        let mut all = super::expression::Positional::with_capacity(positional.len() + 1);
        all.push(method.receiver.clone());
        all.extend(positional.iter().cloned());
        self.call_value(&method.function, &all, named)
    }

    fn call_special(&self, function: &Value, positional: &[Value], named: &[(Str, Value)]) -> Result<Value> {
        let class = self.class_of(function);
        let Some(call) = class.lookup(&self.names.call) else {
            return Err(Error::type_error(format!("'{}' object is not callable", class.name)));
        };
        // What is called may be an object that is called in the same way.
        self.depth.enter()?;
        let bound = self.bind_to(call, function, &class);
        let result = bound.and_then(|bound| self.call_value(&bound, positional, named));
        self.depth.leave();
        result
    }

    // ---- functions of the program -----------------------------------------------------------------------------

    pub(super) fn call_written(
        &self,
        function: &Rc<Function>,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<Value> {
        let code = &function.definition.code;
        if code.is_generator {
            let mut bound = Vec::new();
            self.bind_parameters(function, positional, named, &mut |place, value| {
                bound.push((place.clone(), value))
            })?;
            let owned =
                OwnedFrame { globals: function.globals.clone(), captured: function.closure.clone(), bound };
            return self.new_generator(code.clone(), owned);
        }
        self.depth.enter()?;
        let mut frame = Frame::new(code, function.globals.clone(), &function.closure);
        let result = self
            .bind_parameters(function, positional, named, &mut |place, value| frame.store(place, value))
            .and_then(|()| self.run(&mut frame));
        self.depth.leave();
        result
    }

    /// Runs a body to its `return`.
    pub(super) fn run(&self, frame: &mut Frame<'_>) -> Result<Value> {
        let code = frame.code;
        match self.block(frame, &code.body)? {
            Flow::Return(value) => Ok(value),
            _ => Ok(Value::None),
        }
    }

    pub(super) fn new_generator(&self, code: Rc<Code>, owned: OwnedFrame) -> Result<Value> {
        let Some(this) = self.this.upgrade() else {
            return Err(Error::new(Kind::System, "the interpreter is being shut down"));
        };
        let generator = Generator::new(this, code, |_| owned)?;
        Ok(Value::iterator("generator", generator))
    }

    fn bind_parameters(
        &self,
        function: &Function,
        positional: &[Value],
        named: &[(Str, Value)],
        store: &mut dyn FnMut(&Place, Value),
    ) -> Result<()> {
        let parameters = &function.definition.code.parameters;
        let simple = named.is_empty()
            && parameters.positional.len() == positional.len()
            && parameters.rest.is_none()
            && parameters.keyword_only.is_empty()
            && parameters.keywords.is_none();
        if simple {
            for (parameter, value) in parameters.positional.iter().zip(positional) {
                store(&parameter.place, value.clone());
            }
            return Ok(());
        }
        Binding { function, positional, named, used: vec![false; named.len()], missing: Vec::new() }
            .bind(store)
    }

    // ---- classes ----------------------------------------------------------------------------------------------

    fn call_class(&self, class: &Rc<Class>, positional: &[Value], named: &[(Str, Value)]) -> Result<Value> {
        if let Some(metaclass) = &class.metaclass
            && let Some(call) = metaclass.lookup(&self.names.call)
            && !matches!(call, Value::Builtin(_))
        {
            let bound = self.bind_to(call, &Value::Class(class.clone()), metaclass)?;
            return self.call_value(&bound, positional, named);
        }
        self.construct(class, positional, named)
    }

    /// An object of a class: `__new__`, then `__init__`.
    pub(super) fn construct(
        &self,
        class: &Rc<Class>,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<Value> {
        if let Some(constructor) = class.constructor {
            return self.call_builtin(constructor, positional, named);
        }
        if let Some(new) = class.lookup(&self.names.new)
            && (class.core == Some(crate::value::Core::Type) || !matches!(new, Value::Builtin(_)))
        {
            let mut all = vec![Value::Class(class.clone())];
            all.extend_from_slice(positional);
            let function = match &new {
                Value::Descriptor(descriptor) => match &**descriptor {
                    crate::value::Descriptor::Static(inner) | crate::value::Descriptor::Class(inner) => {
                        inner.clone()
                    }
                    crate::value::Descriptor::Property { .. } => new.clone(),
                },
                _ => new.clone(),
            };
            let object = self.call_value(&function, &all, named)?;
            // Without an `__init__` the arguments are `__new__`'s alone.
            if self.is_instance(&object, class) && class.lookup(&self.names.init).is_some() {
                self.initialize(&object, class, positional, named)?;
            }
            return Ok(object);
        }
        let object = self.bare_object(class, positional, named)?;
        self.initialize(&object, class, positional, named)?;
        Ok(object)
    }

    /// `object.__new__(class)`: an object without attributes, standing on a value if its class inherits from one.
    pub(super) fn bare_object(
        &self,
        class: &Rc<Class>,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<Value> {
        if class.named_tuple.get().is_none()
            && let Some(fields) = class.ancestors.iter().find_map(|class| class.named_tuple.get())
        {
            let base = Value::Class(fields.class.clone());
            let payload = self.call_value(&base, positional, named)?;
            return Ok(Value::Instance(Rc::new(Instance::new(class.clone(), Some(payload)))));
        }
        self.check_concrete(class)?;
        let payload = self.new_payload(class, positional, named)?;
        if let Some(Value::Tensor(tensor)) = &payload {
            let tensor = tensor.tensor().clone();
            return Ok(Value::Tensor(crate::value::TensorObject::of_class(tensor, class)));
        }
        let object = Rc::new(Instance::new(class.clone(), payload));
        if class.inherits(&self.exception_class(Kind::BaseException)) {
            object.attributes.set_str(self.names.args.clone(), Value::tuple(positional.to_vec()));
        }
        Ok(Value::Instance(object))
    }

    /// Refuses a class that leaves abstract methods open: `abc` lists them.
    fn check_concrete(&self, class: &Rc<Class>) -> Result<()> {
        if class.metaclass.is_none() {
            return Ok(());
        }
        let listed = class.lookup(&self.names.abstract_methods);
        let listed = listed.map_or(Ok(Vec::new()), |listed| self.collect(&listed))?;
        let mut names: Vec<Str> = listed.iter().filter_map(Value::as_str).collect();
        names.sort();
        let names: Vec<&str> = names.iter().map(Str::as_str).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        match names.is_empty() {
            true => Ok(()),
            false => Err(Error::type_error(format!(
                "Can't instantiate abstract class {} with abstract method{plural} {}",
                class.name,
                names.join(", ")
            ))),
        }
    }

    fn new_payload(
        &self,
        class: &Rc<Class>,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<Option<Value>> {
        use crate::value::Core;
        let base = class.ancestors.iter().find(|class| class.constructor.is_some());
        let Some((base, constructor)) = base.and_then(|base| base.constructor.map(|row| (base, row))) else {
            return Ok(None);
        };
        match base.core {
            None | Some(Core::Object | Core::Type | Core::BaseException) => Ok(None),
            // Their `__init__` fills them.
            Some(
                Core::Dict
                | Core::OrderedDict
                | Core::DefaultDict
                | Core::Counter
                | Core::Deque
                | Core::List
                | Core::Set,
            ) => self.call_builtin(constructor, &[], &[]).map(Some),
            Some(_) => {
                let written_init =
                    class.lookup(&self.names.init).is_some_and(|init| !matches!(init, Value::Builtin(_)));
                let named = if written_init { &[] } else { named };
                self.call_builtin(constructor, positional, named).map(Some)
            }
        }
    }

    fn initialize(
        &self,
        object: &Value,
        class: &Rc<Class>,
        positional: &[Value],
        named: &[(Str, Value)],
    ) -> Result<()> {
        match class.lookup(&self.names.init) {
            Some(init) => {
                let bound = self.bind_to(init, object, class)?;
                let result = self.call_value(&bound, positional, named)?;
                if !result.is_none() {
                    let name = self.type_name(&result);
                    return Err(Error::type_error(format!("__init__() should return None, not '{name}'")));
                }
                Ok(())
            }
            None if (positional.is_empty() && named.is_empty()) || object_takes_arguments(object) => Ok(()),
            None => Err(Error::type_error(format!("{}() takes no arguments", class.name))),
        }
    }
}

fn object_takes_arguments(object: &Value) -> bool {
    match object {
        Value::Instance(instance) => {
            instance.payload().is_some() || instance.attributes.get_name("args").is_some()
        }
        _ => true,
    }
}

/// A call's arguments on their way to a function's parameters.
struct Binding<'a> {
    function: &'a Function,
    positional: &'a [Value],
    named: &'a [(Str, Value)],
    used: Vec<bool>,
    missing: Vec<Str>,
}

impl Binding<'_> {
    fn bind(mut self, store: &mut dyn FnMut(&Place, Value)) -> Result<()> {
        let parameters = &self.function.definition.code.parameters;
        let count = parameters.positional.len();
        let first_default = count - self.function.defaults.len().min(count);
        for (i, parameter) in parameters.positional.iter().enumerate() {
            let by_name = (i >= parameters.positional_only).then(|| self.take_named(parameter)).flatten();
            let value = match (self.positional.get(i), by_name) {
                (Some(_), Some(_)) => {
                    return Err(self.error(format!("got multiple values for argument '{}'", parameter.name)));
                }
                (Some(value), None) => Some(value.clone()),
                (None, Some(value)) => Some(value),
                (None, None) => {
                    i.checked_sub(first_default).and_then(|at| self.function.defaults.get(at).cloned())
                }
            };
            self.place(parameter, value, store);
        }
        if !self.missing.is_empty() || self.positional.len() > count {
            // Python looks at the names first.
            self.report_unexpected()?;
        }
        self.report_missing("positional")?;
        self.bind_rest(store)?;
        for (i, parameter) in parameters.keyword_only.iter().enumerate() {
            let default = || {
                self.function.keyword_defaults.iter().find(|(at, _)| *at == i).map(|(_, value)| value.clone())
            };
            let default = default();
            let value = self.take_named(parameter).or(default);
            self.place(parameter, value, store);
        }
        self.report_missing("keyword-only")?;
        self.bind_keywords(store)
    }

    fn place(&mut self, parameter: &Parameter, value: Option<Value>, store: &mut dyn FnMut(&Place, Value)) {
        match value {
            Some(value) => store(&parameter.place, value),
            None => self.missing.push(parameter.name.clone()),
        }
    }

    fn take_named(&mut self, parameter: &Parameter) -> Option<Value> {
        let at = self.named.iter().position(|(name, _)| *name == parameter.name)?;
        *self.used.get_mut(at)? = true;
        self.named.get(at).map(|(_, value)| value.clone())
    }

    fn bind_rest(&self, store: &mut dyn FnMut(&Place, Value)) -> Result<()> {
        let parameters = &self.function.definition.code.parameters;
        let extra = self.positional.get(parameters.positional.len()..).unwrap_or(&[]);
        if let Some(rest) = &parameters.rest {
            store(&rest.place, Value::tuple(extra.to_vec()));
            return Ok(());
        }
        if extra.is_empty() {
            return Ok(());
        }
        let count = parameters.positional.len();
        let optional = self.function.defaults.len();
        let given = self.positional.len();
        let takes =
            if optional > 0 { format!("from {} to {count}", count - optional) } else { count.to_string() };
        let plural = if count == 1 { "" } else { "s" };
        let was = if given == 1 { "was" } else { "were" };
        Err(self.error(format!("takes {takes} positional argument{plural} but {given} {was} given")))
    }

    fn bind_keywords(&self, store: &mut dyn FnMut(&Place, Value)) -> Result<()> {
        let unused = || self.named.iter().zip(&self.used).filter(|(_, used)| !**used).map(|(named, _)| named);
        match &self.function.definition.code.parameters.keywords {
            Some(keywords) => {
                let mut map = Map::default();
                for (name, value) in unused() {
                    map.set_str(name.clone(), value.clone());
                }
                store(&keywords.place, Value::Dict(Rc::new(Dict::new(map, crate::value::DictKind::Plain))));
                Ok(())
            }
            None => match unused().next() {
                Some((name, _)) => Err(self.error(format!("got an unexpected keyword argument '{name}'"))),
                None => Ok(()),
            },
        }
    }

    fn report_unexpected(&self) -> Result<()> {
        let parameters = &self.function.definition.code.parameters;
        let is_known = |name: &Str| parameters.keyword_only.iter().any(|parameter| parameter.name == *name);
        let by_place = parameters.positional.iter().take(parameters.positional_only);
        let named = |parameter: &&Parameter| self.named.iter().any(|(name, _)| *name == parameter.name);
        let by_name: Vec<&str> = by_place.filter(named).map(|parameter| parameter.name.as_str()).collect();
        if !by_name.is_empty() && parameters.keywords.is_none() {
            let names = by_name.join(", ");
            return Err(self.error(format!(
                "got some positional-only arguments passed as keyword arguments: '{names}'"
            )));
        }
        let mut unused =
            self.named.iter().zip(&self.used).filter(|(_, used)| !**used).map(|(named, _)| named);
        match unused.find(|(name, _)| parameters.keywords.is_none() && !is_known(name)) {
            Some((name, _)) => Err(self.error(format!("got an unexpected keyword argument '{name}'"))),
            None => Ok(()),
        }
    }

    fn report_missing(&self, kind: &str) -> Result<()> {
        let names: Vec<String> = self.missing.iter().map(|name| format!("'{name}'")).collect();
        let listed = match names.as_slice() {
            [] => return Ok(()),
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [most @ .., last] => format!("{}, and {last}", most.join(", ")),
        };
        let plural = if names.len() == 1 { "" } else { "s" };
        Err(self.error(format!("missing {} required {kind} argument{plural}: {listed}", names.len())))
    }

    fn error(&self, message: String) -> Error {
        Error::type_error(format!("{}() {message}", self.function.definition.code.qualified_name))
    }
}
