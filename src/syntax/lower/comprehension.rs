//! Comprehensions and generator expressions.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr as Ast};
use ruff_text_size::Ranged;

use super::Lowerer;
use super::scope::ScopeKind;
use crate::tree::{
    Clause, Comprehension, ComprehensionKind, Expr, ExprKind, For, Parameters, Place, Stmt, StmtKind,
};
use torchsh_base::Str;
use torchsh_base::error::{Result, Span};

impl Lowerer<'_> {
    pub(super) fn comprehension(
        &mut self,
        whole: &Ast,
        generators: &[ast::Comprehension],
        element: impl FnOnce(&mut Self) -> Result<ComprehensionKind>,
    ) -> Result<ExprKind> {
        let Some((first, others)) = generators.split_first() else {
            return Err(self.refuse(whole, "a comprehension needs a for"));
        };
        let iterable = self.expr(&first.iter)?;
        let scope = self.scopes.at(whole.range(), ScopeKind::Comprehension);
        let outside = std::mem::replace(&mut self.scope, scope);
        let lowered = self.clauses(first, iterable, others).and_then(|clauses| Ok((clauses, element(self)?)));
        self.scope = outside;
        let (clauses, kind) = lowered?;
        let fresh_cells = self.unit().map(|unit| unit.cells_of(scope)).unwrap_or_default();
        Ok(ExprKind::Comprehension(Box::new(Comprehension { kind, clauses, fresh_cells })))
    }

    fn clauses(
        &mut self,
        first: &ast::Comprehension,
        iterable: Expr,
        others: &[ast::Comprehension],
    ) -> Result<Vec<Clause>> {
        let mut clauses = vec![self.clause(first, iterable)?];
        for other in others {
            let iterable = self.expr(&other.iter)?;
            clauses.push(self.clause(other, iterable)?);
        }
        Ok(clauses)
    }

    fn clause(&mut self, clause: &ast::Comprehension, iterable: Expr) -> Result<Clause> {
        if clause.is_async {
            return Err(self.refuse(clause, "async comprehensions are not part of this shell"));
        }
        let target = self.target(&clause.target)?;
        let tests = clause.ifs.iter().map(|test| self.expr(test)).collect::<Result<_>>()?;
        Ok(Clause { target, iterable, tests })
    }

    /// `(element for …)`: a generator of its own whose body is the nest of loops.
    pub(super) fn generator(&mut self, generator: &ast::ExprGenerator) -> Result<ExprKind> {
        let Some((first, others)) = generator.generators.split_first() else {
            return Err(self.refuse(generator, "a generator expression needs a for"));
        };
        let iterable = self.expr(&first.iter)?;
        let scope = self.scopes.at(generator.range(), ScopeKind::Function);
        let span = self.span(generator);
        let name = Str::intern("<genexpr>");
        let qualified = Str::intern(&format!("{}<genexpr>", self.prefix));
        let (body, unit, captures) = self.in_unit(scope, |this| {
            let given = Expr { kind: ExprKind::Name(Place::Local(0)), span: iterable.span };
            let clauses = this.clauses(first, given, others)?;
            let element = this.expr(&generator.elt)?;
            Ok(vec![nest(clauses, element, span)])
        })?;
        let code = unit.into_code(name, qualified, Parameters::default(), body, captures, true, None);
        Ok(ExprKind::Generator(Rc::new(code), Box::new(iterable)))
    }
}

/// `for … if …: for … : yield element`
fn nest(clauses: Vec<Clause>, element: Expr, span: Span) -> Stmt {
    let element_span = element.span;
    let yields = Expr { kind: ExprKind::Yield(Some(Box::new(element))), span: element_span };
    let mut inner = Stmt { kind: StmtKind::Expr(yields), span };
    for clause in clauses.into_iter().rev() {
        for test in clause.tests.into_iter().rev() {
            inner = Stmt { kind: StmtKind::If(vec![(test, vec![inner])], Vec::new()), span };
        }
        let each =
            For { target: clause.target, iterable: clause.iterable, body: vec![inner], orelse: Vec::new() };
        inner = Stmt { kind: StmtKind::For(Box::new(each)), span };
    }
    inner
}
