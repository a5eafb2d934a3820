//! Functions of the program that are called with gradients, while [`super::backward`] runs.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::thread::ThreadId;

use super::Tensor;
use super::raw::{self, check};
use torchsh_base::error::{Error, Result};

/// Calls what [`Tensor::register_hook`] was given with a tensor; what it gives takes the tensor's place.
pub type Runner<'a> = &'a dyn Fn(&dyn Any, Tensor) -> Result<Option<Tensor>>;

thread_local! {
    /// The runner of the innermost [`with_hooks`]; valid as long as that runs.
    static RUNNER: Cell<Option<Runner<'static>>> = const { Cell::new(None) };
    /// What the last hook raised.
    static FAILURE: RefCell<Option<Error>> = const { RefCell::new(None) };
}

struct Context {
    payload: Box<dyn Any>,
    thread: ThreadId,
}

/// Puts the runner before back, however the body ends.
struct Restore(Option<Runner<'static>>);

impl Drop for Restore {
    fn drop(&mut self) {
        RUNNER.set(self.0);
    }
}

/// Runs `body`, a backward pass, in which hooks are called through `runner`.
///
/// # Errors
/// What a hook raised, else what `body` raises.
pub fn with_hooks<T>(runner: Runner, body: impl FnOnce() -> Result<T>) -> Result<T> {
    // SAFETY: the longer lifetime ends with this function: `Restore` takes the runner away before it returns.
    let runner = unsafe { std::mem::transmute::<Runner<'_>, Runner<'static>>(runner) };
    // A hook that failed outside of any pass is not this one's.
    drop(FAILURE.take());
    let restore = Restore(RUNNER.replace(Some(runner)));
    let result = body();
    drop(restore);
    match FAILURE.take() {
        Some(error) if result.is_err() => Err(error),
        _ => result,
    }
}

fn run(context: &Context, tensor: *const c_void) -> Result<Option<Tensor>> {
    if context.thread != std::thread::current().id() {
        return Err(Error::runtime("hooks are called for tensors on the CPU only"));
    }
    let Some(runner) = RUNNER.get() else {
        return Err(Error::runtime("a hook was called outside of backward()"));
    };
    match Tensor::borrowed(tensor) {
        Some(tensor) => runner(context.payload.as_ref(), tensor),
        None => Ok(None),
    }
}

unsafe extern "C" fn call(context: *const c_void, tensor: *const c_void, out: *mut *mut c_void) -> bool {
    // SAFETY: the context is the box that `register_hook` leaked, which is alive until `drop_context`.
    let context = unsafe { &*context.cast::<Context>() };
    let replaced = run(context, tensor).and_then(|tensor| tensor.map(Tensor::into_raw).transpose());
    match replaced {
        Ok(None) => true,
        Ok(Some(tensor)) => {
            // SAFETY: `out` is a place of the caller, which takes the reference over.
            unsafe { *out = tensor };
            true
        }
        Err(error) => {
            FAILURE.replace(Some(error));
            false
        }
    }
}

unsafe extern "C" fn drop_context(context: *mut c_void) {
    // SAFETY: the context is the box that `register_hook` leaked, given back once.
    let context = unsafe { Box::from_raw(context.cast::<Context>()) };
    // What belongs to the interpreter's thread is not touched by another.
    if context.thread != std::thread::current().id() {
        std::mem::forget(context);
    }
}

impl Tensor {
    /// Has the runner of [`with_hooks`] called with `payload` and this tensor's gradient when it is computed, or,
    /// `afterwards`, with this leaf once its gradient was added.
    ///
    /// # Errors
    /// A tensor that requires no gradient; `afterwards`, one that is no leaf.
    pub fn register_hook(&self, payload: Box<dyn Any>, afterwards: bool) -> Result<()> {
        let live = self.wake()?;
        let context = Box::into_raw(Box::new(Context { payload, thread: std::thread::current().id() }));
        // SAFETY: the tensor is live; the context is given back by `drop_context` in any case.
        check(unsafe { raw::torchsh_tensor_hook(live.raw(), afterwards, context.cast(), call, drop_context) })
    }
}
