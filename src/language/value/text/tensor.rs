//! Tensors as PyTorch prints them: `tensor([1., 2.], dtype=torch.float64)`.

use std::cell::Cell;

use crate::value::{TensorObject, Value, elements};
use torchsh_aten::{self as aten, Arg, DeviceKind, Index, Layout, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;

/// What `torch.set_printoptions` sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Digits after the point.
    pub precision: usize,
    /// Elements beyond which only the ends are shown.
    pub threshold: f64,
    /// Elements shown at each end.
    pub edge_items: usize,
    /// Columns of a line.
    pub line_width: usize,
    /// `1.0000e+00`: always, never, or where the numbers need it.
    pub scientific: Option<bool>,
}

impl Options {
    /// What PyTorch starts with.
    pub const DEFAULT: Options =
        Options { precision: 4, threshold: 1000.0, edge_items: 3, line_width: 80, scientific: None };
}

thread_local! {
    static OPTIONS: Cell<Options> = const { Cell::new(Options::DEFAULT) };
}

/// The options in force.
#[must_use]
pub fn options() -> Options {
    OPTIONS.get()
}

/// Puts options in force.
pub fn set_options(options: Options) {
    OPTIONS.set(options);
}

/// `repr(tensor)`, without what marks a parameter.
///
/// # Errors
/// What reading the elements raises.
pub fn repr(object: &TensorObject) -> Result<String> {
    let tensor = &*object.tensor();
    let mut printed = Printed { tensor, suffixes: Vec::new(), options: options() };
    let body = printed.body()?;
    if tensor.layout() != Layout::STRIDED {
        printed.suffixes.push(format!("layout=torch.{}", tensor.layout().name()));
    }
    if let Some(name) = object.grad_fn_name() {
        printed.suffixes.push(format!("grad_fn=<{name}>"));
    } else if tensor.requires_grad() {
        printed.suffixes.push("requires_grad=True".to_owned());
    }
    Ok(printed.joined(&format!("{PREFIX}{body}")))
}

const PREFIX: &str = "tensor(";

fn call(operator: &str, tensor: &Tensor, more: &[Arg]) -> Result<Tensor> {
    let mut args = vec![Arg::from(tensor)];
    args.extend_from_slice(more);
    match aten::invoke("Tensor", operator, &args, &[])? {
        Arg::Tensor(tensor) => Ok(tensor),
        other => Err(Error::type_error(format!("expected a Tensor, got {}", other.type_name()))),
    }
}

fn tuple(sizes: &[i64]) -> String {
    let sizes: Vec<String> = sizes.iter().map(i64::to_string).collect();
    match sizes.as_slice() {
        [one] => format!("({one},)"),
        many => format!("({})", many.join(", ")),
    }
}

struct Printed<'a> {
    tensor: &'a Tensor,
    suffixes: Vec<String>,
    options: Options,
}

