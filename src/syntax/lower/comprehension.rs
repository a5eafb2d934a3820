//! Comprehensions and generator expressions.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr as Ast};
use ruff_text_size::Ranged;

use super::Lowerer;
use super::scope::ScopeKind;
use crate::tree::{Clause, Comprehension, ComprehensionKind, Expr, ExprKind, Generator, Literal, Parameters};
use torchsh_base::Str;
use torchsh_base::error::Result;

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

    /// `(element for …)`: a block of its own whose body is clauses and an element.
    pub(super) fn generator(&mut self, generator: &ast::ExprGenerator) -> Result<ExprKind> {
        let Some((first, others)) = generator.generators.split_first() else {
            return Err(self.refuse(generator, "a generator expression needs a for"));
        };
        let iterable = self.expr(&first.iter)?;
        let scope = self.scopes.at(generator.range(), ScopeKind::Function);
        let span = self.span(generator);
        let name = Str::intern("<genexpr>");
        let qualified = Str::intern(&format!("{}<genexpr>", self.prefix));
        let ((clauses, element), unit, captures) = self.in_unit(scope, |this| {
            let given = Expr { kind: ExprKind::Literal(Literal::None), span: iterable.span };
            let clauses = this.clauses(first, given, others)?;
            Ok((clauses, this.expr(&generator.elt)?))
        })?;
        let code = unit.into_code(name, qualified, Parameters::default(), Vec::new(), captures, true, None);
        let whole = Generator { code, clauses, element, span };
        Ok(ExprKind::Generator(Rc::new(whole), Box::new(iterable)))
    }
}
