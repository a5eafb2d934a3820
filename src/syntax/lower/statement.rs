//! Statements.

use ruff_python_ast::{self as ast, Expr as Ast, Stmt as AstStmt};

use super::Lowerer;
use super::expression::operator;
use super::scope::ScopeKind;
use crate::tree::{Expr, ExprKind, For, Handler, ImportFrom, ImportName, Stmt, StmtKind, Try, WithItem};
use torchsh_base::Str;
use torchsh_base::error::Result;

/// The leading string of a body.
pub(super) fn docstring(body: &[AstStmt]) -> Option<Str> {
    match body.first()? {
        AstStmt::Expr(stmt) => match &*stmt.value {
            Ast::StringLiteral(text) => Some(Str::intern(text.value.to_str())),
            _ => None,
        },
        _ => None,
    }
}

impl Lowerer<'_> {
    pub(super) fn block(&mut self, body: &[AstStmt]) -> Result<Vec<Stmt>> {
        body.iter().map(|stmt| Ok(Stmt { span: self.span(stmt), kind: self.stmt(stmt)? })).collect()
    }

    fn stmt(&mut self, stmt: &AstStmt) -> Result<StmtKind> {
        Ok(match stmt {
            AstStmt::Expr(expr) => StmtKind::Expr(self.expr(&expr.value)?),
            AstStmt::Assign(assign) => {
                if let Some(bare) = assign.targets.iter().find(|target| target.is_starred_expr()) {
                    return Err(self.refuse(bare, "starred assignment target must be in a list or tuple"));
                }
                let value = self.expr(&assign.value)?;
                StmtKind::Assign(
                    assign.targets.iter().map(|target| self.target(target)).collect::<Result<_>>()?,
                    value,
                )
            }
            AstStmt::AugAssign(assign) => StmtKind::Augmented(
                self.target(&assign.target)?,
                operator(assign.op),
                self.expr(&assign.value)?,
            ),
            AstStmt::AnnAssign(assign) => self.annotated(assign)?,
            AstStmt::Delete(delete) => StmtKind::Delete(
                delete.targets.iter().map(|target| self.target(target)).collect::<Result<_>>()?,
            ),
            AstStmt::If(test) => self.if_statement(test)?,
            AstStmt::For(each) => self.for_statement(each)?,
            AstStmt::While(each) => {
                let test = self.expr(&each.test)?;
                let body = self.loop_body(&each.body)?;
                StmtKind::While(test, body, self.block(&each.orelse)?)
            }
            AstStmt::Break(_) if self.loops == 0 => return Err(self.refuse(stmt, "'break' outside loop")),
            AstStmt::Break(_) => StmtKind::Break,
            AstStmt::Continue(_) if self.loops == 0 => {
                return Err(self.refuse(stmt, "'continue' not properly in loop"));
            }
            AstStmt::Continue(_) => StmtKind::Continue,
            AstStmt::Pass(_) => StmtKind::Pass,
            AstStmt::Global(_) => StmtKind::Pass,
            AstStmt::Nonlocal(declared) => self.nonlocal(declared)?,
            AstStmt::Return(returned) => {
                if self.kind() != ScopeKind::Function {
                    return Err(self.refuse(stmt, "'return' outside function"));
                }
                StmtKind::Return(returned.value.as_deref().map(|value| self.expr(value)).transpose()?)
            }
            AstStmt::FunctionDef(def) => self.def(def)?,
            AstStmt::ClassDef(def) => self.class(def)?,
            AstStmt::Try(parts) => self.try_statement(parts)?,
            AstStmt::Raise(raise) => {
                let exception = raise.exc.as_deref().map(|exception| self.expr(exception)).transpose()?;
                let cause = raise.cause.as_deref().map(|cause| self.expr(cause)).transpose()?;
                StmtKind::Raise(exception, cause)
            }
            AstStmt::With(with) => self.with(with)?,
            AstStmt::Assert(assert) => {
                let test = self.expr(&assert.test)?;
                StmtKind::Assert(test, assert.msg.as_deref().map(|message| self.expr(message)).transpose()?)
            }
            AstStmt::Import(import) => {
                StmtKind::Import(import.names.iter().map(|alias| self.import_name(alias)).collect())
            }
            AstStmt::ImportFrom(import) => self.import_from(import)?,
            AstStmt::Match(whole) => self.match_statement(whole)?,
            AstStmt::TypeAlias(_) => {
                let error = self.refuse(stmt, "type aliases are not part of this shell");
                return Err(error.hint("assign the type to a name"));
            }
            AstStmt::IpyEscapeCommand(_) => return Err(self.refuse(stmt, "invalid syntax")),
        })
    }

    /// What can be assigned to.
    pub(super) fn target(&mut self, target: &Ast) -> Result<Expr> {
        let kind = match target {
            Ast::Name(_) | Ast::Attribute(_) | Ast::Subscript(_) => return self.expr(target),
            Ast::Starred(starred) => ExprKind::Starred(Box::new(self.target(&starred.value)?)),
            Ast::List(list) => ExprKind::List(self.targets(&list.elts)?),
            Ast::Tuple(tuple) => ExprKind::Tuple(self.targets(&tuple.elts)?),
            other => return Err(self.refuse(other, "cannot assign to this expression")),
        };
        Ok(Expr { kind, span: self.span(target) })
    }

    fn targets(&mut self, targets: &[Ast]) -> Result<Vec<Expr>> {
        if let Some(second) = targets.iter().filter(|target| target.is_starred_expr()).nth(1) {
            return Err(self.refuse(second, "multiple starred expressions in assignment"));
        }
        targets.iter().map(|target| self.target(target)).collect()
    }

    fn annotated(&mut self, assign: &ast::StmtAnnAssign) -> Result<StmtKind> {
        if let Some(value) = &assign.value {
            let value = self.expr(value)?;
            let target = self.target(&assign.target)?;
            if self.kind() == ScopeKind::Class
                && let Ast::Name(name) = &*assign.target
            {
                return self.annotated_in_class(assign, name, target, value);
            }
            return Ok(StmtKind::Assign(vec![target], value));
        }
        match &*assign.target {
            Ast::Name(name) if self.kind() != ScopeKind::Function => {
                Ok(StmtKind::Annotation(self.name(name.id.as_str()), self.annotation(&assign.annotation)?))
            }
            _ => Ok(StmtKind::Pass),
        }
    }

    /// `a: T = value` in a class body: dataclasses want the annotation too, and in order.
    fn annotated_in_class(
        &mut self,
        assign: &ast::StmtAnnAssign,
        name: &ast::ExprName,
        target: Expr,
        value: Expr,
    ) -> Result<StmtKind> {
        let span = self.span(assign);
        let annotation =
            StmtKind::Annotation(self.name(name.id.as_str()), self.annotation(&assign.annotation)?);
        let both =
            vec![Stmt { kind: StmtKind::Assign(vec![target], value), span }, Stmt { kind: annotation, span }];
        // A block of two statements: an `if` without a test that can fail.
        Ok(StmtKind::If(Vec::new(), both))
    }

    fn if_statement(&mut self, test: &ast::StmtIf) -> Result<StmtKind> {
        let mut branches = vec![(self.expr(&test.test)?, self.block(&test.body)?)];
        let mut orelse = Vec::new();
        for clause in &test.elif_else_clauses {
            match &clause.test {
                Some(test) => branches.push((self.expr(test)?, self.block(&clause.body)?)),
                None => orelse = self.block(&clause.body)?,
            }
        }
        Ok(StmtKind::If(branches, orelse))
    }

    fn loop_body(&mut self, body: &[AstStmt]) -> Result<Vec<Stmt>> {
        self.loops += 1;
        let lowered = self.block(body);
        self.loops -= 1;
        lowered
    }

    fn for_statement(&mut self, each: &ast::StmtFor) -> Result<StmtKind> {
        if each.is_async {
            return Err(self.refuse(each, "async for is not part of this shell"));
        }
        let iterable = self.expr(&each.iter)?;
        let target = self.target(&each.target)?;
        let body = self.loop_body(&each.body)?;
        Ok(StmtKind::For(Box::new(For { target, iterable, body, orelse: self.block(&each.orelse)? })))
    }

    fn nonlocal(&mut self, declared: &ast::StmtNonlocal) -> Result<StmtKind> {
        for name in &declared.names {
            if !self.scopes.is_bound_around(self.scope, &self.name(name.as_str())) {
                return Err(self.refuse(name, format!("no binding for nonlocal '{}' found", name.as_str())));
            }
        }
        Ok(StmtKind::Pass)
    }

    fn try_statement(&mut self, parts: &ast::StmtTry) -> Result<StmtKind> {
        let body = self.block(&parts.body)?;
        let mut handlers = Vec::new();
        let others = parts.handlers.split_last().map(|(_, others)| others).unwrap_or_default();
        let bare = |ast::ExceptHandler::ExceptHandler(handler): &&ast::ExceptHandler| handler.type_.is_none();
        if let Some(handler) = others.iter().find(bare) {
            return Err(self.refuse(handler, "default 'except:' must be last"));
        }
        for ast::ExceptHandler::ExceptHandler(handler) in &parts.handlers {
            let kind = handler.type_.as_deref().map(|kind| self.expr(kind)).transpose()?;
            let name = handler.name.as_ref().map(|name| self.place(&self.name(name.as_str())));
            handlers.push(Handler { kind, name, body: self.block(&handler.body)? });
        }
        let (orelse, finally) = (self.block(&parts.orelse)?, self.block(&parts.finalbody)?);
        Ok(StmtKind::Try(Box::new(Try { body, handlers, grouped: parts.is_star, orelse, finally })))
    }

    fn with(&mut self, with: &ast::StmtWith) -> Result<StmtKind> {
        if with.is_async {
            return Err(self.refuse(with, "async with is not part of this shell"));
        }
        let mut items = Vec::new();
        for item in &with.items {
            let context = self.expr(&item.context_expr)?;
            let target = item.optional_vars.as_deref().map(|target| self.target(target)).transpose()?;
            items.push(WithItem { context, target });
        }
        Ok(StmtKind::With(items, self.block(&with.body)?))
    }

    fn import_name(&self, alias: &ast::Alias) -> ImportName {
        let path = Str::intern(alias.name.as_str());
        let bound = match &alias.asname {
            Some(name) => self.name(name.as_str()),
            None => self.name(path.split('.').next().unwrap_or_default()),
        };
        ImportName { renamed: alias.asname.is_some(), place: self.place(&bound), path }
    }

    /// `from __future__ import …`: all that can be asked for is so already, but that annotations stay text.
    fn import_future(&mut self, import: &ast::StmtImportFrom) -> Result<StmtKind> {
        const KNOWN: [&str; 9] = [
            "nested_scopes",
            "generators",
            "division",
            "absolute_import",
            "with_statement",
            "print_function",
            "unicode_literals",
            "generator_stop",
            "annotations",
        ];
        for alias in &import.names {
            match alias.name.as_str() {
                "annotations" => self.annotations_are_text = true,
                name if KNOWN.contains(&name) => {}
                name => return Err(self.refuse(alias, format!("future feature {name} is not defined"))),
            }
        }
        Ok(StmtKind::Pass)
    }

    fn import_from(&mut self, import: &ast::StmtImportFrom) -> Result<StmtKind> {
        if import.module.as_ref().is_some_and(|module| module.as_str() == "__future__") {
            return self.import_future(import);
        }
        let mut names = Vec::new();
        for alias in &import.names {
            if alias.name.as_str() == "*" {
                if self.kind() == ScopeKind::Function {
                    return Err(self.refuse(import, "import * only allowed at module level"));
                }
                names.push((Str::intern("*"), None));
                continue;
            }
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            names.push((Str::intern(alias.name.as_str()), Some(self.place(&self.name(bound.as_str())))));
        }
        let path =
            import.module.as_ref().map_or_else(|| Str::intern(""), |module| Str::intern(module.as_str()));
        Ok(StmtKind::ImportFrom(Box::new(ImportFrom { path, level: import.level, names })))
    }
}
