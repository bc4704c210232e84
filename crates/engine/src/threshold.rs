//! The comparison on top of an expression: what is compared, and with what.

use promql::BinaryOp;

use crate::{
    bind::Bound,
    output::Output,
    plan::node::{NodeId, Op},
    row::present,
};

/// Both sides of the comparison that decides about a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The comparison.
    pub op: BinaryOp,
    /// What is compared, as PromQL.
    pub lhs_expr: String,
    /// Its value now; none where the series has no value.
    pub lhs: Option<f64>,
    /// What it is compared with.
    pub rhs: Option<f64>,
}

impl Output<'_> {
    /// The top comparison of the expression at the first step, whatever series there are.
    pub fn comparison(&self) -> Option<Threshold> {
        let spec = self.plan().root(self.root()).threshold.as_ref()?;
        let (_, scalar) = self.compared(spec.node)?;
        let rhs = self.cell(scalar, 0);
        Some(Threshold { op: spec.op, lhs_expr: spec.lhs_expr.clone(), lhs: None, rhs })
    }

    /// The same for a row of the result, with its value.
    pub fn threshold(&self, row: usize) -> Option<Threshold> {
        let spec = self.plan().root(self.root()).threshold.as_ref()?;
        if let (Op::DropNames(_), Bound::Map(map)) = (self.op(), &self.state().bound)
            && !map.identity
        {
            return None;
        }
        let (vector, _) = self.compared(spec.node)?;
        Some(Threshold { lhs: self.cell(vector, row), ..self.comparison()? })
    }

    /// The sides of a comparison of a vector with a scalar.
    fn compared(&self, node: NodeId) -> Option<(NodeId, NodeId)> {
        match self.plan().node(node).op {
            Op::VectorScalar { vector, scalar, .. } => Some((vector, scalar)),
            _ => None,
        }
    }

    /// A node's value in a row, at the first step.
    fn cell(&self, node: NodeId, row: usize) -> Option<f64> {
        let state = self.state_of(node);
        (row < state.rows.len()).then(|| state.block.cell(row, 0)).filter(|c| present(*c))
    }
}
