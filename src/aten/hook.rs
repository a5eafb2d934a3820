//! Functions of the program that are called while [`super::backward`] runs, and steps of the graph that are such functions.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_void};
use std::thread::ThreadId;

use super::Tensor;
use super::node::Node;
use super::raw::{self, Tensors, check, pointer};
use torchsh_base::error::{Error, Result};

/// A list of gradients; none where nothing came.
pub type Gradients = Vec<Option<Tensor>>;

/// Calls what was given as a payload with two lists of tensors: of a tensor's hook its gradient, of a node what it gives and
/// what came to it, of a step of the program's what came to it. What it gives takes the place of the first list, or is the
/// step's answer; with room for nothing (the last number), a step is told that what it kept can go.
pub type Runner<'a> = &'a dyn Fn(&dyn Any, Gradients, Gradients, usize) -> Result<Option<Gradients>>;

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

impl Context {
    fn leaked(payload: Box<dyn Any>) -> *mut c_void {
        Box::into_raw(Box::new(Context { payload, thread: std::thread::current().id() })).cast()
    }
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

fn run(context: &Context, first: Gradients, second: Gradients, room: usize) -> Result<Option<Gradients>> {
    let elsewhere = context.thread != std::thread::current().id();
    match RUNNER.get() {
        Some(runner) if !elsewhere => runner(context.payload.as_ref(), first, second, room),
        // What is kept beyond its time is not wrong.
        _ if room == 0 && first.is_empty() => Ok(None),
        _ if elsewhere => Err(Error::runtime("hooks are called for tensors on the CPU only")),
        _ => Err(Error::runtime("a hook was called outside of backward()")),
    }
}

fn listed(list: &Tensors) -> Gradients {
    if list.count == 0 {
        return Vec::new();
    }
    // SAFETY: the list holds that many pointers to live tensors, or null, for the length of the call.
    let all = unsafe { std::slice::from_raw_parts(list.tensors, list.count) };
    all.iter().map(|tensor| Tensor::borrowed(*tensor)).collect()
}

unsafe extern "C" fn call(
    context: *const c_void,
    first: *const Tensors,
    second: *const Tensors,
    out: *mut *mut c_void,
    room: usize,
    answered: *mut bool,
) -> bool {
    // SAFETY: the context is the box that was leaked for it, which is alive until `drop_context`; the lists outlive the call.
    let (context, first, second) = unsafe { (&*context.cast::<Context>(), &*first, &*second) };
    let answer = run(context, listed(first), listed(second), room).and_then(|answer| {
        let raw = |tensor: Option<Tensor>| tensor.map(Tensor::into_raw).transpose();
        answer.map(|all| all.into_iter().take(room).map(raw).collect::<Result<Vec<_>>>()).transpose()
    });
    match answer {
        Ok(None) => true,
        Ok(Some(tensors)) => {
            for (place, tensor) in tensors.into_iter().enumerate() {
                // SAFETY: `out` has room for `room` pointers; the caller takes the references over.
                unsafe { *out.add(place) = tensor.unwrap_or(std::ptr::null_mut()) };
            }
            // SAFETY: a place of the caller.
            unsafe { *answered = true };
            true
        }
        Err(error) => {
            FAILURE.replace(Some(error));
            false
        }
    }
}

unsafe extern "C" fn drop_context(context: *mut c_void) {
    // SAFETY: the context is the box that was leaked for it, given back once.
    let context = unsafe { Box::from_raw(context.cast::<Context>()) };
    // What belongs to the interpreter's thread is not touched by another.
    if context.thread != std::thread::current().id() {
        std::mem::forget(context);
    }
}

/// Pointers of live tensors, null for none, valid as long as the tensors.
fn pointers<'a>(tensors: impl IntoIterator<Item = Option<&'a Tensor>>) -> Result<Vec<*const c_void>> {
    let one = |tensor: Option<&Tensor>| match tensor {
        Some(tensor) => Ok(tensor.wake()?.raw()),
        None => Ok(std::ptr::null()),
    };
    tensors.into_iter().map(one).collect()
}

/// What a step of the program's has to do with the graph.
pub struct Step<'a> {
    /// Its node; none where nothing is recorded.
    pub node: Option<&'a Node>,
    /// The tensors that it was given.
    pub inputs: &'a [Tensor],
    /// Results that have no gradient.
    pub plain: &'a [Tensor],
    /// Inputs that it changed.
    pub dirty: &'a [Tensor],
}