impl Printed<'_> {
    fn body(&mut self) -> Result<String> {
        let tensor = self.tensor;
        let device = tensor.device();
        let usual = aten::default_device().map_or(DeviceKind::Cpu, |device| device.kind);
        let other_gpu = device.kind == DeviceKind::Cuda && device.index.is_some_and(|index| index != 0);
        if device.kind != usual || other_gpu {
            self.suffixes.push(format!("device='{device}'"));
        }
        match tensor.layout() {
            Layout::STRIDED if tensor.dtype().is_quantized() => self.quantized(),
            Layout::STRIDED => self.dense(),
            Layout::SPARSE => self.sparse(&[("indices", "_indices"), ("values", "_values")]),
            Layout::SPARSE_CSR | Layout::SPARSE_BSR => self.sparse(&[
                ("crow_indices", "crow_indices"),
                ("col_indices", "col_indices"),
                ("values", "values"),
            ]),
            Layout::SPARSE_CSC | Layout::SPARSE_BSC => self.sparse(&[
                ("ccol_indices", "ccol_indices"),
                ("row_indices", "row_indices"),
                ("values", "values"),
            ]),
            _ => numbers(&call("to_dense", tensor, &[])?, PREFIX.len(), &self.options),
        }
    }

    fn has_usual_dtype(&self) -> bool {
        let default = aten::default_dtype();
        let complex = if default == Dtype::FLOAT64 { Dtype::COMPLEX128 } else { Dtype::COMPLEX64 };
        let dtype = self.tensor.dtype();
        dtype == default || dtype == complex || dtype == Dtype::INT64 || dtype == Dtype::BOOL
    }

    fn push_size(&mut self) {
        self.suffixes.push(format!("size={}", tuple(&self.tensor.sizes())));
    }

    fn push_dtype(&mut self) {
        self.suffixes.push(format!("dtype={}", self.tensor.dtype()));
    }

    fn dense(&mut self) -> Result<String> {
        let tensor = self.tensor;
        let is_default = tensor.dtype() == aten::default_dtype();
        let meta = tensor.device().kind == DeviceKind::Meta;
        if meta || tensor.numel() == 0 {
            if meta || tensor.dim() != 1 {
                self.push_size();
            }
            if !is_default {
                self.push_dtype();
            }
            return Ok(if meta { "..." } else { "[]" }.to_owned());
        }
        if self.options.edge_items == 0 {
            self.push_size();
        }
        if !self.has_usual_dtype() {
            self.push_dtype();
        }
        numbers(tensor, PREFIX.len(), &self.options)
    }

    /// The tensors it is made of, one below the other.
    fn sparse(&mut self, parts: &[(&str, &str)]) -> Result<String> {
        self.push_size();
        let meta = self.tensor.device().kind == DeviceKind::Meta;
        if !meta && let Arg::Int(count) = aten::invoke("Tensor", "_nnz", &[Arg::from(self.tensor)], &[])? {
            self.suffixes.push(format!("nnz={count}"));
        }
        if !self.has_usual_dtype() {
            self.push_dtype();
        }
        let mut shown = Vec::new();
        for (name, operator) in parts {
            let part = call("detach", &call(operator, self.tensor, &[])?, &[])?;
            let lead = format!("{name}=tensor(");
            let mut text = match meta {
                true => "...".to_owned(),
                false => numbers(&part, PREFIX.len() + lead.len(), &self.options)?,
            };
            if meta || part.numel() == 0 {
                text.push_str(&format!(", size={}", tuple(&part.sizes())));
            }
            shown.push(format!("{lead}{text})"));
        }
        Ok(shown.join(&format!(",\n{}", " ".repeat(PREFIX.len()))))
    }

    fn quantized(&mut self) -> Result<String> {
        self.push_size();
        self.push_dtype();
        let scalar = |operator| aten::invoke("Tensor", operator, &[Arg::from(self.tensor)], &[]);
        if let (Ok(Arg::Float(scale)), Ok(Arg::Int(zero))) = (scalar("q_scale"), scalar("q_zero_point")) {
            self.suffixes.push("quantization_scheme=torch.per_tensor_affine".to_owned());
            self.suffixes.push(format!("scale={}", super::float::repr(scale)));
            self.suffixes.push(format!("zero_point={zero}"));
        } else {
            self.suffixes.push("quantization_scheme=torch.per_channel_affine".to_owned());
            for (name, operator) in
                [("scale", "q_per_channel_scales"), ("zero_point", "q_per_channel_zero_points")]
            {
                let text = repr(&TensorObject::new(call(operator, self.tensor, &[])?))?;
                self.suffixes.push(format!("{name}={text}"));
            }
            if let Arg::Int(axis) =
                aten::invoke("Tensor", "q_per_channel_axis", &[Arg::from(self.tensor)], &[])?
            {
                self.suffixes.push(format!("axis={axis}"));
            }
        }
        numbers(&call("dequantize", self.tensor, &[])?, PREFIX.len(), &self.options)
    }

    /// Puts the suffixes behind, on lines of their own where they need it.
    fn joined(&self, text: &str) -> String {
        let mut all = text.to_owned();
        let mut last = text.chars().rev().take_while(|c| *c != '\n').count() + 2;
        let mut force = self.tensor.layout() == Layout::SPARSE;
        for suffix in &self.suffixes {
            let length = suffix.chars().count();
            if force || last + length + 2 > self.options.line_width {
                all.push_str(&format!(",\n{}{suffix}", " ".repeat(PREFIX.len())));
                last = PREFIX.len() + length;
                force = false;
            } else {
                all.push_str(&format!(", {suffix}"));
                last += length + 2;
            }
        }
        all.push(')');
        all
    }
}

