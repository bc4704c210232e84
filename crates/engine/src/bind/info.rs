//! `info`: which info series describe which series, and what the result of both is called.
//!
//! What series are found by is known here; which of several info series of the same identity is
//! the newest, each step tells. So the labels of results are made when a combination occurs for the
//! first time, and kept.

use std::collections::{BTreeSet, HashMap};

use model::{Labels, LabelsBuilder, METRIC_NAME, Matcher};

use super::{Binding, Bound, rows::number};
use crate::{
    engine::NodeState,
    row::{METADATA, Row},
};

/// The labels that tell which target a series comes from.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// No result: a matcher asks for what no info series tells.
pub(crate) const DROPPED: u32 = u32::MAX;

/// Rows and what describes them.
#[derive(Debug, Default)]
pub(crate) struct Info {
    pub(crate) base: Vec<BaseRow>,
    pub(crate) infos: Vec<InfoRow>,
    /// How many identities info series have, their names included.
    pub(crate) n_identities: usize,
    /// How many values each identifying label has; 0 stands for none.
    pub(crate) n_values: [usize; 2],
    /// Whether series that nothing describes are left out.
    required: bool,
    /// What results are called, in the order in which they occurred.
    results: Vec<Row>,
    /// For each result, its row.
    pub(crate) rows: Vec<u32>,
    pub(crate) scratch: InfoScratch,
}

/// A series to be described.
#[derive(Debug)]
pub(crate) struct BaseRow {
    /// An info series itself, which stays as it is.
    pub(crate) is_info: bool,
    /// The values of its identifying labels.
    pub(crate) values: [u32; 2],
    /// The identities of info series that describe it, in the order of their names.
    pub(crate) identities: Vec<u32>,
    /// For each choice of info series that occurred, the result.
    known: Vec<(Box<[u32]>, u32)>,
}

/// An info series.
#[derive(Debug)]
pub(crate) struct InfoRow {
    pub(crate) values: [u32; 2],
    pub(crate) identity: u32,
    /// The row that has its sample times.
    pub(crate) time: Option<u32>,
    /// What it tells.
    labels: Labels,
}

/// Reused between evaluations.
#[derive(Debug, Default)]
pub(crate) struct InfoScratch {
    /// For each identifying label, which values occur.
    pub(crate) observed: [Vec<bool>; 2],
    /// Per identity, the newest info series with its time.
    pub(crate) newest: Vec<Option<(i64, u32)>>,
    pub(crate) chosen: Vec<u32>,
    /// By row of the base and step: the result.
    pub(crate) cells: Vec<u32>,
}

/// Finds out which info series describe which rows.
pub(super) fn bind(
    names: &[Matcher],
    data: &[Matcher],
    [base, values, times]: [&NodeState; 3],
) -> Binding {
    let mut numbers = Numbers::default();
    let rows = values.rows.iter().map(|row| &row.labels);
    let times = Times::new(times);
    let infos: Vec<InfoRow> = rows
        .map(|labels| InfoRow {
            values: numbers.values(labels),
            identity: numbers.identity(labels),
            time: times.of(labels),
            labels: told(labels, data),
        })
        .collect();
    let metrics: BTreeSet<&str> = values.rows.iter().map(|row| row.labels.metric_name()).collect();
    let base = base.rows.iter().map(|row| BaseRow {
        is_info: names.iter().all(|m| m.matches(row.labels.metric_name())),
        values: numbers.values(&row.labels),
        identities: metrics.iter().filter_map(|m| numbers.known_identity(m, &row.labels)).collect(),
        known: Vec::new(),
    });
    let info = Info {
        base: base.collect(),
        infos,
        n_identities: numbers.identities.len(),
        n_values: numbers.values.map(|values| values.len() + 1),
        required: data.iter().any(|m| !m.matches("")),
        ..Info::default()
    };
    Binding { rows: Vec::new(), bound: Bound::Info(Box::new(info)) }
}

