//! Expressions that have one value for all steps, because `@` fixes every time that they read.
//!
//! As Prometheus, we evaluate them at the first step only. It shows where something depends on the
//! step all the same: in the parameter of an aggregation, in notices that count or tell times.
//! As `preprocessExprHelper` in prometheus promql/engine.go.

use promql::{Expr, ExprKind, FunctionId, ValueType, ast::Call, operators::UnaryOp, visit::walk};

use super::{Built, PlanBuilder};
use crate::{
    notice::Cite,
    plan::node::{Frame, FrameId, Op},
};

impl PlanBuilder {
    /// A scalar or an instant vector at the steps of a frame.
    pub(super) fn expr(&mut self, expr: &Expr, frame: FrameId) -> Built {
        if self.in_param
            || !self.may_repeat(expr, frame)
            || Dependence::of(expr) != Dependence::Once
        {
            return self.expr_at_each_step(expr, frame);
        }
        let once = self.frame(Frame::Once { parent: frame });
        let arg = self.expr_at_each_step(expr, once)?;
        let scalar = expr.value_type() == ValueType::Scalar;
        let node = self.intern(frame, Op::Repeat { arg, scalar });
        self.cite(node, Cite::Whole, expr.span);
        Ok(node)
    }

    /// Whether it would show that a value is repeated.
    fn may_repeat(&self, expr: &Expr, frame: FrameId) -> bool {
        match self.plan.frames[frame.0 as usize] {
            Frame::Query => self.plan.options.query_range > 0 || may_be_two(expr),
            Frame::Once { .. } => false,
            Frame::Subquery { .. } => true,
        }
    }
}

/// Whether a row may have a float and a histogram at one time, which cannot be repeated.
fn may_be_two(expr: &Expr) -> bool {
    let mut found = false;
    walk(expr, &mut |expr| {
        found |= match &expr.kind {
            ExprKind::Unary(op, _) => *op == UnaryOp::Minus,
            ExprKind::Call(call) => {
                matches!(call.function, FunctionId::LabelReplace | FunctionId::LabelJoin)
            }
            _ => false,
        };
    });
    found
}

/// How the value of an expression depends on the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dependence {
    /// It may be another one at each step.
    Step,
    /// It is the same at all steps, and worth to be computed once.
    Once,
    /// It is the same at all steps, but nothing is computed.
    Nothing,
}

impl Dependence {
    fn of(expr: &Expr) -> Self {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::String(_) => Self::Nothing,
            ExprKind::Selector(selector) if selector.time.at.is_some() => Self::Once,
            ExprKind::Matrix(matrix) if matrix.selector.time.at.is_some() => Self::Nothing,
            // What a subquery has inside does not matter: its own `@` decides.
            ExprKind::Subquery(subquery) if subquery.time.at.is_some() => Self::Nothing,
            ExprKind::Selector(_) | ExprKind::Matrix(_) | ExprKind::Subquery(_) => Self::Step,
            ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => Self::of(inner),
            // Prometheus does not look at the parameter.
            ExprKind::Aggregate(aggregate) => Self::of(&aggregate.expr),
            ExprKind::Binary(binary) => Self::all([&binary.lhs, &binary.rhs].into_iter()),
            ExprKind::Call(call) => Self::of_call(call),
        }
    }

    fn of_call(call: &Call) -> Self {
        use FunctionId as F;
        match call.function {
            // Known before the evaluation begins.
            F::Start | F::End | F::Step | F::Range => Self::Nothing,
            // The time of a sample does not depend on the step, that of a computed value does.
            F::Timestamp if matches!(call.args[0].unparen().kind, ExprKind::Selector(_)) => {
                Self::of(&call.args[0])
            }
            F::Timestamp => Self::Step,
            function if function.row().at_unsafe => Self::Step,
            _ => Self::all(call.args.iter()),
        }
    }

    /// Of something computed from these.
    fn all<'e>(mut inputs: impl Iterator<Item = &'e Expr>) -> Self {
        if inputs.all(|input| Self::of(input) != Self::Step) { Self::Once } else { Self::Step }
    }
}
