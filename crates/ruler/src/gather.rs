//! What the engine needs becomes questions, and answers become tables, one per fragment.
//!
//! Windows and grids are topped up: only what is not yet held is asked for, together with a recent
//! stretch that is asked for again, because samples arrive late. Fragments that one answer can serve
//! are asked for together (`together`, then `merging`), unless the source refused that. It knows
//! nothing of rules: the command `query` gathers with it too. Start at [`gather`], or at
//! [`Tables::requests`], whose answers [`crate::fetch::perform`] waits for.

mod merging;
mod together;

use std::{collections::BTreeMap, sync::Arc};

use engine::{FragmentId, FragmentKind, Need, NeedTimes, Plan, Steps};
use model::{Labels, SampleValue, SeriesColumns};
use source::Answer;
use store::{Samples, Table};

use crate::{
    costs::{Cost, Costs},
    coverage::Coverage,
    fetch::{self, Ask, FetchError, Fetched, Limits, Request, Source},
    status::Notices,
};
use merging::Merging;
use together::Together;

/// Stretches that nobody needs are cut out of the middle of a table where they are longer.
const LONG_GAP_MS: i64 = 600_000;
/// Prometheus refuses range queries with more points a series.
const MAX_POINTS: usize = 11_000;

/// The data of a plan's fragments, as far as it was fetched and is still needed.
#[derive(Debug, Default)]
pub struct Tables {
    data: Vec<Table>,
    held: Vec<Held>,
    together: Together,
    merging: Merging,
    costs: Costs,
}

/// What is known about one table.
#[derive(Debug, Default)]
struct Held {
    query: Arc<str>,
    /// Whether the source evaluates an expression.
    is_expression: bool,
    /// Raw samples that will not change any more.
    settled: Coverage,
    /// The same for values on a grid, by its step and phase.
    grids: BTreeMap<(i64, i64), Coverage>,
    /// What each user needed last.
    wanted: BTreeMap<usize, Coverage>,
}

/// The fragments whose data could not be had, and why.
pub type Failures = BTreeMap<FragmentId, FetchError>;

/// What came with answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The fragments whose data could not be had, and why.
    pub failures: Failures,
    /// What the source warned of.
    pub warnings: Vec<String>,
    /// What the source said about expressions that it evaluated, by their fragments.
    pub notices: BTreeMap<FragmentId, Notices>,
    /// How many series there were.
    pub n_series: u64,
}

/// Fetches what is needed; what fails is missing from the tables and is returned, as are the
/// source's warnings. What the source says about times after `settled_ms` may change, and is asked
/// for again next time.
pub async fn gather<S: Source>(
    source: &S,
    tables: &mut Tables,
    needs: &[Need],
    settled_ms: i64,
    limits: Limits,
) -> (Failures, Vec<String>) {
    let mut requests = tables.requests(needs);
    let mut told = Told::default();
    while !requests.is_empty() {
        let fetched = fetch::perform(source, requests, limits).await.into_iter();
        requests = fetched.flat_map(|one| tables.take(one, settled_ms, &mut told)).collect();
    }
    told.warnings.sort();
    told.warnings.dedup();
    (told.failures, told.warnings)
}

impl Tables {
    /// Empty tables for a plan's fragments.
    pub fn new(plan: &Plan) -> Self {
        let fragments = plan.fragments();
        let held = fragments.iter().map(|f| Held {
            query: (*f.query).into(),
            is_expression: f.kind == FragmentKind::Expression,
            ..Held::default()
        });
        Self {
            data: fragments.iter().map(|_| Table::new()).collect(),
            held: held.collect(),
            together: Together::new(plan),
            merging: Merging::new(plan),
            costs: Costs::default(),
        }
    }

    /// One table per fragment, in the order of their numbers.
    pub fn tables(&self) -> &[Table] {
        &self.data
    }

    /// What questions cost so far.
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// The questions whose answers give what is needed, each asked once, the dearest first.
    pub fn requests(&mut self, needs: &[Need]) -> Vec<Request> {
        let mut windows: BTreeMap<FragmentId, Coverage> = BTreeMap::new();
        let mut instants: BTreeMap<i64, Vec<FragmentId>> = BTreeMap::new();
        let mut asks = Vec::new();
        for need in needs {
            let held = &self.held[need.fragment.0 as usize];
            match need.times {
                NeedTimes::Range { lo, hi } => {
                    if let Some((lo, hi)) = held.settled.missing(lo, hi) {
                        windows.entry(need.fragment).or_default().add(lo, hi);
                    }
                }
                NeedTimes::Grid(steps) => {
                    for ask in held.missing_grid(steps) {
                        match ask {
                            Ask::Instant(t) => instants.entry(t).or_default().push(need.fragment),
                            _ => asks.push((need.fragment, ask)),
                        }
                    }
                }
            }
        }
        for (fragment, missing) in windows {
            asks.extend(missing.spans().map(|(lo, hi)| (fragment, Ask::Window { lo, hi })));
        }
        let mut requests = Vec::with_capacity(asks.len());
        for (t, fragments) in instants {
            let query = |f: usize| Arc::clone(&self.held[f].query);
            let asked = self.together.requests(t, &fragments, query);
            requests.extend(self.merging.requests(t, asked));
        }
        for (fragment, ask) in asks {
            let request = Request::alone(fragment, &self.held[fragment.0 as usize].query, ask);
            if !requests.contains(&request) {
                requests.push(request);
            }
        }
        let urgency = |r: &Request| self.costs.urgency(r);
        requests.sort_by(|a, b| urgency(b).total_cmp(&urgency(a)));
        requests
    }

