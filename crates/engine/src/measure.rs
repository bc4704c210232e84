//! What evaluating each node costs, for those who want to know.

use crate::{
    EvalError,
    engine::{Data, Engine},
    plan::{RootId, Steps},
};

/// What came of evaluating a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The node's number.
    pub node: u32,
    /// How many rows it has.
    pub rows: usize,
    /// How many of its cells have a value.
    pub values: usize,
    /// How long it took, binding included, as the clock counts; 0 where it was computed already.
    pub took: u64,
}

impl Engine {
    /// Evaluates an expression as [`Engine::eval`] does, and tells of each node that it needs.
    /// `clock` may count from anywhere.
    pub fn eval_measured(
        &mut self,
        root: RootId,
        query: Steps,
        data: &Data<'_>,
        clock: &dyn Fn() -> u64,
    ) -> Result<Vec<Measured>, EvalError> {
        let order = self.plan().root(root).order.clone();
        let mut all = Vec::with_capacity(order.len());
        for id in order {
            let started = clock();
            let is_new = self.node(id, query, data).map_err(|e| self.error(root, id, e))?;
            let took = if is_new { clock().saturating_sub(started) } else { 0 };
            let state = self.state_of(id);
            let (rows, values) = (state.rows.len(), state.block.n_present());
            all.push(Measured { node: id.0, rows, values, took });
        }
        Ok(all)
    }
}
