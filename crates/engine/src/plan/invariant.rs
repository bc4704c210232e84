//! Which nodes have one value for all steps, because `@` fixes every time that they read.
//!
//! As `preprocessExprHelper` in prometheus promql/engine.go, which evaluates such an expression at
//! the first step only. The values would be the same without that; this is for the few places
//! where it shows.

use super::{
    Plan,
    node::{NodeId, Op, RangeInput},
};

impl Plan {
    /// Whether a node is evaluated only at the first step of its frame.
    pub(crate) fn is_invariant(&self, id: NodeId) -> bool {
        let node = self.node(id);
        let all = |inputs: &[NodeId]| inputs.iter().all(|id| self.is_invariant(*id));
        match &node.op {
            Op::Time | Op::EvalTime(_) => false,
            // Known before the evaluation begins.
            Op::QueryBound(_) => true,
            Op::Select { time, .. } | Op::SampleTime { time, .. } | Op::Smoothed { time, .. } => {
                time.at.is_some()
            }
            Op::Math { function, .. } => !function.row().at_unsafe && all(&node.inputs),
            Op::Window { function, input, params } => {
                !function.row().at_unsafe && is_fixed(input) && all(params)
            }
            Op::AbsentOverTime { input, .. } | Op::Raw(input) => is_fixed(input),
            // Prometheus does not look at the parameter.
            Op::Aggregate { arg, .. } => self.is_invariant(*arg),
            _ => all(&node.inputs),
        }
    }
}

/// What a subquery has inside does not matter: its own `@` decides.
fn is_fixed(input: &RangeInput) -> bool {
    input.time.at.is_some()
}