// ---- the numbers ------------------------------------------------------------------------------------------------

/// The brackets and numbers of a strided tensor, `indent` columns in.
fn numbers(tensor: &Tensor, indent: usize, options: &Options) -> Result<String> {
    if tensor.numel() == 0 {
        return Ok("[]".to_owned());
    }
    let summarize = tensor.numel() as f64 > options.threshold;
    let shown = if summarize { ends(tensor, options)? } else { tensor.clone() };
    let values = elements(&shown)?;
    let cells = Cells::new(&values, tensor.dtype(), options);
    let layout = Grid { sizes: tensor.sizes(), summarize, cells, options };
    Ok(layout.dimension(0, &mut values.into_iter(), indent))
}

/// The elements that are shown of a long tensor.
fn ends(tensor: &Tensor, options: &Options) -> Result<Tensor> {
    if let Some(shown) = tensor.picked(&shown_indices(tensor, options)) {
        return shown;
    }
    let mut shown = call("detach", tensor, &[])?;
    let edge = options.edge_items as i64;
    for (dim, size) in tensor.sizes().into_iter().enumerate() {
        if size > 2 * edge {
            let part = |start: i64, stop: i64| {
                let mut indices = vec![Index::Slice(None, None, None); dim];
                indices.push(Index::Slice(Some(start), Some(stop), None));
                shown.get(&indices)
            };
            let parts = Arg::List(vec![Arg::Tensor(part(0, edge)?), Arg::Tensor(part(size - edge, size)?)]);
            if let Arg::Tensor(joined) = aten::invoke("torch", "cat", &[parts, Arg::Int(dim as i64)], &[])? {
                shown = joined;
            }
        }
    }
    Ok(shown)
}

/// Of each dimension, the indices that are shown.
fn shown_indices(tensor: &Tensor, options: &Options) -> Vec<Vec<i64>> {
    let edge = options.edge_items as i64;
    let of = |size: i64| match size > 2 * edge {
        true => (0..edge).chain(size - edge..size).collect(),
        false => (0..size).collect(),
    };
    tensor.sizes().into_iter().map(of).collect()
}

struct Grid<'a> {
    sizes: Vec<i64>,
    summarize: bool,
    cells: Cells,
    options: &'a Options,
}

impl Grid<'_> {
    fn dimension(&self, dim: usize, values: &mut dyn Iterator<Item = Value>, indent: usize) -> String {
        let Some(&size) = self.sizes.get(dim) else {
            return values.next().map(|value| self.cells.show(&value)).unwrap_or_default();
        };
        let edge = self.options.edge_items as i64;
        let cut = self.summarize && size > 2 * edge;
        let last = dim + 1 == self.sizes.len();
        let mut parts = Vec::new();
        for at in 0..if cut { 2 * edge } else { size } {
            if cut && at == edge {
                parts.push(if last { " ..." } else { "..." }.to_owned());
            }
            parts.push(self.dimension(dim + 1, values, indent + 1));
        }
        if self.summarize && edge == 0 {
            parts = vec!["...".to_owned()];
        }
        let gap = " ".repeat(indent + 1);
        if !last {
            let lines = "\n".repeat(self.sizes.len() - dim - 1);
            return format!("[{}]", parts.join(&format!(",{lines}{gap}")));
        }
        let room = self.options.line_width.saturating_sub(indent) / (self.cells.width() + 2);
        let lines: Vec<String> = parts.chunks(room.max(1)).map(|line| line.join(", ")).collect();
        format!("[{}]", lines.join(&format!(",\n{gap}")))
    }
}

