//! Statements.

use std::rc::Rc;

use super::Interpreter;
use super::expression::captured;
use super::frame::Frame;
use crate::value::{Class, Dict, Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::origin;
use torchsh_syntax::tree::{ClassDef, Def, Expr, ExprKind, Handler, Stmt, StmtKind, Try, WithItem};

/// How a statement ended.
pub(super) enum Flow {
    /// Go on with the next.
    Next,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return`
    Return(Value),
}

/// A statement is done when the files that it read are seen to be as they were. What a failed one read is not asked of the next.
fn settled(done: Result<Flow>) -> Result<Flow> {
    let settled = origin::settle();
    match done {
        Ok(flow) => settled.map(|()| flow),
        Err(error) if ends(error.kind()) || error.kind() == Kind::Os => Err(error),
        // A file that changed meanwhile is the better reason.
        Err(error) => settled.and(Err(error)),
    }
}

/// Whether a program that is told so ends: that is no error which another could stand for.
fn ends(kind: Kind) -> bool {
    matches!(kind, Kind::KeyboardInterrupt | Kind::SystemExit | Kind::GeneratorExit)
}

impl Interpreter {
    /// Runs statements until one leaves the block.
    pub(super) fn block(&self, frame: &mut Frame<'_>, body: &[Stmt]) -> Result<Flow> {
        for stmt in body {
            match settled(self.stmt(frame, stmt)) {
                Ok(Flow::Next) => {}
                Ok(flow) => return Ok(flow),
                Err(error) if frame.placed => return Err(error),
                Err(error) => {
                    frame.placed = true;
                    return Err(error.at(stmt.span, &Rc::from(frame.code.name.as_str())));
                }
            }
        }
        Ok(Flow::Next)
    }

    fn stmt(&self, frame: &mut Frame<'_>, stmt: &Stmt) -> Result<Flow> {
        match &stmt.kind {
            StmtKind::Expr(expr) => {
                let value = self.expr(frame, expr)?;
                if let ExprKind::Verb(verb) = &expr.kind
                    && !verb.unless.as_ref().is_some_and(|(names, _)| self.has_one_of(frame, names))
                {
                    let source = self.source(stmt.span.source);
                    let line = source.as_ref().and_then(|source| {
                        // Of a chain the expression is its last verb, and a line that was read is shorter as a statement.
                        let (start, end) =
                            (stmt.span.start.min(expr.span.start), expr.span.end.max(stmt.span.end));
                        source.text.get(start as usize..end as usize)
                    });
                    self.host.show(self, &value, line.unwrap_or_default())?;
                }
            }
            StmtKind::Assign(targets, value) => {
                let value = self.expr(frame, value)?;
                // What was computed from a file that has changed gets no name.
                origin::settle()?;
                for target in targets {
                    self.assign(frame, target, value.clone())?;
                }
            }
            StmtKind::Augmented(target, operator, value) => {
                self.augmented(frame, target, *operator, value)?
            }
            StmtKind::Annotation(name, annotation) => self.annotation(frame, name, annotation)?,
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.delete(frame, target)?;
                }
            }
            StmtKind::If(branches, orelse) => {
                for (test, body) in branches {
                    if self.test(frame, test)? {
                        return self.block(frame, body);
                    }
                }
                return self.block(frame, orelse);
            }
            StmtKind::For(each) => return self.for_loop(frame, each),
            StmtKind::While(test, body, orelse) => return self.while_loop(frame, test, body, orelse),
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::Pass => {}
            StmtKind::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::None), |value| self.expr(frame, value))?;
                return Ok(Flow::Return(value));
            }
            StmtKind::Def(def) => self.def(frame, def)?,
            StmtKind::Class(class) => self.class_def(frame, class)?,
            StmtKind::Try(parts) => return self.try_statement(frame, parts),
            StmtKind::Raise(exception, cause) => {
                return Err(self.raise_statement(frame, exception.as_ref(), cause.as_ref())?);
            }
            StmtKind::With(items, body) => return self.with(frame, items, body),
            StmtKind::Match(whole) => return self.match_statement(frame, whole),
            StmtKind::Assert(test, message) => self.assert(frame, test, message.as_ref())?,
            StmtKind::Import(names) => {
                for name in names {
                    let module = self.import_path(&name.path)?;
                    let bound = match name.path.split_once('.') {
                        Some((first, _)) if !name.renamed => self.import_path(first)?,
                        _ => module,
                    };
                    frame.store(&name.place, bound);
                }
            }
            StmtKind::ImportFrom(import) => self.import_from(frame, import)?,
        }
        Ok(Flow::Next)
    }

    // ---- definitions ------------------------------------------------------------------------------------------

    fn def(&self, frame: &mut Frame<'_>, def: &Def) -> Result<()> {
        let decorators = self.decorators(frame, &def.decorators)?;
        let function = self.make_function(frame, &def.function)?;
        let decorated = self.decorate(decorators, function)?;
        frame.store(&def.place, decorated);
        Ok(())
    }

    fn decorators(&self, frame: &mut Frame<'_>, exprs: &[Expr]) -> Result<Vec<Value>> {
        exprs.iter().map(|expr| self.expr(frame, expr)).collect()
    }

    fn decorate(&self, decorators: Vec<Value>, value: Value) -> Result<Value> {
        decorators
            .into_iter()
            .rev()
            .try_fold(value, |value, decorator| self.call_value(&decorator, &[value], &[]))
    }

    fn class_def(&self, frame: &mut Frame<'_>, def: &ClassDef) -> Result<()> {
        let decorators = self.decorators(frame, &def.decorators)?;
        let bases = self.spread(frame, &def.bases)?;
        let keywords = self.keywords_of(frame, &def.keywords, &Value::None)?;
        let namespace = match bases.is_empty() && keywords.is_empty() {
            true => Rc::new(Dict::default()),
            false => self.prepared_namespace(&def.code.name, &bases, &keywords)?,
        };
        let mut body = Frame::new(&def.code, frame.globals.clone(), &captured(frame, &def.code.captures));
        body.namespace = Some(namespace.clone());
        if let Some(docstring) = &def.code.docstring {
            namespace.set_name("__doc__", docstring.clone());
        }
        self.block(&mut body, &def.code.body)?;
        let class_cell = def.class_cell.map(|number| body.cell(number));
        let class = self.new_class(frame, def, &bases, namespace, &keywords)?;
        if let Some(cell) = class_cell {
            *cell.borrow_mut() = Some(class.clone());
        }
        let decorated = self.decorate(decorators, class)?;
        frame.store(&def.place, decorated);
        Ok(())
    }

    fn new_class(
        &self,
        frame: &Frame<'_>,
        def: &ClassDef,
        bases: &[Value],
        namespace: Rc<Dict>,
        keywords: &[(Str, Value)],
    ) -> Result<Value> {
        let module = frame.globals.get_name("__name__").and_then(|name| name.as_str());
        let module = module.unwrap_or_else(|| Str::intern("__main__"));
        self.build_class(&def.code.name, &def.code.qualified_name, module, bases, namespace, keywords)
    }

    fn annotation(&self, frame: &mut Frame<'_>, name: &Str, annotation: &Expr) -> Result<()> {
        let value = self.expr(frame, annotation)?;
        let holder = frame.namespace.as_ref().unwrap_or(&frame.globals);
        let key = Str::intern("__annotations__");
        if holder.get_str(&key).is_none() {
            holder.set_str(key.clone(), Value::Dict(Rc::default()));
        }
        if let Some(Value::Dict(annotations)) = holder.get_str(&key) {
            annotations.set_str(name.clone(), value);
        }
        Ok(())
    }

    // ---- exceptions -------------------------------------------------------------------------------------------

    fn try_statement(&self, frame: &mut Frame<'_>, parts: &Try) -> Result<Flow> {
        let result = self.try_handlers(frame, parts);
        if parts.finally.is_empty() {
            return result;
        }
        let placed = std::mem::take(&mut frame.placed);
        // What is on its way is being handled meanwhile.
        let result = result.map_err(|error| self.with_object(error));
        let mut on_its_way: Vec<Error> = result.as_ref().err().cloned().into_iter().collect();
        let before = self.handle_more(&mut on_its_way);
        let left = self.block(frame, &parts.finally);
        self.handle_less(before);
        match left.map_err(|new| self.chain(new, result.as_ref().err()))? {
            Flow::Next => {
                frame.placed = placed;
                result
            }
            left => Ok(left),
        }
    }

    fn try_handlers(&self, frame: &mut Frame<'_>, parts: &Try) -> Result<Flow> {
        let error = match self.block(frame, &parts.body) {
            Ok(Flow::Next) => return self.block(frame, &parts.orelse),
            Ok(flow) => return Ok(flow),
            Err(error) => error,
        };
        frame.placed = false;
        if parts.grouped {
            return self.handle_parts(frame, parts, error);
        }
        for handler in &parts.handlers {
            if self.handles(frame, handler, &error)? {
                return self.handle(frame, handler, error);
            }
        }
        frame.placed = true;
        Err(error)
    }

    /// `except*`: each handler is given the part of the group that it names; what they raise and what is left goes on.
    fn handle_parts(&self, frame: &mut Frame<'_>, parts: &Try, error: Error) -> Result<Flow> {
        let groups = self.import("_groups")?;
        let error = self.with_object(error);
        let mut rest = Value::Instance(self.exception(&error));
        let mut raised = Vec::new();
        for handler in &parts.handlers {
            let Some(kind) = &handler.kind else { continue };
            let kind = self.expr(frame, kind)?;
            let split = self.call_method(&groups, "part", &[rest.clone(), kind])?;
            let (part, others) = (self.item(&split, &Value::Int(0))?, self.item(&split, &Value::Int(1))?);
            if part.is_none() {
                continue;
            }
            rest = others;
            match self.handle(frame, handler, self.raise(&part)) {
                Ok(_) => {}
                Err(new) => raised.push(Value::Instance(self.exception(&self.with_object(new)))),
            }
            frame.placed = false;
            if rest.is_none() {
                break;
            }
        }
        match (raised.is_empty(), rest.is_none()) {
            (true, true) => Ok(Flow::Next),
            (true, false) if rest.same(&Value::Instance(self.exception(&error))) => {
                frame.placed = true;
                Err(error)
            }
            (true, false) => Err(self.raise(&rest)),
            (false, _) => {
                let all = self.call_method(&groups, "raised", &[Value::list(raised), rest])?;
                Err(self.raise(&all))
            }
        }
    }

    fn handles(&self, frame: &mut Frame<'_>, handler: &Handler, error: &Error) -> Result<bool> {
        let Some(kind) = &handler.kind else { return Ok(true) };
        let kind = self.expr(frame, kind)?;
        self.error_matches(error, &kind)
    }

    fn handle(&self, frame: &mut Frame<'_>, handler: &Handler, error: Error) -> Result<Flow> {
        // One object for the name, for sys.exc_info() and for what is raised from here.
        let error = self.with_object(error);
        let exception = self.exception(&error);
        self.keep_traceback(&exception, &error);
        if let Some(place) = &handler.name {
            frame.store(place, Value::Instance(exception));
        }
        self.handling.borrow_mut().push(error);
        let result = self.block(frame, &handler.body);
        let handled = self.handling.borrow_mut().pop();
        if let Some(place) = &handler.name {
            // The handler may have deleted it already.
            let _ = frame.delete(place);
        }
        result.map_err(|new| self.chain(new, handled.as_ref()))
    }

    fn raise_statement(
        &self,
        frame: &mut Frame<'_>,
        exception: Option<&Expr>,
        cause: Option<&Expr>,
    ) -> Result<Error> {
        let Some(exception) = exception else {
            let Some(error) = self.handled_outside() else {
                return Ok(Error::runtime("No active exception to reraise"));
            };
            frame.placed = true;
            return Ok(error);
        };
        let exception = self.expr(frame, exception)?;
        let error = self.chain(self.raise(&exception), self.handled_outside().as_ref());
        if let Some(cause) = cause {
            let cause = self.expr(frame, cause)?;
            self.set_cause(&error, cause)?;
        }
        Ok(error)
    }

    fn assert(&self, frame: &mut Frame<'_>, test: &Expr, message: Option<&Expr>) -> Result<()> {
        if self.test(frame, test)? {
            return Ok(());
        }
        let assertion = Value::Class(self.exception_class(Kind::Assertion));
        let arguments = match message {
            Some(message) => vec![self.expr(frame, message)?],
            None => Vec::new(),
        };
        Err(self.raise(&self.call_value(&assertion, &arguments, &[])?))
    }

    fn with(&self, frame: &mut Frame<'_>, items: &[WithItem], body: &[Stmt]) -> Result<Flow> {
        let Some((item, others)) = items.split_first() else { return self.block(frame, body) };
        let context = self.expr(frame, &item.context)?;
        let enter = |name| self.special(&context, name, &[]);
        let entered = match enter("__enter__") {
            Some(entered) => entered?,
            None => {
                let name = self.type_name(&context);
                let message = format!("'{name}' object does not support the context manager protocol");
                return Err(Error::type_error(message));
            }
        };
        let result = match &item.target {
            Some(target) => self.assign(frame, target, entered),
            None => Ok(()),
        };
        let result = result.and_then(|()| self.with(frame, others, body));
        self.leave_context(frame, &context, result)
    }

    fn leave_context(&self, frame: &mut Frame<'_>, context: &Value, result: Result<Flow>) -> Result<Flow> {
        let exit = |arguments: &[Value]| {
            self.special(context, "__exit__", arguments).unwrap_or_else(|| {
                let name = self.type_name(context);
                Err(Error::new(Kind::Attribute, format!("'{name}' object has no attribute '__exit__'")))
            })
        };
        let error = match result {
            Ok(flow) => {
                exit(&[Value::None, Value::None, Value::None])?;
                return Ok(flow);
            }
            Err(error) => error,
        };
        let placed = std::mem::take(&mut frame.placed);
        let error = self.with_object(error);
        let exception = self.exception(&error);
        self.keep_traceback(&exception, &error);
        let class = Value::Class(exception.class());
        let traceback = exception.attributes.get_name("__traceback__").unwrap_or(Value::None);
        let before = self.handle_more(&mut vec![error.clone()]);
        let swallowed = exit(&[class, Value::Instance(exception), traceback]);
        self.handle_less(before);
        let swallowed = swallowed.map_err(|new| self.chain(new, Some(&error)))?;
        if self.truth(&swallowed)? {
            return Ok(Flow::Next);
        }
        frame.placed = placed;
        Err(error)
    }

    /// Whether the class (or a class of the tuple) is one the error belongs to.
    fn error_matches(&self, error: &Error, kind: &Value) -> Result<bool> {
        match kind {
            Value::Class(class) if self.is_exception(class) => Ok(self.error_is(error, class)),
            Value::Tuple(kinds) => {
                for kind in &kinds.items {
                    if self.error_matches(error, kind)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => {
                let message = "catching classes that do not inherit from BaseException is not allowed";
                Err(Error::type_error(message))
            }
        }
    }
}

impl Interpreter {
    pub(super) fn is_exception(&self, class: &Class) -> bool {
        class.inherits(&self.exception_class(Kind::BaseException))
    }
}