    /// Takes what came of a question. What was answered is final up to `settled_ms`; for each
    /// fragment that was not, it is told why, unless there is something to ask instead.
    #[must_use = "some is to be asked instead"]
    pub fn take(&mut self, fetched: Fetched, settled_ms: i64, told: &mut Told) -> Vec<Request> {
        let Fetched { request, result, took } = fetched;
        match result {
            Ok(answer) => {
                let cost = Cost::measured(answer.data.len(), answer.bytes, took);
                self.costs.learn(&request, cost);
                told.n_series += answer.data.len() as u64;
                let Some(answers) = Merging::answers(&request, answer) else {
                    return self.merging.apart(&request);
                };
                for (request, answer) in answers {
                    told.warnings.extend(answer.warnings.iter().cloned());
                    self.note(&request, &answer, told);
                    self.absorb(&request, answer, settled_ms);
                }
                Vec::new()
            }
            Err(e) if e.is_refusal && request.parts.is_some() => self.merging.apart(&request),
            Err(e) => {
                let query = |f: usize| Arc::clone(&self.held[f].query);
                let instead = self.together.instead(&request, &e, query);
                if !instead.is_empty() {
                    return instead;
                }
                let failures = request.serves.iter().map(|fragment| (*fragment, e.clone()));
                told.failures.extend(failures);
                Vec::new()
            }
        }
    }

    /// Notes what the source said about the expressions that an answer serves.
    fn note(&self, request: &Request, answer: &Answer, told: &mut Told) {
        if answer.warnings.is_empty() && answer.infos.is_empty() {
            return;
        }
        let notices = Notices { warnings: answer.warnings.clone(), infos: answer.infos.clone() };
        let expressions = request.serves.iter().filter(|f| self.held[f.0 as usize].is_expression);
        told.notices.extend(expressions.map(|fragment| (*fragment, notices.clone())));
    }

    fn absorb(&mut self, request: &Request, answer: Answer, settled_ms: i64) {
        let i = request.serves[0].0 as usize;
        match request.ask {
            Ask::Instant(t) => {
                let mut data = answer.data;
                data.timestamps.iter_mut().for_each(|ts| *ts = t);
                for (fragment, rows) in self.together.rows(request, data) {
                    self.data[fragment.0 as usize].replace(t - 1, t, &rows);
                }
            }
            Ask::Window { lo, hi } => {
                self.data[i].replace(lo, hi, &clip(answer.data, |t| lo < t && t <= hi));
                self.held[i].settled.add(lo, hi.min(settled_ms));
            }
            Ask::Grid(steps) => {
                let on_grid = |t: i64| is_on_grid(steps, t);
                let answered = clip(answer.data, on_grid);
                let (lo, hi) = (steps.start - 1, steps.end());
                let merged = with_others(&self.data[i], lo, hi, answered, on_grid);
                self.data[i].replace(lo, hi, &merged);
                let settled_to = hi.min(settled_ms);
                self.held[i].grids.entry(grid_key(steps)).or_default().add(lo, settled_to);
            }
        }
    }

    /// Notes what a user needs from now on: what it needed before, and nobody needs any more, is
    /// dropped by the next [`Tables::prune`].
    pub fn want(&mut self, user: usize, needs: &[Need]) {
        for need in needs {
            self.held[need.fragment.0 as usize].wanted.insert(user, Coverage::default());
        }
        for need in needs {
            let wanted = self.held[need.fragment.0 as usize].wanted.entry(user).or_default();
            match need.times {
                NeedTimes::Range { lo, hi } => wanted.add(lo, hi),
                NeedTimes::Grid(steps) => wanted.add(steps.start - 1, steps.end()),
            }
        }
    }

    /// Drops what no user needs from the tables that these needs touch.
    pub fn prune(&mut self, needs: &[Need]) {
        let mut touched: Vec<usize> = needs.iter().map(|n| n.fragment.0 as usize).collect();
        touched.sort_unstable();
        touched.dedup();
        for i in touched {
            let mut keep = Coverage::default();
            for (lo, hi) in self.held[i].wanted.values().flat_map(Coverage::spans) {
                keep.add(lo, hi);
            }
            for (lo, hi) in keep.gaps(LONG_GAP_MS) {
                self.forget(i, lo, hi);
                self.data[i].replace(lo, hi, &SeriesColumns::default());
            }
            if let Some(start) = keep.start() {
                self.forget(i, i64::MIN, start);
                self.data[i].truncate(start + 1);
            }
        }
    }