/// How the numbers of one tensor are written.
enum Cells {
    Plain { width: usize },
    Float(Floats),
    Complex(Floats, Floats),
}

struct Floats {
    width: usize,
    precision: usize,
    whole: bool,
    scientific: bool,
}

impl Cells {
    fn new(values: &[Value], dtype: Dtype, options: &Options) -> Self {
        if dtype.is_complex() {
            let part = |pick: fn(&(f64, f64)) -> f64| {
                let parts = values.iter().filter_map(|value| match value {
                    Value::Complex(value) => Some(pick(value)),
                    _ => None,
                });
                Floats::new(&parts.collect::<Vec<f64>>(), options)
            };
            return Cells::Complex(part(|value| value.0), part(|value| value.1));
        }
        if dtype.is_floating_point() && dtype != Dtype::FLOAT4_E2M1FN_X2 {
            let floats = values.iter().filter_map(|value| match value {
                Value::Float(value) => Some(*value),
                _ => None,
            });
            return Cells::Float(Floats::new(&floats.collect::<Vec<f64>>(), options));
        }
        Cells::Plain { width: values.iter().map(|value| plain(value).len()).max().unwrap_or(1) }
    }

    fn width(&self) -> usize {
        match self {
            Cells::Plain { width } => *width,
            Cells::Float(floats) => floats.width,
            Cells::Complex(real, imaginary) => real.width + imaginary.width + 1,
        }
    }

    fn show(&self, value: &Value) -> String {
        match (self, value) {
            (Cells::Plain { width }, value) => format!("{:>width$}", plain(value)),
            (Cells::Float(floats), Value::Float(value)) => floats.show(*value),
            (Cells::Complex(real, imaginary), Value::Complex(value)) => {
                let (real, imaginary) = (real.show(value.0), imaginary.show(value.1));
                let imaginary = imaginary.trim_start();
                let sign = if imaginary.starts_with('-') { "" } else { "+" };
                format!("{real}{sign}{imaginary}j")
            }
            (_, value) => plain(value),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::BigInt(value) => value.to_string(),
        _ => String::new(),
    }
}

impl Floats {
    fn new(values: &[f64], options: &Options) -> Self {
        let precision = options.precision;
        let mut floats = Floats { width: 1, precision, whole: true, scientific: false };
        let finite: Vec<f64> =
            values.iter().copied().filter(|value| value.is_finite() && *value != 0.0).collect();
        if finite.is_empty() {
            return floats;
        }
        let sizes = || finite.iter().map(|value| value.abs());
        let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
        floats.whole = finite.iter().all(|value| value.fract() == 0.0);
        floats.scientific = options.scientific.unwrap_or(most / least > 1000.0 || most > 1e8 || least < 1e-4);
        floats.width = finite.iter().map(|value| floats.digits(*value).len()).max().unwrap_or(1);
        floats
    }

    fn digits(&self, value: f64) -> String {
        let precision = self.precision;
        if value.is_nan() {
            return "nan".to_owned();
        }
        if value.is_infinite() {
            return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
        }
        if self.scientific {
            let text = format!("{value:.precision$e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            let sign = if exponent < 0 { '-' } else { '+' };
            return format!("{mantissa}e{sign}{:02}", exponent.abs());
        }
        if self.whole { format!("{value:.0}.") } else { format!("{value:.precision$}") }
    }

    fn show(&self, value: f64) -> String {
        format!("{:>width$}", self.digits(value), width = self.width)
    }
}
