//! The walk over the tree: every node at all its times.

use std::collections::BTreeMap;

use model::Labels;
use promql::{Expr, ExprKind, ast::Subquery, operators::UnaryOp};

use super::{
    Query, aggregation, binary, calls, durations,
    invariance::{fixed_time, invariance},
    notes::Notes,
    selectors,
    stats::Buckets,
    value::{
        Element, Number, SAME_LABELS, Series, elements_at, has_duplicates, merged, without_metadata,
    },
};

/// The times of a node: from the first on in steps, none later than the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) step: i64,
}

/// Evaluates expressions at some times of a query.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'q> {
    pub(super) query: &'q Query<'q>,
    pub(super) times: Times,
    /// Whether what is evaluated stands in the parameter of an aggregation.
    pub(super) in_param: bool,
    /// Whether what is evaluated stands in something that is evaluated once.
    pub(super) in_once: bool,
    /// Whether selectors read the buckets of histograms.
    pub(super) buckets: Buckets,
}

/// What an evaluation gives, or why there is no result at all.
pub(super) type Evaluated = Result<Vec<Series>, String>;

impl Times {
    pub(super) fn iter(self) -> impl Iterator<Item = i64> {
        (0..).map(move |i| self.start + i * self.step).take_while(move |t| *t <= self.end)
    }

    /// The last of the times.
    fn last(self) -> i64 {
        self.start + (self.end - self.start) / self.step * self.step
    }

    /// Whether it is one time, as an instant query's.
    pub(super) fn is_instant(self) -> bool {
        self.start == self.end
    }
}

impl<'q> Evaluator<'q> {
    /// An evaluator of the whole query.
    pub(super) fn whole(query: &'q Query<'q>) -> Self {
        let step = query.step.max(1);
        let times = Times { start: query.start, end: query.end, step };
        Self { query, times, in_param: false, in_once: false, buckets: Buckets::Read }
    }

    /// Evaluates the query's expression; names go where that was delayed.
    pub(super) fn top(&self, expr: &Expr, notes: &mut Notes) -> Evaluated {
        durations::check(self.query, expr)?;
        let mut series = self.eval(expr, notes)?;
        if !self.delayed() {
            return Ok(series);
        }
        for s in series.iter_mut().filter(|s| s.drop_name) {
            s.labels = without_metadata(&s.labels);
        }
        merged(series)
    }

    /// Evaluates a node: once, if all steps agree.
    pub(super) fn eval(&self, expr: &Expr, notes: &mut Notes) -> Evaluated {
        if self.times.end < self.times.start {
            return Ok(Vec::new());
        }
        if self.in_param || self.in_once || !invariance(expr).1 {
            return self.eval_node(expr, notes);
        }
        self.eval_once(expr, notes)
    }

    /// Evaluates a node at the first step and repeats the result.
    fn eval_once(&self, expr: &Expr, notes: &mut Notes) -> Evaluated {
        let mut series = self.first_step().eval_node(expr, notes)?;
        if matches!(expr.kind, ExprKind::Matrix(_) | ExprKind::Subquery(_)) {
            return Ok(series);
        }
        for s in &mut series {
            let [(_, value)] = &s.points[..] else {
                return Err("unexpected number of samples".to_owned());
            };
            let value = value.clone();
            s.points = self.times.iter().map(|t| (t, value.clone())).collect();
        }
        Ok(series)
    }

    fn first_step(&self) -> Self {
        let Times { start, step, .. } = self.times;
        Self { times: Times { start, end: start, step }, in_once: true, ..*self }
    }

    fn eval_node(&self, expr: &Expr, notes: &mut Notes) -> Evaluated {
        match &expr.kind {
            ExprKind::Number(literal) => Ok(self.constant(literal.value)),
            ExprKind::String(_) => Err("a string has no samples".to_owned()),
            ExprKind::Selector(selector) => selectors::instant(self, selector, expr.span, notes),
            ExprKind::Matrix(matrix) => selectors::matrix(self, matrix),
            ExprKind::Subquery(subquery) => self.subquery(subquery, notes),
            ExprKind::Call(call) => calls::call(self, call, expr, notes),
            ExprKind::Aggregate(aggregate) => {
                aggregation::aggregate(self, aggregate, expr.span, notes)
            }
            ExprKind::Binary(binary) => binary::binary(self, binary, expr.span, notes),
            ExprKind::Unary(UnaryOp::Plus, inner) | ExprKind::Paren(inner) => {
                self.eval_node(inner, notes)
            }
            ExprKind::Unary(UnaryOp::Minus, inner) => self.negated(inner, notes),
        }
    }

