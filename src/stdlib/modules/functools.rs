//! What `functools` is made from: functions that remember what they gave.

use std::cell::Cell;
use std::rc::Rc;

use torchsh_base::error::Result;
use torchsh_language::value::{Builtin, Dict, Effect, Native, Str, Value, Vm, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function(
        "_functools",
        "remembering",
        &[pos("_function"), pos("_maxsize"), pos("_typed"), pos("_info")],
        |vm, args| {
            let most = match args.some(1) {
                Some(_) => Some(usize::try_from(args.int(vm, 1)?).unwrap_or(0)),
                None => None,
            };
            Ok(Value::native(Remembering {
                function: args.value(0).clone(),
                most,
                typed: args.truth_or(vm, 2, false)?,
                info: args.value(3).clone(),
                mark: Value::native(Mark),
                known: Rc::default(),
                hits: Cell::new(0),
                misses: Cell::new(0),
                attributes: Rc::default(),
            }))
        },
    )
    .says("a function that remembers its results"),
    Builtin::method("_lru_cache_wrapper", "cache_info", &[], |vm, args| {
        let Some(cache) = args.receiver().as_native::<Remembering>() else {
            return Err(args.wrong_receiver(vm));
        };
        let most = cache.most.map_or(Value::None, Value::from);
        let parts = [cache.hits.get().into(), cache.misses.get().into(), most, cache.known.len().into()];
        vm.call(&cache.info, &parts, &[])
    })
    .says("How often a result was known, how often not, and how many are kept"),
    Builtin::method("_lru_cache_wrapper", "cache_clear", &[], |vm, args| {
        let Some(cache) = args.receiver().as_native::<Remembering>() else {
            return Err(args.wrong_receiver(vm));
        };
        // What is forgotten may run code of the program as it goes.
        let forgotten = std::mem::take(&mut *cache.known.map_mut());
        drop(forgotten);
        cache.hits.set(0);
        cache.misses.set(0);
        Ok(Value::None)
    })
    .says("Forgets all results")
    .effect(Effect::Changes),
];

/// A function and its results by what it was given, the one used last at the end.
struct Remembering {
    function: Value,
    most: Option<usize>,
    typed: bool,
    /// Makes what `cache_info` gives.
    info: Value,
    /// Stands between arguments given in order and by name, and equals nothing else.
    mark: Value,
    known: Rc<Dict>,
    hits: Cell<usize>,
    misses: Cell<usize>,
    attributes: Rc<Dict>,
}

struct Mark;

impl Native for Mark {
    fn type_name(&self) -> &str {
        "object"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Native for Remembering {
    fn type_name(&self) -> &str {
        "_lru_cache_wrapper"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "__dict__" => Some(Ok(Value::Dict(self.attributes.clone()))),
            _ => self.attributes.get_str(name).map(Ok),
        }
    }

    fn set_attribute(&self, _vm: &dyn Vm, name: &Str, value: &Value) -> Option<Result<()>> {
        self.attributes.set_str(name.clone(), value.clone());
        Some(Ok(()))
    }

    fn attribute_names(&self) -> Vec<Str> {
        self.attributes.keys().iter().filter_map(Value::as_str).collect()
    }

    fn is_method(&self) -> bool {
        true
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(self.result(vm, arguments, keywords))
    }
}

impl Remembering {
    fn result(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Result<Value> {
        if self.most == Some(0) {
            self.misses.set(self.misses.get() + 1);
            return vm.call(&self.function, arguments, keywords);
        }
        let key = self.key(vm, arguments, keywords);
        if let Some(value) = self.recall(vm, &key)? {
            self.hits.set(self.hits.get() + 1);
            return Ok(value);
        }
        self.misses.set(self.misses.get() + 1);
        let value = vm.call(&self.function, arguments, keywords)?;
        self.keep(vm, key, &value)?;
        Ok(value)
    }

    /// What was given as one value: a number or text alone is its own key, and equals no tuple.
    fn key(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Value {
        if let ([key @ (Value::Int(_) | Value::Str(_))], true, false) =
            (arguments, keywords.is_empty(), self.typed)
        {
            return key.clone();
        }
        let mut parts = arguments.to_vec();
        if !keywords.is_empty() {
            parts.push(self.mark.clone());
            for (name, value) in keywords {
                parts.extend([Value::Str(name.clone()), value.clone()]);
            }
        }
        if self.typed {
            let values = arguments.iter().chain(keywords.iter().map(|(_, value)| value));
            parts.extend(values.map(|value| Value::Class(vm.class_of(value))));
        }
        Value::tuple(parts)
    }

    fn recall(&self, vm: &dyn Vm, key: &Value) -> Result<Option<Value>> {
        if self.most.is_none() {
            return self.known.get(vm, key);
        }
        let found = self.known.remove(vm, key)?;
        if let Some(value) = &found {
            self.known.set(vm, key.clone(), value.clone())?;
        }
        Ok(found)
    }

    fn keep(&self, vm: &dyn Vm, key: Value, value: &Value) -> Result<()> {
        // The function may have called itself with the same arguments meanwhile: its result stands.
        if self.known.contains(vm, &key)? {
            return Ok(());
        }
        let oldest = match self.most {
            Some(most) if self.known.len() >= most => self.known.map_mut().pop_first(),
            _ => None,
        };
        drop(oldest);
        self.known.set(vm, key, value.clone())
    }
}
