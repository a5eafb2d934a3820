//! `match` and its patterns.

use ruff_python_ast::{self as ast, Pattern as AstPattern, Singleton};

use super::Lowerer;
use crate::pattern::{Case, Match, Pattern};
use crate::tree::{Literal, Place, StmtKind};
use torchsh_base::error::Result;

impl Lowerer<'_> {
    pub(super) fn match_statement(&mut self, whole: &ast::StmtMatch) -> Result<StmtKind> {
        let subject = self.expr(&whole.subject)?;
        let cases = whole.cases.iter().map(|case| self.case(case)).collect::<Result<_>>()?;
        Ok(StmtKind::Match(Box::new(Match { subject, cases })))
    }

    fn case(&mut self, case: &ast::MatchCase) -> Result<Case> {
        Ok(Case {
            pattern: self.pattern(&case.pattern)?,
            guard: case.guard.as_deref().map(|guard| self.expr(guard)).transpose()?,
            body: self.block(&case.body)?,
        })
    }

    fn pattern(&mut self, pattern: &AstPattern) -> Result<Pattern> {
        Ok(match pattern {
            AstPattern::MatchValue(value) => Pattern::Value(self.expr(&value.value)?),
            AstPattern::MatchSingleton(single) => Pattern::Singleton(match single.value {
                Singleton::None => Literal::None,
                Singleton::True => Literal::Bool(true),
                Singleton::False => Literal::Bool(false),
            }),
            AstPattern::MatchSequence(sequence) => self.sequence_pattern(&sequence.patterns)?,
            AstPattern::MatchMapping(mapping) => {
                let entries = mapping
                    .keys
                    .iter()
                    .zip(&mapping.patterns)
                    .map(|(key, pattern)| Ok((self.expr(key)?, self.pattern(pattern)?)))
                    .collect::<Result<_>>()?;
                Pattern::Mapping { entries, rest: self.captured(mapping.rest.as_ref()) }
            }
            AstPattern::MatchClass(class) => {
                let named = class
                    .arguments
                    .keywords
                    .iter()
                    .map(|keyword| Ok((self.name(keyword.attr.as_str()), self.pattern(&keyword.pattern)?)))
                    .collect::<Result<_>>()?;
                let positional = self.patterns(&class.arguments.patterns)?;
                Pattern::Class { class: self.expr(&class.cls)?, positional, named }
            }
            AstPattern::MatchStar(star) => {
                return Err(self.refuse(star, "can't use starred name here"));
            }
            AstPattern::MatchAs(named) => {
                let inner = named.pattern.as_deref().map(|inner| self.pattern(inner)).transpose()?;
                Pattern::As(inner.map(Box::new), self.captured(named.name.as_ref()))
            }
            AstPattern::MatchOr(either) => Pattern::Or(self.patterns(&either.patterns)?),
        })
    }

    fn sequence_pattern(&mut self, patterns: &[AstPattern]) -> Result<Pattern> {
        let mut starred = patterns.iter().enumerate().filter(|(_, pattern)| pattern.is_match_star());
        let Some((at, star)) = starred.next() else {
            return Ok(Pattern::Sequence { before: self.patterns(patterns)?, rest: None, after: Vec::new() });
        };
        if let Some((_, second)) = starred.next() {
            return Err(self.refuse(second, "multiple starred expressions in sequence pattern"));
        }
        let name = star.as_match_star().and_then(|star| star.name.as_ref());
        let (before, after) = patterns.split_at(at);
        Ok(Pattern::Sequence {
            before: self.patterns(before)?,
            rest: Some(self.captured(name)),
            after: self.patterns(after.get(1..).unwrap_or_default())?,
        })
    }

    fn patterns(&mut self, patterns: &[AstPattern]) -> Result<Vec<Pattern>> {
        patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn captured(&self, name: Option<&ast::Identifier>) -> Option<Place> {
        name.map(|name| self.place(&self.name(name.as_str())))
    }
}