    fn negated(&self, inner: &Expr, notes: &mut Notes) -> Evaluated {
        let mut series = self.eval_node(inner, notes)?;
        for s in &mut series {
            s.labels = self.metadata_dropped(&s.labels);
            s.drop_name = true;
            for (_, value) in &mut s.points {
                match value {
                    Number::Float(v) => *v = -*v,
                    Number::Histogram(h) => h.negate(),
                }
            }
        }
        if self.delayed() { Ok(series) } else { merged(series) }
    }

    /// The samples of a subquery, at its own steps.
    pub(super) fn subquery(&self, subquery: &Subquery, notes: &mut Notes) -> Evaluated {
        let range = durations::positive(self.query, &subquery.range)?;
        // One that is cut to nothing counts as none.
        let step = match &subquery.step {
            Some(step) => durations::positive(self.query, step)?,
            None => 0,
        };
        let step = if step == 0 { self.query.options.subquery_step } else { step };
        let offset = durations::offset(self.query, &subquery.time)?;
        let at = fixed_time(self.query, &subquery.time, self.in_param);
        let first = self.reference_time(at, offset, self.times.start) - range;
        // Multiples of the step, the division cut towards zero.
        let mut start = first / step * step;
        if start <= first {
            start += step;
        }
        let end = self.reference_time(at, offset, self.times.last());
        let times = Times { start, end, step };
        let inner = Self { times, in_once: false, buckets: Buckets::Needed, ..*self };
        // The inside is always evaluated once where it can be, windows and literals too.
        if end >= start && !self.in_param && invariance(&subquery.expr).0 {
            return inner.eval_once(&subquery.expr, notes);
        }
        inner.eval(&subquery.expr, notes)
    }

    /// The time that a selector refers to at a step. `@` fixes the first step's.
    pub(super) fn reference_time(&self, at: Option<i64>, offset: i64, t: i64) -> i64 {
        at.map_or(t, |at| at + (t - self.times.start)) - offset
    }

    /// A scalar.
    pub(super) fn constant(&self, v: f64) -> Vec<Series> {
        let points = self.times.iter().map(|t| (t, Number::Float(v))).collect();
        vec![Series { labels: Labels::empty(), drop_name: false, points }]
    }

    pub(super) fn delayed(&self) -> bool {
        self.query.options.delayed_name_removal
    }

    /// Labels without name, type and unit, unless they are dropped in the end.
    pub(super) fn metadata_dropped(&self, labels: &Labels) -> Labels {
        if self.delayed() { labels.clone() } else { without_metadata(labels) }
    }

    /// Evaluates arguments, then a function of their samples at each time.
    pub(super) fn by_step(
        &self,
        args: &[&Expr],
        notes: &mut Notes,
        mut f: impl FnMut(i64, &[Vec<Element>], &mut Notes) -> Result<Vec<Element>, String>,
    ) -> Evaluated {
        let mut evaluated = Vec::new();
        for arg in args {
            let is_string = matches!(arg.unparen().kind, ExprKind::String(_));
            evaluated.push(if is_string { Vec::new() } else { self.eval(arg, notes)? });
        }
        let mut collected = Collected::default();
        let mut own = Notes::default();
        for t in self.times.iter() {
            let at_t: Vec<_> = evaluated.iter().map(|series| elements_at(series, t)).collect();
            let mut step = Notes::default();
            let found = f(t, &at_t, &mut step)?;
            own.merge_step(step);
            if self.times.is_instant() {
                notes.merge(own);
                return self.as_they_came(t, found);
            }
            for element in found {
                collected.add(t, element)?;
            }
        }
        notes.merge(own);
        Ok(collected.series)
    }

    fn as_they_came(&self, t: i64, found: Vec<Element>) -> Evaluated {
        if !self.delayed() && has_duplicates(found.iter().map(|e| &e.labels)) {
            return Err(SAME_LABELS.to_owned());
        }
        let series = |e: Element| {
            let (labels, drop_name) = (e.labels, e.drop_name);
            Series { labels, drop_name, points: vec![(t, e.value)] }
        };
        Ok(found.into_iter().map(series).collect())
    }
}

/// Samples of many steps as series.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) series: Vec<Series>,
    places: BTreeMap<Labels, usize>,
}

impl Collected {
    /// Adds a sample; no two of one time may have the same labels.
    pub(super) fn add(&mut self, t: i64, element: Element) -> Result<(), String> {
        let Element { labels, drop_name, value, .. } = element;
        let Some(&at) = self.places.get(&labels) else {
            self.places.insert(labels.clone(), self.series.len());
            self.series.push(Series { labels, drop_name, points: vec![(t, value)] });
            return Ok(());
        };
        let points = &mut self.series[at].points;
        if points.last().is_some_and(|(last, _)| *last == t) {
            return Err(SAME_LABELS.to_owned());
        }
        points.push((t, value));
        Ok(())
    }
}