impl Info {
    /// The result of a row of the base and the info series in `scratch.chosen`.
    pub(crate) fn result(&mut self, row: usize, base: &Row) -> Result<u32, String> {
        let chosen = &self.scratch.chosen[..];
        let known = self.base[row].known.iter().find(|(known, _)| **known == *chosen);
        if let Some((_, result)) = known {
            return Ok(*result);
        }
        let result = if chosen.is_empty() && self.required && !self.base[row].is_info {
            DROPPED
        } else {
            let labels = self.described(&base.labels)?;
            self.results.push(Row { labels, drop_name: base.drop_name });
            number(self.results.len() - 1)
        };
        let chosen = self.scratch.chosen.clone().into_boxed_slice();
        self.base[row].known.push((chosen, result));
        Ok(result)
    }

    /// Labels with those of the chosen info series, which must not contradict each other.
    fn described(&self, base: &Labels) -> Result<Labels, String> {
        let mut told = LabelsBuilder::default();
        for info in &self.scratch.chosen {
            for (name, value) in self.infos[*info as usize].labels.iter() {
                if told.get(name).is_some_and(|known| known != value) {
                    return Err(format!("conflicting label: {name}"));
                }
                if base.get(name).is_none() {
                    told.set(name, value);
                }
            }
        }
        let mut all = base.to_builder();
        for (name, value) in told.build().iter() {
            all.set(name, value);
        }
        Ok(all.build())
    }

    /// Rows for all results that occurred, if new ones did, in an order that does not depend on
    /// when they did.
    pub(crate) fn new_rows(&mut self) -> Option<Vec<Row>> {
        if self.rows.len() == self.results.len() {
            return None;
        }
        let mut order: Vec<usize> = (0..self.results.len()).collect();
        order.sort_by(|a, b| self.results[*a].labels.cmp(&self.results[*b].labels));
        let mut rows: Vec<Row> = Vec::with_capacity(order.len());
        self.rows.resize(order.len(), 0);
        for result in order {
            if rows.last().is_none_or(|last| last.labels != self.results[result].labels) {
                rows.push(self.results[result].clone());
            }
            self.rows[result] = number(rows.len() - 1);
        }
        Some(rows)
    }
}

/// Identities and label values as numbers.
#[derive(Default)]
struct Numbers {
    values: [HashMap<String, u32>; 2],
    identities: HashMap<(String, [u32; 2]), u32>,
}

impl Numbers {
    /// The values of identifying labels.
    fn values(&mut self, labels: &Labels) -> [u32; 2] {
        [0, 1].map(|i| match labels.value(IDENTIFYING[i]) {
            "" => 0,
            value => {
                let next = number(self.values[i].len() + 1);
                *self.values[i].entry(value.to_owned()).or_insert(next)
            }
        })
    }

    fn identity(&mut self, labels: &Labels) -> u32 {
        let key = (labels.metric_name().to_owned(), self.values(labels));
        let next = number(self.identities.len());
        *self.identities.entry(key).or_insert(next)
    }

    /// The identity of info series of a metric that describe a series, if there are any.
    fn known_identity(&mut self, metric: &str, labels: &Labels) -> Option<u32> {
        let values = self.values(labels);
        self.identities.get(&(metric.to_owned(), values)).copied()
    }
}

/// Rows of sample times by labels; a source that tells times may not tell names.
struct Times(HashMap<Labels, u32>);

impl Times {
    fn new(times: &NodeState) -> Self {
        let rows = times.rows.iter().enumerate();
        Self(rows.map(|(i, row)| (row.labels.clone(), number(i))).collect())
    }

    fn of(&self, labels: &Labels) -> Option<u32> {
        self.0.get(labels).or_else(|| self.0.get(&labels.without(&METADATA))).copied()
    }
}

/// The labels that an info series hands on: all, or those that are asked for.
fn told(labels: &Labels, data: &[Matcher]) -> Labels {
    let wanted = |name: &str| {
        name != METRIC_NAME && (data.is_empty() || data.iter().any(|m| *m.name == *name))
    };
    Labels::from_sorted(labels.iter().filter(|(name, _)| wanted(name)))
}
