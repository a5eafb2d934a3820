//! Functions, lambdas and classes.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr as Ast};
use ruff_text_size::{Ranged, TextRange};

use super::names::class_prefix;
use super::scope::ScopeKind;
use super::{Lowerer, statement};
use crate::tree::{
    Call, ClassDef, Def, Expr, ExprKind, Function, Literal, Parameter, Parameters, Place, Stmt, StmtKind,
};
use torchsh_base::Str;
use torchsh_base::error::Result;

impl Lowerer<'_> {
    pub(super) fn def(&mut self, def: &ast::StmtFunctionDef) -> Result<StmtKind> {
        let decorators = self.decorators(&def.decorator_list)?;
        let name = self.name(def.name.as_str());
        let scope = self.scopes.at(def.range(), ScopeKind::Function);
        let mut annotations = self.annotations(&def.parameters)?;
        if let Some(returns) = &def.returns {
            annotations.push((Str::intern("return"), self.annotation(returns)?));
        }
        let docstring = statement::docstring(&def.body);
        let function =
            self.function(name.clone(), scope, Some(&def.parameters), annotations, docstring, |this| {
                if def.is_async { Ok(vec![this.refusal(def)]) } else { this.block(&def.body) }
            })?;
        Ok(StmtKind::Def(Box::new(Def { place: self.place(&name), function: Rc::new(function), decorators })))
    }

    /// The body of an `async def`: a program may have one, as long as it is not called.
    fn refusal(&self, def: &ast::StmtFunctionDef) -> Stmt {
        let span = self.span(&def.name);
        let expr = |kind| Expr { kind, span };
        let message = format!("{}() is an async function, which this shell does not run", def.name);
        let error = ExprKind::Call(Box::new(Call {
            function: expr(ExprKind::Name(Place::Global(Str::intern("NotImplementedError")))),
            arguments: vec![expr(ExprKind::Literal(Literal::Str(Str::new(message))))],
            keywords: Vec::new(),
        }));
        Stmt { kind: StmtKind::Raise(Some(expr(error)), None), span }
    }

    pub(super) fn lambda(&mut self, lambda: &ast::ExprLambda) -> Result<ExprKind> {
        let scope = self.scopes.at(lambda.range(), ScopeKind::Function);
        let function = self.function(
            Str::intern("<lambda>"),
            scope,
            lambda.parameters.as_deref(),
            Vec::new(),
            None,
            |this| {
                let value = this.expr(&lambda.body)?;
                let span = value.span;
                Ok(vec![Stmt { kind: StmtKind::Return(Some(value)), span }])
            },
        )?;
        Ok(ExprKind::Lambda(Rc::new(function)))
    }

    fn decorators(&mut self, list: &[ast::Decorator]) -> Result<Vec<Expr>> {
        list.iter().map(|decorator| self.expr(&decorator.expression)).collect()
    }

    /// What stands for a type: its text only, where the program asked for that.
    pub(super) fn annotation(&mut self, annotation: &ast::Expr) -> Result<Expr> {
        if !self.annotations_are_text {
            return self.expr(annotation);
        }
        let range = annotation.range();
        let text = self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Expr { kind: ExprKind::Literal(Literal::Str(Str::new(text))), span: self.span(annotation) })
    }

    fn annotations(&mut self, parameters: &ast::Parameters) -> Result<Vec<(Str, Expr)>> {
        let mut annotations = Vec::new();
        for parameter in parameters.iter() {
            if let Some(annotation) = parameter.annotation() {
                annotations.push((self.name(parameter.name().as_str()), self.annotation(annotation)?));
            }
        }
        Ok(annotations)
    }

    fn function(
        &mut self,
        name: Str,
        scope: usize,
        parameters: Option<&ast::Parameters>,
        annotations: Vec<(Str, Expr)>,
        docstring: Option<Str>,
        body: impl FnOnce(&mut Self) -> Result<Vec<Stmt>>,
    ) -> Result<Function> {
        let (defaults, keyword_defaults) = self.defaults(parameters)?;
        let qualified = format!("{}{name}", self.prefix);
        let outer = std::mem::replace(&mut self.prefix, format!("{qualified}.<locals>."));
        let lowered = self.in_unit(scope, |this| {
            let parameters = parameters
                .map_or_else(|| Ok(Parameters::default()), |parameters| this.parameters(parameters))?;
            Ok((parameters, body(this)?))
        });
        self.prefix = outer;
        let ((parameters, body), unit, captures) = lowered?;
        let refuses = matches!(body.as_slice(), [Stmt { kind: StmtKind::Raise(..), .. }]);
        let is_generator = !refuses && self.scopes.get(scope).is_some_and(|scope| scope.is_generator);
        let code = unit.into_code(
            name,
            Str::intern(&qualified),
            parameters,
            body,
            captures,
            is_generator,
            docstring,
        );
        Ok(Function { code: Rc::new(code), defaults, keyword_defaults, annotations })
    }

    #[allow(clippy::type_complexity)]
    fn defaults(&mut self, parameters: Option<&ast::Parameters>) -> Result<(Vec<Expr>, Vec<(usize, Expr)>)> {
        let Some(parameters) = parameters else { return Ok(Default::default()) };
        let mut defaults = Vec::new();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            if let Some(default) = &parameter.default {
                defaults.push(self.expr(default)?);
            }
        }
        let mut keyword_defaults = Vec::new();
        for (number, parameter) in parameters.kwonlyargs.iter().enumerate() {
            if let Some(default) = &parameter.default {
                keyword_defaults.push((number, self.expr(default)?));
            }
        }
        Ok((defaults, keyword_defaults))
    }

    fn parameters(&mut self, parameters: &ast::Parameters) -> Result<Parameters> {
        let mut seen = std::collections::HashSet::new();
        for parameter in parameters.iter() {
            if !seen.insert(parameter.name().as_str()) {
                let message =
                    format!("duplicate argument '{}' in function definition", parameter.name().as_str());
                return Err(self.refuse(parameter.name(), message));
            }
        }
        let named = |parameter: &ast::ParameterWithDefault| self.parameter(&parameter.parameter);
        Ok(Parameters {
            positional: parameters.posonlyargs.iter().chain(&parameters.args).map(named).collect(),
            positional_only: parameters.posonlyargs.len(),
            rest: parameters.vararg.as_deref().map(|parameter| self.parameter(parameter)),
            keyword_only: parameters.kwonlyargs.iter().map(named).collect(),
            keywords: parameters.kwarg.as_deref().map(|parameter| self.parameter(parameter)),
        })
    }

    fn parameter(&self, parameter: &ast::Parameter) -> Parameter {
        let name = self.name(parameter.name.as_str());
        Parameter { place: self.place(&name), name }
    }

    pub(super) fn class(&mut self, def: &ast::StmtClassDef) -> Result<StmtKind> {
        let decorators = self.decorators(&def.decorator_list)?;
        let (bases, keywords) = self.class_arguments(def)?;
        let name = self.name(def.name.as_str());
        let place = self.place(&name);
        let scope = self.scopes.at(def.range(), ScopeKind::Class);
        let qualified = format!("{}{name}", self.prefix);
        let outer_prefix = std::mem::replace(&mut self.prefix, format!("{qualified}."));
        let outer_class = self.class.replace(class_prefix(def.name.as_str()));
        let lowered = self.in_unit(scope, |this| this.block(&def.body));
        self.prefix = outer_prefix;
        self.class = outer_class;
        let (body, unit, captures) = lowered?;
        let class_cell = unit.own_cell(&Str::intern("__class__"));
        let docstring = statement::docstring(&def.body);
        let code = unit.into_code(
            name,
            Str::intern(&qualified),
            Parameters::default(),
            body,
            captures,
            false,
            docstring,
        );
        Ok(StmtKind::Class(Box::new(ClassDef {
            place,
            code: Rc::new(code),
            bases,
            keywords,
            decorators,
            class_cell,
        })))
    }

    /// The base classes and the keywords.
    fn class_arguments(&mut self, def: &ast::StmtClassDef) -> Result<(Vec<Expr>, Keywords)> {
        let Some(arguments) = &def.arguments else { return Ok((Vec::new(), Vec::new())) };
        let bases: Vec<Expr> = arguments.args.iter().map(|base| self.expr(base)).collect::<Result<_>>()?;
        let mut keywords = Keywords::new();
        for keyword in &arguments.keywords {
            let name = keyword.arg.as_ref().map(|name| Str::intern(name.as_str()));
            keywords.push((name, self.expr(&keyword.value)?));
        }
        Ok((bases, keywords))
    }

    /// The arguments of a bare `super()`: the class, and the first parameter of the method.
    pub(super) fn super_arguments(&self, call: &ast::ExprCall) -> Option<Vec<Expr>> {
        let Ast::Name(name) = &*call.func else { return None };
        let bare = name.id.as_str() == "super"
            && call.arguments.args.is_empty()
            && call.arguments.keywords.is_empty();
        let unit = self.unit().filter(|_| bare && self.kind() == ScopeKind::Function)?;
        let first = self.scopes.get(unit.scope)?.bound.first()?.clone();
        let span = self.span(call);
        let class = Str::intern("__class__");
        let name = |place: Place| Expr { kind: ExprKind::Name(place), span };
        Some(vec![name(self.place(&class)), name(unit.place(&first)?)])
    }

    pub(super) fn range_text(&self, range: TextRange) -> &str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }
}

/// Names and what they are given; no name for `**d`.
type Keywords = Vec<(Option<Str>, Expr)>;
