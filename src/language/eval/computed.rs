//! Attributes that the program computes, and what its `__getattr__` says where they are none.

use std::rc::Rc;

use super::Interpreter;
use super::attribute::is_data_descriptor;
use crate::value::{Class, Str, Value, Vm};
use torchsh_base::error::{Kind, Result};

impl Interpreter {
    /// `object.__getattribute__(value, name)`, then the `__getattr__` of its class: where there is no such attribute, or where what
    /// computes it (a property) says so.
    pub(super) fn find_plainly(&self, value: &Value, name: &Str) -> Result<Option<Value>> {
        let Value::Instance(_) = value else { return self.find_in_class(value, name) };
        match self.find_in_class(value, name) {
            Err(error) if error.kind() == Kind::Attribute => {
                let class = self.class_of(value);
                match class.lookup(&self.names.getattr) {
                    Some(getattr @ Value::Function(_)) if self.computes(&class, name) => {
                        let getattr = self.bind_to(getattr, value, &class)?;
                        self.call_value(&getattr, &[Value::Str(name.clone())], &[]).map(Some)
                    }
                    _ => Err(error),
                }
            }
            found => found,
        }
    }

    /// Whether an attribute of a class's objects is computed by the program.
    fn computes(&self, class: &Rc<Class>, name: &Str) -> bool {
        class.lookup(name).is_some_and(|found| is_data_descriptor(&found))
    }
}
