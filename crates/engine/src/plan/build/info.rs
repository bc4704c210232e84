//! `info` to nodes: its info series are selectors that nobody wrote.

use model::{METRIC_NAME, MatchOp, Matcher};
use promql::{
    Expr, ExprKind,
    ast::{Call, TimeModifiers},
    visit::for_each_child,
};

use super::{Built, PlanBuilder};
use crate::plan::{
    FragmentKind,
    node::{FrameId, Op},
    time::{Astray, TimeShift, duration},
};

/// The info metric where none is named.
const TARGET_INFO: &str = "target_info";
/// What info metrics are called where it is only told which ones are not meant.
const ANY_INFO: &str = ".+_info";

impl PlanBuilder {
    pub(super) fn info(&mut self, call: &Call, frame: FrameId) -> Built {
        let base = self.arg(call, 0, frame)?;
        let matchers = match call.args.get(1).map(|arg| &arg.unparen().kind) {
            Some(ExprKind::Selector(selector)) => selector.matchers.clone(),
            _ => Vec::new(),
        };
        let (names, data): (Vec<_>, Vec<_>) =
            matchers.into_iter().partition(|m| *m.name == *METRIC_NAME);
        let names = effective_names(names);
        let time = self.time_of_first_selector(&call.args[0])?;
        let wanted: Vec<Matcher> = names.iter().chain(&data).cloned().collect();
        let fragment = self.fragment(FragmentKind::Instant, &wanted);
        let values = self.intern(frame, Op::Select { fragment, time, stats: false });
        // `timestamp()` forgets names, which does not matter only where there is one.
        let one_name = names.iter().any(|m| m.op == MatchOp::Equal);
        let kind = if one_name { FragmentKind::SampleTime } else { FragmentKind::Window };
        let fragment = self.fragment(kind, &wanted);
        let times = self.intern(frame, Op::InfoTime { fragment, time });
        Ok(self.intern(frame, Op::Info { base, values, times, names, data }))
    }

    /// The time at which info series are looked at: that of the first selector, moved by the
    /// offsets around it up to the first `@`. As `infoSelectTimestampAndOffset` in prometheus
    /// promql/info.go.
    fn time_of_first_selector(&self, expr: &Expr) -> Built<TimeShift> {
        let mut path = Vec::new();
        first_selector(expr, &mut path);
        let (mut offset, mut at) = (0, None);
        for time in path {
            let more = time.offset.as_ref();
            offset += more.map_or(Ok(0), |d| duration(d, self.query_span(), false))?;
            at = time.at;
            if at.is_some() {
                break;
            }
        }
        Ok(TimeShift { offset, at, query_range: self.query_span().range, astray: Astray::No })
    }
}

/// Leaves the modifiers of the first selector and of the subqueries around it, from the inside
/// out; whether there is one.
fn first_selector<'e>(expr: &'e Expr, path: &mut Vec<&'e TimeModifiers>) -> bool {
    match &expr.kind {
        ExprKind::Selector(selector) => path.push(&selector.time),
        ExprKind::Matrix(matrix) => path.push(&matrix.selector.time),
        ExprKind::Subquery(subquery) => {
            if !first_selector(&subquery.expr, path) {
                return false;
            }
            path.push(&subquery.time);
        }
        // Its parameter comes last.
        ExprKind::Aggregate(aggregate) => {
            return first_selector(&aggregate.expr, path)
                || aggregate.param.as_ref().is_some_and(|param| first_selector(param, path));
        }
        _ => {
            let mut found = false;
            for_each_child(expr, |child| found = found || first_selector(child, path));
            return found;
        }
    }
    true
}

/// The matchers that select info metrics by name.
fn effective_names(mut names: Vec<Matcher>) -> Vec<Matcher> {
    if names.is_empty() {
        return vec![Matcher::equal(METRIC_NAME, TARGET_INFO)];
    }
    if names.iter().all(|m| matches!(m.op, MatchOp::NotEqual | MatchOp::NotRegex)) {
        let any = Matcher::new(METRIC_NAME, MatchOp::Regex, ANY_INFO);
        names.insert(0, any.expect("the pattern is valid"));
    }
    names
}
