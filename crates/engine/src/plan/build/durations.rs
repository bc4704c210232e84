//! Durations that can't be evaluated, before anything else is planned.
//!
//! Prometheus evaluates all durations of a query first, in an order of its own: the error of an
//! expression with several mistakes depends on it. As `durationVisitor` in prometheus
//! promql/durations.go.

use promql::{Expr, ExprKind, ast::TimeModifiers, visit};

use super::{Built, PlanBuilder};
use crate::plan::time::duration;

impl PlanBuilder {
    /// The error of the first duration that has one.
    pub(in crate::plan) fn check_durations(&self, expr: &Expr) -> Built<()> {
        let (query, mut checked) = (self.query_span(), Ok(()));
        let offset = |time: &TimeModifiers| {
            time.offset.as_ref().map_or(Ok(()), |offset| duration(offset, query, false).map(drop))
        };
        visit::walk(expr, &mut |expr| {
            if checked.is_err() {
                return;
            }
            checked = match &expr.kind {
                ExprKind::Selector(selector) => offset(&selector.time),
                ExprKind::Matrix(matrix) => {
                    duration(&matrix.range, query, true).and_then(|_| offset(&matrix.selector.time))
                }
                ExprKind::Subquery(subquery) => offset(&subquery.time)
                    .and_then(|()| {
                        subquery.step.as_ref().map_or(Ok(0), |step| duration(step, query, true))
                    })
                    .and_then(|_| duration(&subquery.range, query, true).map(drop)),
                _ => Ok(()),
            };
        });
        checked
    }
}
