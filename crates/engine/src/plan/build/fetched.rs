//! What the source evaluates, instead of nodes that do.

use promql::Expr;

use super::{PlanBuilder, QUERY};
use crate::plan::{
    Fragment,
    node::{FrameId, NodeId, Op},
    time::TimeShift,
};

impl PlanBuilder {
    /// What the source evaluates of an expression that is not evaluated here.
    pub(super) fn fetched(&mut self, expr: &Expr, frame: FrameId) -> Option<NodeId> {
        let expr = if frame == QUERY { self.cutter.cut(expr, self.place)? } else { return None };
        Some(self.answer(expr))
    }

    /// The source's answer to an expression.
    fn answer(&mut self, expr: Expr) -> NodeId {
        let fragment = self.intern_fragment(|id| Fragment::of_expr(id, expr));
        let time = TimeShift { query_range: self.query_span().range, ..TimeShift::NONE };
        self.intern(QUERY, Op::Select { fragment, time, stats: false })
    }

    /// What is absent or not: where that is all there is to know, the source need not tell more.
    pub(super) fn presence(&mut self, arg: &Expr, frame: FrameId) -> Option<NodeId> {
        let expr = if frame == QUERY { self.cutter.cut_presence(arg)? } else { return None };
        Some(self.answer(expr))
    }
}