impl Step<'_> {
    /// What it gave, tied to its node.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn results(&self, given: &[Tensor]) -> Result<Vec<Tensor>> {
        let all = |tensors: &[Tensor]| pointers(tensors.iter().map(Some));
        let (inputs, plain, dirty) = (all(self.inputs)?, all(self.plain)?, all(self.dirty)?);
        let raw = all(given)?;
        let mut out = vec![std::ptr::null_mut(); raw.len()];
        let node = self.node.map_or(std::ptr::null(), Node::raw);
        // SAFETY: all tensors live as long as this call; the lists have the lengths that are said.
        check(unsafe {
            raw::torchsh_node_results(
                node,
                inputs.as_ptr(),
                inputs.len(),
                plain.as_ptr(),
                plain.len(),
                dirty.as_ptr(),
                dirty.len(),
                raw.as_ptr(),
                raw.len(),
                out.as_mut_ptr(),
            )
        })?;
        let lost = || Error::runtime("a result of the function is no tensor");
        out.into_iter().map(|tensor| Tensor::owned(tensor).ok_or_else(lost)).collect()
    }
}

impl Node {
    /// A step whose gradients the runner of [`with_hooks`] is asked for, with `payload`.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn written(name: &str, inputs: &[Option<Tensor>], payload: Box<dyn Any>) -> Result<Node> {
        let name = CString::new(name).map_err(|_| Error::runtime("a name with a zero byte"))?;
        let inputs = pointers(inputs.iter().map(Option::as_ref))?;
        let context = Context::leaked(payload);
        let made = pointer(|out| {
            // SAFETY: name and inputs outlive the call; the context is given back by `drop_context` in any case.
            unsafe {
                raw::torchsh_node_written(
                    name.as_ptr(),
                    inputs.as_ptr(),
                    inputs.len(),
                    context,
                    call,
                    drop_context,
                    out,
                )
            }
        })?;
        Node::of(made).ok_or_else(|| Error::runtime("no step of the graph was made"))
    }

    /// Has the runner of [`with_hooks`] called with `payload` and what comes to the node (`before`), or what it gives and
    /// what came to it.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn register_hook(&self, payload: Box<dyn Any>, before: bool) -> Result<()> {
        let context = Context::leaked(payload);
        // SAFETY: the node is live; the context is given back by `drop_context` in any case.
        check(unsafe { raw::torchsh_node_hook(self.raw(), before, context, call, drop_context) })
    }

    /// What a step of the program's was made with; none for libtorch's own.
    #[must_use]
    pub fn payload(&self) -> Option<&dyn Any> {
        // SAFETY: the node is live; the context that is given out is the one of `Node::written`, as long as the node.
        let context = unsafe { raw::torchsh_node_context(self.raw()).cast::<Context>().as_ref() }?;
        (context.thread == std::thread::current().id()).then(|| context.payload.as_ref())
    }

    /// Makes a tensor that no graph has the given result of the node.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn attach(&self, tensor: &Tensor, result: i64) -> Result<()> {
        // SAFETY: both are live.
        check(unsafe { raw::torchsh_node_attach(self.raw(), tensor.wake()?.raw(), result) })
    }
}

/// A node that is not kept.
pub struct WeakNode(*mut c_void);

impl Drop for WeakNode {
    fn drop(&mut self) {
        // SAFETY: the pointer was given out for us to free, once.
        unsafe { raw::torchsh_node_forget(self.0) }
    }
}

impl WeakNode {
    /// Does not keep the node.
    #[must_use]
    pub fn of(node: &Node) -> WeakNode {
        // SAFETY: the node is live.
        WeakNode(unsafe { raw::torchsh_node_weak(node.raw()) })
    }

    /// The node, while the graph has it.
    #[must_use]
    pub fn node(&self) -> Option<Node> {
        // SAFETY: it was given out by `torchsh_node_weak`.
        Node::of(unsafe { raw::torchsh_node_lock(self.0) })
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
        let context = Context::leaked(payload);
        // SAFETY: the tensor is live; the context is given back by `drop_context` in any case.
        check(unsafe { raw::torchsh_tensor_hook(live.raw(), afterwards, context, call, drop_context) })
    }
}
