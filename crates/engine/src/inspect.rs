//! What the parts of an expression returned, for those who ask why it returned what it did.
//!
//! Only places that the expression wrote are told of; nothing is evaluated here.

use diagnostics::Span;
use model::{Labels, SampleValue};
use promql::BinaryOp;

use crate::{
    output::Output,
    plan::node::{NodeId, Op},
    row::present,
};

/// What a part of an expression returned.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it is written.
    pub span: Span,
    /// What it returned.
    pub value: PartValue,
}

/// What a part returned.
#[derive(Clone, Debug)]
pub enum PartValue {
    /// A number.
    Scalar(f64),
    /// Series with their values.
    Vector(Vec<(Labels, SampleValue)>),
    /// The inside of a subquery.
    Steps {
        /// How many steps it was evaluated at.
        steps: usize,
        /// How many series there were.
        series: usize,
        /// How many values they have together.
        values: usize,
    },
}

/// What became of the sides of an `or` or `unless`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Where the whole operation is written.
    pub span: Span,
    /// Which of the two it is.
    pub op: BinaryOp,
    /// How many values the left side had.
    pub lhs: usize,
    /// How many values the right side had.
    pub rhs: usize,
    /// How many values the result had.
    pub result: usize,
}

impl Branch {
    /// Whether the left side had any part in the result.
    pub fn uses_left(&self) -> bool {
        self.lhs > 0
    }

    /// Whether the right side added something to the result, or took something away.
    pub fn uses_right(&self) -> bool {
        if self.op == BinaryOp::Or { self.result > self.lhs } else { self.result < self.lhs }
    }
}

impl Output<'_> {
    /// What the parts of the expression returned, each written part once, inner parts first.
    pub fn parts(&self) -> Vec<Part> {
        let places = self.plan().root(self.root()).places();
        places.map(|place| Part { span: place.whole(), value: self.part(place.node()) }).collect()
    }

    /// The plan as a tree, with what each node returned.
    pub fn explain(&self) -> String {
        let plan = self.plan();
        plan.explain_with(self.root(), |id| {
            let (node, state) = (plan.node(id), self.state_of(id));
            if matches!(node.op, Op::Text(_) | Op::Raw(_)) {
                return String::new();
            }
            let steps = plan.steps(node.frame, self.query()).count;
            if node.op.is_scalar() && steps == 1 {
                return format!("  → {}", model::number::format_f(state.block.cell(0, 0)));
            }
            let values = state.block.n_present();
            match steps {
                1 => format!("  → {values} of {} series", state.rows.len()),
                _ => format!("  → {values} values of {} series at {steps} steps", state.rows.len()),
            }
        })
    }

    /// What became of each `or` and `unless` of the expression.
    pub fn branches(&self) -> Vec<Branch> {
        let plan = self.plan();
        let places = plan.root(self.root()).places();
        let branch = |node: NodeId, span| {
            let Op::Set { op, lhs, rhs, .. } = plan.node(node).op else { return None };
            let values = |node: NodeId| self.state_of(node).block.n_present();
            let (lhs, rhs, result) = (values(lhs), values(rhs), values(node));
            (op != BinaryOp::And).then_some(Branch { span, op, lhs, rhs, result })
        };
        places.filter_map(|place| branch(place.node(), place.whole())).collect()
    }

    fn part(&self, id: NodeId) -> PartValue {
        let (node, state) = (self.plan().node(id), self.state_of(id));
        let steps = self.plan().steps(node.frame, self.query()).count;
        if node.op.is_scalar() && steps == 1 {
            return PartValue::Scalar(state.block.cell(0, 0));
        }
        let (block, series) = (state.whole(), state.rows.len());
        if steps != 1 {
            return PartValue::Steps { steps, series, values: block.n_present() };
        }
        let value = |row: usize| -> Option<SampleValue> {
            let histogram = block.histogram(row, 0).cloned().map(Into::into);
            histogram.or_else(|| {
                let cell = block.cell(row, 0);
                present(cell).then(|| cell.into())
            })
        };
        let at_the_end = self.plan().options.delayed_name_removal || state.hides_names();
        let rows = state.rows.iter().enumerate();
        let values = rows
            .filter_map(|(i, row)| Some((row.result_labels(at_the_end).into_owned(), value(i)?)));
        PartValue::Vector(values.collect())
    }
}
