//! The named tuples that operators give: `torch.return_types.max`.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use torchsh_base::error::Result;
use torchsh_language::value::{
    Class, Core, Descriptor, Dict, NamedTuple, Native, Str, Tuple, TupleKind, Value, Vm,
};

thread_local! {
    /// The classes of `torch.return_types`, made at first use.
    static FIELDS: RefCell<FxHashMap<&'static str, Rc<NamedTuple>>> = RefCell::default();
}

/// The class of an operator's results, which have these names.
pub fn class(vm: &dyn Vm, name: &'static str, fields: impl Iterator<Item = &'static str>) -> Rc<NamedTuple> {
    if let Some(known) = FIELDS.with_borrow(|known| known.get(name).cloned()) {
        return known;
    }
    let made = return_type(vm, name, fields.map(Str::intern).collect());
    FIELDS.with_borrow_mut(|known| known.insert(name, made.clone()));
    made
}

/// The results of an operator as a file has them: `torch.return_types.topk((values, indices), {})`. None: no operator whose
/// results have names, or not so many.
#[must_use]
pub fn results(vm: &dyn Vm, name: &str, items: &[Value]) -> Option<Value> {
    let words = KNOWN.iter().find_map(|(names, fields)| {
        Some((names.split(' ').find(|known| *known == name)?, fields.split(' ')))
    });
    let (name, fields) = words?;
    if fields.clone().count() != items.len() {
        return None;
    }
    let kind = TupleKind::Named(class(vm, name, fields));
    Some(Value::Tuple(Rc::new(Tuple::with_kind(items.to_vec(), kind))))
}

/// The names that PyTorch 2.11 gives to results: known here too, so that a file that holds some opens without libtorch.
const KNOWN: &[(&str, &str)] = &[
    ("max min median nanmedian mode sort topk kthvalue cummax cummin", "values indices"),
    ("aminmax", "min max"),
    ("frexp", "mantissa exponent"),
    ("histogram histogramdd", "hist bin_edges"),
    ("qr linalg_qr", "Q R"),
    ("svd", "U S V"),
    ("linalg_svd", "U S Vh"),
    ("linalg_eig linalg_eigh", "eigenvalues eigenvectors"),
    ("slogdet linalg_slogdet", "sign logabsdet"),
    ("geqrf", "a tau"),
    ("linalg_cholesky_ex", "L info"),
    ("linalg_inv_ex", "inverse info"),
    ("linalg_solve_ex", "result info"),
    ("linalg_ldl_factor", "LD pivots"),
    ("linalg_ldl_factor_ex", "LD pivots info"),
    ("linalg_lstsq", "solution residuals rank singular_values"),
    ("linalg_lu lu_unpack", "P L U"),
    ("linalg_lu_factor", "LU pivots"),
    ("linalg_lu_factor_ex", "LU pivots info"),
    ("triangular_solve", "solution cloned_coefficient"),
];

fn return_type(vm: &dyn Vm, name: &str, fields: Vec<Str>) -> Rc<NamedTuple> {
    let namespace = Dict::default();
    for (position, field) in fields.iter().enumerate() {
        let getter = Value::native(FieldGetter(position));
        let property =
            Descriptor::Property { getter, setter: Value::None, deleter: Value::None, doc: Value::None };
        namespace.set_str(field.clone(), Value::Descriptor(Rc::new(property)));
    }
    let tuple = vm.types().core(Core::Tuple).clone();
    let class = Class {
        name: Str::intern(name),
        qualified_name: Str::intern(name),
        module: RefCell::new(Str::intern("torch.return_types")),
        metaclass: None,
        subclasses: RefCell::default(),
        reads_attributes: false,
        ancestors: tuple.order().cloned().collect(),
        bases: vec![tuple],
        namespace: Rc::new(namespace),
        core: Some(Core::Tuple),
        constructor: None,
        named_tuple: std::cell::OnceCell::new(),
    };
    Rc::new(NamedTuple { class: Rc::new(class), fields })
}

/// Reads one field of a `torch.return_types` tuple.
struct FieldGetter(usize);

impl Native for FieldGetter {
    fn type_name(&self) -> &str {
        "member_descriptor"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call(&self, _vm: &dyn Vm, arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        let tuple = arguments.first()?.as_tuple()?;
        tuple.items.get(self.0).cloned().map(Ok)
    }
}
