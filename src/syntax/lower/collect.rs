//! Walks ruff's tree once and notes which scope binds and uses which name.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{self as ast, Expr, ExprContext, Stmt};
use ruff_text_size::Ranged;

use super::names::{class_prefix, mangle};
use super::scope::{ScopeKind, Scopes};
use crate::verbs::{VerbLine, Verbs, Word};
use torchsh_base::Str;

/// The scopes of a module.
pub(super) fn collect(body: &[Stmt], verbs: &Verbs) -> Scopes {
    let mut collector = Collector { scopes: Scopes::new(), verbs, at: 0, class: None };
    collector.visit_body(body);
    collector.scopes.resolve();
    collector.scopes
}

struct Collector<'v> {
    scopes: Scopes,
    verbs: &'v Verbs,
    /// The scope we are in.
    at: usize,
    /// The class we are in, for private names.
    class: Option<Str>,
}

impl Collector<'_> {
    fn verb_line(&mut self, line: &VerbLine) {
        for word in &line.words {
            match word {
                Word::Value(expr) => self.visit_expr(expr),
                Word::Line(inner) => self.verb_line(inner),
                Word::Text(_) => {}
            }
        }
        line.keywords.iter().for_each(|(_, value)| self.visit_expr(value));
        if let Some(unless) = &line.unless {
            self.visit_expr(&unless.python);
        }
    }

    fn name(&self, name: &str) -> Str {
        mangle(self.class.as_ref(), name)
    }

    fn bind(&mut self, name: &str) {
        let name = self.name(name);
        self.scopes.bind(self.at, name);
    }

    fn inside(&mut self, scope: usize, walk: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.at, scope);
        walk(self);
        self.at = outside;
    }

    fn parameters(&mut self, scope: usize, parameters: &ast::Parameters) {
        self.inside(scope, |this| {
            for parameter in parameters.iter() {
                this.bind(parameter.name().as_str());
            }
        });
    }

    /// Defaults and annotations belong to the block around.
    fn outside_of(&mut self, parameters: &ast::Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
        for parameter in parameters.iter() {
            if let Some(annotation) = parameter.annotation() {
                self.visit_expr(annotation);
            }
        }
    }

    fn function(&mut self, def: &ast::StmtFunctionDef) {
        self.bind(def.name.as_str());
        for decorator in &def.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        self.outside_of(&def.parameters);
        if let Some(returns) = &def.returns {
            self.visit_expr(returns);
        }
        let scope = self.scopes.open(ScopeKind::Function, self.at, def.range());
        self.parameters(scope, &def.parameters);
        self.inside(scope, |this| this.visit_body(&def.body));
    }

    fn class(&mut self, def: &ast::StmtClassDef) {
        self.bind(def.name.as_str());
        for decorator in &def.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        if let Some(arguments) = &def.arguments {
            self.visit_arguments(arguments);
        }
        let scope = self.scopes.open(ScopeKind::Class, self.at, def.range());
        let outer = self.class.replace(class_prefix(def.name.as_str()));
        self.inside(scope, |this| this.visit_body(&def.body));
        self.class = outer;
    }

    fn comprehension(
        &mut self,
        kind: ScopeKind,
        whole: &Expr,
        clauses: &[ast::Comprehension],
        elements: &[&Expr],
    ) {
        if let Some(first) = clauses.first() {
            self.visit_expr(&first.iter);
        }
        let scope = self.scopes.open(kind, self.at, whole.range());
        if kind == ScopeKind::Function {
            self.scopes.mark_generator_expression(scope);
        }
        self.inside(scope, |this| {
            for (i, clause) in clauses.iter().enumerate() {
                this.visit_expr(&clause.target);
                if i > 0 {
                    this.visit_expr(&clause.iter);
                }
                clause.ifs.iter().for_each(|test| this.visit_expr(test));
            }
            elements.iter().for_each(|element| this.visit_expr(element));
        });
    }

    fn imported(&mut self, alias: &ast::Alias, dotted: bool) {
        match &alias.asname {
            Some(name) => self.bind(name.as_str()),
            None if alias.name.as_str() == "*" => {}
            None if dotted => self.bind(alias.name.as_str().split('.').next().unwrap_or_default()),
            None => self.bind(alias.name.as_str()),
        }
    }
}

impl<'a, 'v: 'a> Visitor<'a> for Collector<'v> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(def) => self.class(def),
            Stmt::Global(declared) => {
                for name in &declared.names {
                    let name = self.name(name.as_str());
                    self.scopes.declare_global(self.at, name);
                }
            }
            Stmt::Nonlocal(declared) => {
                for name in &declared.names {
                    let name = self.name(name.as_str());
                    self.scopes.declare_nonlocal(self.at, name);
                }
            }
            Stmt::Import(import) => import.names.iter().for_each(|alias| self.imported(alias, true)),
            Stmt::ImportFrom(import) => import.names.iter().for_each(|alias| self.imported(alias, false)),
            Stmt::AnnAssign(assign) => {
                if let (Expr::Name(name), None) = (&*assign.target, &assign.value) {
                    self.bind(name.id.as_str());
                }
                walk_stmt(self, stmt);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name.as_str());
        }
        ruff_python_ast::visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        let name = match pattern {
            ast::Pattern::MatchStar(star) => star.name.as_ref(),
            ast::Pattern::MatchAs(named) => named.name.as_ref(),
            ast::Pattern::MatchMapping(mapping) => mapping.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str());
        }
        ruff_python_ast::visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load | ExprContext::Invalid => {
                    let id = self.name(name.id.as_str());
                    if &*id == "super" {
                        self.scopes.use_name(self.at, Str::intern("__class__"));
                    }
                    self.scopes.use_name(self.at, id);
                }
                ExprContext::Store | ExprContext::Del => self.bind(name.id.as_str()),
            },
            Expr::Named(walrus) => {
                if let Expr::Name(name) = &*walrus.target {
                    let id = self.name(name.id.as_str());
                    self.scopes.bind_outside_comprehensions(self.at, id);
                }
                self.visit_expr(&walrus.value);
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.outside_of(parameters);
                }
                let scope = self.scopes.open(ScopeKind::Function, self.at, expr.range());
                if let Some(parameters) = &lambda.parameters {
                    self.parameters(scope, parameters);
                }
                self.inside(scope, |this| this.visit_expr(&lambda.body));
            }
            Expr::ListComp(c) => self.comprehension(ScopeKind::Comprehension, expr, &c.generators, &[&c.elt]),
            Expr::SetComp(c) => self.comprehension(ScopeKind::Comprehension, expr, &c.generators, &[&c.elt]),
            Expr::DictComp(c) => {
                let elements: Vec<&Expr> = c.key.as_deref().into_iter().chain([&*c.value]).collect();
                self.comprehension(ScopeKind::Comprehension, expr, &c.generators, &elements);
            }
            Expr::Generator(c) => self.comprehension(ScopeKind::Function, expr, &c.generators, &[&c.elt]),
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.scopes.mark_generator(self.at);
                walk_expr(self, expr);
            }
            Expr::NumberLiteral(placeholder) => {
                let verbs = self.verbs;
                if let Some(line) = verbs.get(&placeholder.range().start()) {
                    self.verb_line(line);
                }
            }
            _ => walk_expr(self, expr),
        }
    }
}
