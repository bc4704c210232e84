//! `absent` and `absent_over_time`: what is looked at, and how the result is called.

use diagnostics::Span;
use model::{Labels, LabelsBuilder, METRIC_NAME, MatchOp};
use promql::{Expr, ExprKind, FunctionId};

use super::{Built, check_extended, is_smoothed};
use crate::plan::{
    PlanBuilder,
    node::{FrameId, Op},
};

impl PlanBuilder {
    /// `absent` of a selector needs one sample, whichever it is, and of everything else a value.
    pub(super) fn absent(&mut self, arg: &Expr, frame: FrameId) -> Built {
        let labels = absent_labels(arg);
        let op = match (self.presence(arg, frame), &arg.unparen().kind) {
            (Some(arg), _) => Op::Absent { arg, labels },
            (None, ExprKind::Selector(selector))
                if !is_smoothed(selector) && !self.plan.options.shows_parts =>
            {
                let (fragment, time) = self.selected(selector)?;
                Op::NoneSelected { fragment, time, labels }
            }
            (None, _) => Op::Absent { arg: self.expr(arg, frame)?, labels },
        };
        Ok(self.intern(frame, op))
    }

    /// `absent_over_time`.
    pub(super) fn absent_over_time(&mut self, arg: &Expr, span: Span, frame: FrameId) -> Built {
        let labels = absent_labels(arg);
        if let Some(arg) = self.presence(arg, frame) {
            return Ok(self.intern(frame, Op::Absent { arg, labels }));
        }
        let input = self.range_input(arg, frame)?;
        check_extended(FunctionId::AbsentOverTime, &input, span)?;
        Ok(self.intern(frame, Op::AbsentOverTime { input, labels }))
    }
}

/// The labels of what is absent: the equality matchers of a direct selector, unless another
/// matcher speaks about the same label. As `createLabelsForAbsentFunction` in prometheus
/// promql/functions.go.
fn absent_labels(arg: &Expr) -> Labels {
    let matchers = match &arg.unparen().kind {
        ExprKind::Selector(selector) => &selector.matchers,
        ExprKind::Matrix(matrix) => &matrix.selector.matchers,
        _ => return Labels::empty(),
    };
    let (mut labels, mut seen) = (LabelsBuilder::default(), Vec::new());
    for matcher in matchers.iter().filter(|m| *m.name != *METRIC_NAME) {
        if matcher.op == MatchOp::Equal && !seen.contains(&&matcher.name) {
            labels.set(&matcher.name, &matcher.value);
            seen.push(&matcher.name);
        } else {
            labels.remove(&matcher.name);
        }
    }
    labels.build()
}
