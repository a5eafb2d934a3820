//! The best product of two thin matrices for a large one: its first singular values and vectors.

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Str, Value, Vm};

/// Numbers of a matrix up to which all its singular values are computed.
const WHOLE: i64 = 1 << 20;

/// Vectors more than the rank, with which the first ones are found sooner.
const SPARE: i64 = 16;

/// Numbers of the matrix that are looked at at a time.
const AT_ONCE: i64 = 4 << 20;

/// Readings of the matrix at most, and how little more of it one has to find for another to follow.
const ROUNDS: usize = 40;
const ENOUGH: f64 = 1e-6;

/// A matrix whose rows can be asked for, so that it need not lie in memory.
pub struct Rows<'a> {
    pub shape: [i64; 2],
    /// Rows from one number up to another, in single precision.
    pub read: &'a mut dyn FnMut(i64, i64) -> Result<Value>,
}

/// Two matrices, `[rows, rank]` and `[rank, columns]`, whose product comes nearest to a matrix; the singular values are in the first.
/// With them the rank that there is.
///
/// A small matrix is decomposed whole. Of a large one the part that counts is found by block power iteration, which reads it
/// several times, a few rows at a time, until nothing more of it is found (Halko, Martinsson and Tropp 2011, algorithm 4.4).
///
/// # Errors
/// What reading the rows or libtorch raises.
pub fn factored(vm: &dyn Vm, rows: &mut Rows<'_>, rank: i64) -> Result<(Value, Value, i64)> {
    let torch = Torch { vm, torch: vm.import("torch")? };
    let [height, width] = rows.shape;
    let least = height.min(width);
    let rank = rank.min(least);
    let (left, values, right) = match height.saturating_mul(width) <= WHOLE || (rank + SPARE) * 4 >= least {
        true => torch.svd(&(rows.read)(0, height)?)?,
        false => torch.largest(rows, rank + SPARE)?,
    };
    let up = torch.call(&torch.part(&left, 1, 0, rank)?, "mul", &[torch.part(&values, 0, 0, rank)?])?;
    // A copy: a view would keep all of what it looks at.
    let down = torch.call(&torch.part(&right, 0, 0, rank)?, "clone", &[])?;
    Ok((torch.call(&up, "contiguous", &[])?, down, rank))
}

struct Torch<'a> {
    vm: &'a dyn Vm,
    torch: Value,
}

impl Torch<'_> {
    fn call(&self, of: &Value, name: &str, arguments: &[Value]) -> Result<Value> {
        self.vm.call_method(of, name, arguments)
    }

    fn part(&self, of: &Value, dim: i64, from: i64, count: i64) -> Result<Value> {
        self.call(of, "narrow", &[Value::Int(dim), Value::Int(from), Value::Int(count)])
    }

    fn linear_algebra(&self, name: &str, of: &Value, options: &[(Str, Value)]) -> Result<Vec<Value>> {
        let module = self.vm.attribute(&self.torch, &Str::intern("linalg"))?;
        let function = self.vm.attribute(&module, &Str::intern(name))?;
        let made = self.vm.call(&function, std::slice::from_ref(of), options)?;
        self.vm.collect(&made)
    }

    fn svd(&self, of: &Value) -> Result<(Value, Value, Value)> {
        let reduced = [(Str::intern("full_matrices"), Value::Bool(false))];
        match self.linear_algebra("svd", of, &reduced)?.as_slice() {
            [left, values, right] => Ok((left.clone(), values.clone(), right.clone())),
            _ => Err(Error::runtime("svd gave no three parts")),
        }
    }

    /// An orthonormal basis of the columns.
    fn basis(&self, of: &Value) -> Result<Value> {
        let parts = self.linear_algebra("qr", of, &[])?;
        parts.into_iter().next().ok_or_else(|| Error::runtime("qr gave nothing"))
    }

    /// The first singular values and their vectors, as many as there are columns in the basis that is looked for.
    fn largest(&self, rows: &mut Rows<'_>, count: i64) -> Result<(Value, Value, Value)> {
        let [_, width] = rows.shape;
        let generator =
            self.call(&self.call(&self.torch, "Generator", &[])?, "manual_seed", &[Value::Int(0)])?;
        let randn = self.vm.attribute(&self.torch, &Str::intern("randn"))?;
        let sizes = [Value::Int(width), Value::Int(count)];
        let mut basis =
            self.basis(&self.vm.call(&randn, &sizes, &[(Str::intern("generator"), generator)])?)?;
        let mut found = 0.0;
        for _ in 0..ROUNDS {
            let (_, back, square) = self.through(rows, &basis)?;
            basis = self.basis(&back)?;
            if square - found <= ENOUGH * square {
                break;
            }
            found = square;
        }
        let (seen, ..) = self.through(rows, &basis)?;
        let (left, values, turned) = self.svd(&seen)?;
        let right = self.call(&turned, "matmul", &[self.call(&basis, "t", &[])?])?;
        Ok((left, values, right))
    }

    /// One reading of the matrix `A`: `A @ basis`, `A.T @ A @ basis`, and the square of the first one's norm.
    fn through(&self, rows: &mut Rows<'_>, basis: &Value) -> Result<(Value, Value, f64)> {
        let [height, width] = rows.shape;
        let step = (AT_ONCE / width.max(1)).max(1);
        let (mut seen, mut back, mut square, mut from) = (Vec::new(), None, 0.0, 0);
        while from < height {
            self.vm.check_interrupt()?;
            let end = (from + step).min(height);
            let part = (rows.read)(from, end)?;
            let product = self.call(&part, "matmul", std::slice::from_ref(basis))?;
            let turned = self.call(&self.call(&part, "t", &[])?, "matmul", std::slice::from_ref(&product))?;
            back = Some(match back {
                None => turned,
                Some(sum) => self.call(&sum, "add_", &[turned])?,
            });
            let norm =
                self.call(&self.call(&self.call(&product, "double", &[])?, "norm", &[])?, "item", &[])?;
            square += torchsh_language::value::number::float(self.vm, &norm)?.powi(2);
            seen.push(product);
            from = end;
        }
        let seen = self.call(&self.torch, "cat", &[Value::list(seen)])?;
        Ok((seen, back.ok_or_else(|| Error::value("a matrix without rows"))?, square))
    }
}