    fn forget(&mut self, i: usize, lo: i64, hi: i64) {
        self.held[i].settled.remove(lo, hi);
        self.held[i].grids.values_mut().for_each(|grid| grid.remove(lo, hi));
    }
}

impl Held {
    /// What to ask for to have the values at these steps. A single time is asked for each time:
    /// it is hardly ever the same twice.
    fn missing_grid(&self, steps: Steps) -> impl Iterator<Item = Ask> {
        let (first, last) = match (steps.count, self.grids.get(&grid_key(steps))) {
            (0, _) => (1, 0),
            (1, _) | (_, None) => (steps.start, steps.end()),
            (_, Some(settled)) => match settled.missing(steps.start - 1, steps.end()) {
                Some((lo, hi)) => {
                    let above = |t: i64| steps.start + ceil_to(t - steps.start, steps.step);
                    (above(lo + 1), hi)
                }
                None => (1, 0),
            },
        };
        let all = Steps::range(first, last, steps.step.max(1));
        (0..all.count).step_by(MAX_POINTS).map(move |i| {
            let count = MAX_POINTS.min(all.count - i);
            match count {
                1 => Ask::Instant(all.at(i)),
                _ => Ask::Grid(Steps { start: all.at(i), step: all.step, count }),
            }
        })
    }
}

/// The samples at the times that are accepted.
fn clip(columns: SeriesColumns, accept: impl Fn(i64) -> bool) -> SeriesColumns {
    let histograms = columns.histograms.values().flatten().map(|(t, _)| t);
    if columns.timestamps.iter().chain(histograms).all(|t| accept(*t)) {
        return columns;
    }
    let mut kept = SeriesColumns::default();
    for (i, (labels, ts, values)) in columns.iter().enumerate() {
        for (t, value) in ts.iter().zip(values).filter(|(t, _)| accept(**t)) {
            kept.timestamps.push(*t);
            kept.values.push(*value);
        }
        let histograms = columns.histograms_of(i).iter().filter(|(t, _)| accept(*t));
        kept.push_histograms(histograms.cloned().collect());
        kept.end_series(labels.clone());
    }
    kept
}

/// An answer on a grid together with the samples that the table holds between its times.
fn with_others(
    table: &Table,
    lo: i64,
    hi: i64,
    answered: SeriesColumns,
    on_grid: impl Fn(i64) -> bool,
) -> SeriesColumns {
    let mut others: BTreeMap<Labels, Vec<(i64, SampleValue)>> = BTreeMap::new();
    for (id, labels) in table.series() {
        let Samples { floats, histograms } = table.samples(id, lo, hi);
        let floats = points(floats.ts, floats.values);
        let histograms = histograms.ts.iter().copied().zip(histograms.values);
        let all = floats.chain(histograms.map(|(t, h)| (t, h.clone().into())));
        let off_grid: Vec<_> = all.filter(|(t, _)| !on_grid(*t)).collect();
        if !off_grid.is_empty() {
            others.insert(labels.clone(), off_grid);
        }
    }
    if others.is_empty() {
        return answered;
    }
    for (i, (labels, ts, values)) in answered.iter().enumerate() {
        let histograms = answered.histograms_of(i).iter().map(|(t, h)| (*t, h.clone().into()));
        let samples = others.entry(labels.clone()).or_default();
        samples.extend(points(ts, values).chain(histograms));
    }
    let mut merged = SeriesColumns::default();
    for (labels, mut samples) in others {
        samples.sort_by_key(|(t, _)| *t);
        let mut histograms = Vec::new();
        for (t, value) in samples {
            match value {
                SampleValue::Float(value) => {
                    merged.timestamps.push(t);
                    merged.values.push(value);
                }
                SampleValue::Histogram(value) => histograms.push((t, value)),
            }
        }
        merged.push_histograms(histograms);
        merged.end_series(labels);
    }
    merged
}

fn points<'a>(ts: &'a [i64], values: &'a [f64]) -> impl Iterator<Item = (i64, SampleValue)> + 'a {
    ts.iter().copied().zip(values.iter().map(|value| (*value).into()))
}

fn grid_key(steps: Steps) -> (i64, i64) {
    let step = steps.step.max(1);
    (step, steps.start.rem_euclid(step))
}

fn is_on_grid(steps: Steps, t: i64) -> bool {
    steps.start <= t && t <= steps.end() && (t - steps.start) % steps.step.max(1) == 0
}

fn ceil_to(distance: i64, step: i64) -> i64 {
    -(-distance).div_euclid(step.max(1)) * step.max(1)
}
