//! What scripts load that we cannot evaluate yet, and which evaluations depend on it.

use model::{BUCKET_LABEL, Labels, METRIC_NAME, Matcher};
use promql::{Expr, ExprKind, FunctionId};

use crate::{
    script::{Eval, Expected, Load},
    series::Point,
};

const NATIVE: &str = "native histograms";
const NHCB: &str = "load_with_nhcb";
const START: &str = "start timestamps";

/// The series whose samples are not all loaded, with the reason.
#[derive(Default)]
pub(super) struct Unsupported(Vec<(Labels, &'static str)>);

impl Unsupported {
    /// Notes what of a load is beyond us.
    pub(super) fn note(&mut self, load: &Load) {
        for series in &load.series {
            if series.points.iter().any(|p| matches!(p, Point::Histogram)) {
                self.0.push((series.labels.clone(), NATIVE));
            }
            if series.start_timestamps {
                self.0.push((series.labels.clone(), START));
            }
            if load.with_nhcb
                && let Some(labels) = histogram_of(&series.labels)
            {
                self.0.push((labels, NHCB));
            }
        }
    }

    /// Why an evaluation has to be skipped, if so.
    pub(super) fn reason(&self, eval: &Eval, expr: &Expr) -> Option<&'static str> {
        if let Expected::Series(list) | Expected::RangeVector(list) = &eval.result
            && list.iter().flat_map(|s| &s.points).any(|p| matches!(p, Point::Histogram))
        {
            return Some(NATIVE);
        }
        let mut uses = Uses::default();
        uses.collect(expr);
        self.0.iter().find_map(|(labels, reason)| {
            let selected =
                |matchers: &&[Matcher]| matchers.iter().all(|m| m.matches_labels(labels));
            let depends = *reason != START || uses.start_timestamps;
            (depends && uses.selectors.iter().any(selected)).then_some(*reason)
        })
    }
}

/// The native histogram that a classic histogram's series is also loaded as.
fn histogram_of(labels: &Labels) -> Option<Labels> {
    let name = labels.metric_name();
    let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end))?;
    let mut builder = labels.to_builder();
    builder.set(METRIC_NAME, base).remove(BUCKET_LABEL);
    Some(builder.build())
}

/// What an expression selects, and whether it looks at start timestamps.
#[derive(Default)]
struct Uses<'e> {
    selectors: Vec<&'e [Matcher]>,
    start_timestamps: bool,
}

impl<'e> Uses<'e> {
    fn collect(&mut self, expr: &'e Expr) {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::String(_) => {}
            ExprKind::Selector(selector) => self.selectors.push(&selector.matchers),
            ExprKind::Matrix(matrix) => self.selectors.push(&matrix.selector.matchers),
            ExprKind::Subquery(subquery) => self.collect(&subquery.expr),
            ExprKind::Call(call) => {
                self.start_timestamps |= matches!(
                    call.function,
                    FunctionId::Rate
                        | FunctionId::Increase
                        | FunctionId::Irate
                        | FunctionId::Resets
                        | FunctionId::StartTimestamp
                );
                call.args.iter().for_each(|arg| self.collect(arg));
            }
            ExprKind::Aggregate(aggregate) => {
                aggregate.param.iter().for_each(|param| self.collect(param));
                self.collect(&aggregate.expr);
            }
            ExprKind::Binary(binary) => {
                self.collect(&binary.lhs);
                self.collect(&binary.rhs);
            }
            ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => self.collect(inner),
        }
    }
}
