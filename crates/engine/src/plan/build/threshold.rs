//! The comparison with a number that decides about a result, where that is what stands on top.

use promql::{BinaryOp, Expr, ExprKind, ValueType};

use super::PlanBuilder;
use crate::plan::{
    ThresholdSpec,
    node::{NodeId, Op},
};

/// Whether a series is in the result as long as it passes a threshold: a comparison of a vector
/// with a scalar, perhaps under `and` or `unless`.
pub fn has_threshold(expr: &Expr) -> bool {
    let ExprKind::Binary(binary) = &expr.unparen().kind else { return false };
    match binary.op {
        BinaryOp::And | BinaryOp::Unless => has_threshold(&binary.lhs),
        op => {
            let is_vector = binary.lhs.value_type() == ValueType::InstantVector;
            let with_scalar = binary.rhs.value_type() == ValueType::Scalar;
            op.is_comparison() && !binary.bool_modifier && is_vector && with_scalar
        }
    }
}

impl PlanBuilder {
    /// The comparison with a number that decides about the result, if that is what stands on top.
    pub(in crate::plan) fn threshold_of(&self, expr: &Expr, node: NodeId) -> Option<ThresholdSpec> {
        let ExprKind::Binary(binary) = &expr.unparen().kind else { return None };
        match (&self.plan.node(node).op, binary.op) {
            (Op::VectorScalar { scalar_left: false, bool: false, .. }, op)
                if op.is_comparison() =>
            {
                Some(ThresholdSpec { node, op, lhs_expr: binary.lhs.to_string() })
            }
            (Op::Set { lhs, .. }, BinaryOp::And | BinaryOp::Unless) => {
                self.threshold_of(&binary.lhs, *lhs)
            }
            _ => None,
        }
    }
}
