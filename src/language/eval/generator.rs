//! Generators: each walks its body on a stack of its own, and switches back at every `yield`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use corosensei::stack::{DefaultStack, Stack};
use corosensei::{Coroutine, CoroutineResult};

use super::Interpreter;
use super::frame::Frame;
use crate::value::{Iterate, Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::tree::Code;

/// What a generator is told at a `yield`.
pub(super) enum Resume {
    /// Go on; the `yield` has this value.
    Value(Value),
    /// Raise this at the `yield`.
    Raise(Error),
}

/// The generator's side of the switch.
pub(super) type Yielder = corosensei::Yielder<Resume, Value>;

type Body = Coroutine<Resume, Value, Result<Value>, DefaultStack>;

/// Bytes of a generator's stack. Only touched pages cost memory; libtorch's kernels need some hundred kilobytes.
const STACK_BYTES: usize = 1 << 20;

/// Bytes kept free below the limit at which recursion is refused.
pub(super) const STACK_RESERVE: usize = 256 << 10;

/// Stacks kept for the next generator.
const POOLED: usize = 16;

thread_local! {
    static POOL: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

fn new_stack() -> Result<DefaultStack> {
    if let Some(stack) = POOL.with_borrow_mut(Vec::pop) {
        return Ok(stack);
    }
    DefaultStack::new(STACK_BYTES)
        .map_err(|error| Error::new(Kind::Memory, format!("no memory for a generator's stack: {error}")))
}

/// A generator object's state.
pub(super) struct Generator {
    body: Option<Body>,
    started: bool,
    /// The lowest address that calls inside may reach.
    limit: usize,
    returned: Option<Value>,
    /// The exceptions that its handlers, suspended, are handling.
    handling: Vec<Error>,
    title: Str,
    interpreter: Rc<Interpreter>,
}

impl Generator {
    /// A generator over a frame that is ready to run.
    pub fn new(
        interpreter: Rc<Interpreter>,
        code: Rc<Code>,
        make: impl FnOnce(&Code) -> OwnedFrame,
    ) -> Result<Self> {
        let stack = new_stack()?;
        let limit = stack.limit().get() + STACK_RESERVE;
        let parts = make(&code);
        let inner = interpreter.clone();
        let title = code.qualified_name.clone();
        let body = Body::with_stack(stack, move |yielder, first| {
            let mut frame = parts.into_frame(&code);
            frame.yielder = Some(yielder);
            match first {
                Resume::Raise(error) => Err(error),
                Resume::Value(_) => inner.run(&mut frame),
            }
        });
        Ok(Generator {
            body: Some(body),
            started: false,
            limit,
            returned: None,
            handling: Vec::new(),
            title,
            interpreter,
        })
    }

    fn resume(&mut self, command: Resume) -> Result<Option<Value>> {
        let Some(body) = self.body.as_mut() else {
            return match command {
                Resume::Value(_) => Ok(None),
                Resume::Raise(error) => Err(error),
            };
        };
        self.started = true;
        let command = match command {
            Resume::Raise(error) => Resume::Raise(self.interpreter.chain(error, self.handling.last())),
            command => command,
        };
        let outside = self.interpreter.enter_stack(self.limit);
        let handled_outside = self.interpreter.handle_more(&mut self.handling);
        let result = body.resume(command);
        self.handling = self.interpreter.handle_less(handled_outside);
        self.interpreter.leave_stack(outside);
        match result {
            CoroutineResult::Yield(value) => Ok(Some(value)),
            CoroutineResult::Return(result) => {
                if let Some(body) = self.body.take() {
                    recycle(body.into_stack());
                }
                match result {
                    Ok(value) => {
                        self.returned = Some(value);
                        Ok(None)
                    }
                    Err(error) if error.kind() == Kind::StopIteration => {
                        Err(Error::runtime("generator raised StopIteration"))
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }
}

fn recycle(stack: DefaultStack) {
    POOL.with_borrow_mut(|pool| {
        if pool.len() < POOLED {
            pool.push(stack);
        }
    });
}

impl Iterate for Generator {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        self.resume(Resume::Value(Value::None))
    }

    fn send(&mut self, _vm: &dyn Vm, value: Value) -> Result<Option<Value>> {
        if !self.started && !value.is_none() && self.body.is_some() {
            return Err(Error::type_error("can't send non-None value to a just-started generator"));
        }
        self.resume(Resume::Value(value))
    }

    fn throw(&mut self, _vm: &dyn Vm, error: Error) -> Result<Option<Value>> {
        self.resume(Resume::Raise(error))
    }

    fn returned(&self) -> Option<Value> {
        self.returned.clone()
    }

    fn title(&self) -> Option<Str> {
        Some(self.title.clone())
    }

    fn is_over(&self) -> bool {
        self.body.is_none()
    }

    fn close(&mut self, _vm: &dyn Vm) -> Result<()> {
        if self.body.is_none() {
            return Ok(());
        }
        match self.resume(Resume::Raise(Error::new(Kind::GeneratorExit, ""))) {
            Ok(Some(_)) => Err(Error::runtime("generator ignored GeneratorExit")),
            Ok(None) => Ok(()),
            Err(error) if error.kind() == Kind::GeneratorExit => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Generator {
    /// A generator that is dropped half way runs its `finally` clauses, as Python's does.
    fn drop(&mut self) {
        let mut rounds = 0;
        while self.body.is_some() && rounds < 100 {
            let result = self.resume(Resume::Raise(Error::new(Kind::GeneratorExit, "")));
            drop(result);
            rounds += 1;
        }
    }
}

/// What a generator's frame is made of, until its own stack exists.
pub(super) struct OwnedFrame {
    /// The module's dictionary.
    pub globals: Rc<crate::value::Dict>,
    /// The captured cells.
    pub captured: Vec<crate::value::CellRef>,
    /// The bound parameters.
    pub bound: Vec<(torchsh_syntax::tree::Place, Value)>,
}

impl OwnedFrame {
    fn into_frame(self, code: &Code) -> Frame<'_> {
        let mut frame = Frame::new(code, self.globals, &self.captured);
        for (place, value) in self.bound {
            frame.store(&place, value);
        }
        frame
    }
}

/// Where the running stack ends, and how deep calls are.
pub(super) struct Depth {
    calls: Cell<usize>,
    limit: Cell<usize>,
}

/// Calls inside calls that Python allows by default.
pub(super) const RECURSION_LIMIT: usize = 1000;

impl Depth {
    pub fn new() -> Self {
        Depth { calls: Cell::new(0), limit: Cell::new(0) }
    }

    /// Counts a call.
    pub fn enter(&self) -> Result<()> {
        let marker = 0u8;
        let address = std::ptr::from_ref(&marker) as usize;
        if self.calls.get() >= RECURSION_LIMIT || address < self.limit.get() {
            return Err(Error::new(Kind::Recursion, "maximum recursion depth exceeded"));
        }
        self.calls.set(self.calls.get() + 1);
        Ok(())
    }

    /// Counts a return.
    pub fn leave(&self) {
        self.calls.set(self.calls.get().saturating_sub(1));
    }

    /// Sets the end of the running stack; gives back the one before.
    pub fn set_limit(&self, limit: usize) -> usize {
        self.limit.replace(limit)
    }
}
