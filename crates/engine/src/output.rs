//! What an evaluation gave: rows with their label sets and values, and what was worth saying.

use std::borrow::Cow;

use diagnostics::Span;
use model::{Labels, SampleValue};

use crate::{
    engine::{Engine, NodeState},
    notice::{Absorbed, Notice, RawNotice},
    plan::{
        Plan, RootId, Steps,
        node::{NodeId, Op},
    },
    row::present,
};

/// The value of an expression, until the next evaluation.
#[derive(Clone, Copy)]
pub struct Output<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) root: RootId,
    pub(crate) query: Steps,
}

/// Whether a value is a number or a set of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// One row without labels.
    Scalar,
    /// One row per series.
    Vector,
    /// A string or a range vector, which no rule can use.
    Other,
}

impl<'a> Output<'a> {
    /// What the value is.
    pub fn kind(&self) -> OutputKind {
        match self.op() {
            Op::Text(_) | Op::Raw(_) => OutputKind::Other,
            op if op.is_scalar() => OutputKind::Scalar,
            _ => OutputKind::Vector,
        }
    }

    /// How many rows there are, present or not.
    pub fn n_rows(&self) -> usize {
        self.state().rows.len()
    }

    /// A row's label set; names that go at the end of the evaluation are still there.
    pub fn labels(&self, row: usize) -> &'a Labels {
        &self.state().rows[row].labels
    }

    /// A row's label set as a result shows it: without the metric name where the name goes at the
    /// end of the evaluation.
    pub fn result_labels(&self, row: usize) -> Cow<'a, Labels> {
        self.state().rows[row].result_labels(self.engine.plan.options.delayed_name_removal)
    }

    /// A row's value at a step, of either kind.
    pub fn sample(&self, row: usize, step: usize) -> Option<SampleValue> {
        let block = self.state().whole();
        let histogram = block.histogram(row, step).cloned();
        histogram.map(Into::into).or_else(|| self.value(row, step).map(Into::into))
    }

    /// A row's number at a step; none where it has a histogram.
    pub fn value(&self, row: usize, step: usize) -> Option<f64> {
        let block = self.state().whole();
        let is_float = |cell: &f64| present(*cell) && block.histogram(row, step).is_none();
        Some(block.cell(row, step)).filter(is_float)
    }

    /// The row of a label set.
    pub fn find(&self, labels: &Labels) -> Option<usize> {
        self.state().rows.iter().position(|row| row.labels == *labels)
    }

    /// Changes only when the rows' label sets did.
    pub fn rows_version(&self) -> u64 {
        self.state().version
    }

    /// The rows in the order of an instant result.
    pub fn rows_in_order(&self) -> impl Iterator<Item = usize> + 'a {
        let state = self.state();
        let n = if state.order.is_some() { 0 } else { state.rows.len() };
        state.order.iter().flatten().map(|row| *row as usize).chain(0..n)
    }

    /// What was worth saying, each text once, in the order of evaluation. Where a text was noted at
    /// several places, the last one counts, as in Prometheus.
    pub fn notices(&self) -> Vec<Notice> {
        let root = self.engine.plan.root(self.root);
        let mut told: Vec<(RawNotice, Span)> = Vec::new();
        for place in root.places() {
            for notice in &self.state_of(place.node()).notices {
                let span = place.span(notice.cite);
                let met = told.iter_mut().find_map(|(known, at)| match known.absorb(notice) {
                    Absorbed::No => None,
                    absorbed => Some((absorbed, at)),
                });
                match met {
                    Some((Absorbed::Whole, at)) => *at = span,
                    Some(_) => {}
                    None => told.push((notice.clone(), span)),
                }
            }
        }
        let worded = |(notice, span): (RawNotice, Span)| Notice {
            level: notice.kind.level(),
            message: notice.kind.to_string(),
            span,
        };
        told.into_iter().map(worded).collect()
    }

    pub(crate) fn op(&self) -> &'a Op {
        &self.engine.plan.node(self.engine.plan.root(self.root).node).op
    }

    pub(crate) fn state(&self) -> &'a NodeState {
        &self.engine.states[self.engine.plan.root(self.root).node.0 as usize]
    }

    pub(crate) fn state_of(&self, node: NodeId) -> &'a NodeState {
        &self.engine.states[node.0 as usize]
    }

    pub(crate) fn plan(&self) -> &'a Plan {
        &self.engine.plan
    }

    pub(crate) fn query(&self) -> Steps {
        self.query
    }

    pub(crate) fn root(&self) -> RootId {
        self.root
    }
}
