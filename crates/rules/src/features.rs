//! Which version of Prometheus a rule needs, and which flag.
//!
//! What every Prometheus since 2.16 knows without a flag is not listed. Start at [`of_rule`].

use diagnostics::Span;
use promql::{
    AggregateOp, BinaryOp, Expr, ExprKind, FunctionId,
    ast::{DurationKind, Selector},
    visit,
};

use crate::{Group, Rule};

/// Something that not every Prometheus can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// What it is, as a sentence names it: ``the function `info` ``.
    pub name: String,
    /// The first version that has it: 2 and 53 for 2.53.
    pub since: (u32, u32),
    /// The word for `--enable-feature` that turns it on in the reference version, if it needs one.
    pub flag: Option<&'static str>,
}

/// A use of a feature, with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What is used.
    pub feature: Feature,
    /// Where.
    pub span: Span,
}

const FUNCTIONS: &str = "promql-experimental-functions";
const EXTENDED: &str = "promql-extended-range-selectors";
const FILL: &str = "promql-binop-fill-modifiers";

impl Feature {
    fn new(name: impl Into<String>, since: (u32, u32), flag: Option<&'static str>) -> Self {
        Self { name: name.into(), since, flag }
    }

    /// The first version that has it, as text.
    pub fn since_text(&self) -> String {
        format!("{}.{}", self.since.0, self.since.1)
    }
}

/// The features that a group uses apart from its rules.
pub fn of_group(group: &Group) -> Vec<Use> {
    let fields = [("limit", (2, 31)), ("query_offset", (2, 53)), ("labels", (3, 0))];
    let uses = fields.into_iter().filter_map(|(name, since)| {
        let field = group.field(name)?;
        let feature = Feature::new(format!("`{name}` of a group"), since, None);
        Some(Use { feature, span: field.key })
    });
    uses.collect()
}

/// The features that a rule uses.
pub fn of_rule(rule: &Rule) -> Vec<Use> {
    let mut found: Vec<Use> =
        of_expr(&rule.expr).into_iter().map(|(f, part)| located(f, rule.locate(part))).collect();
    if let Some(field) = rule.field("keep_firing_for") {
        let feature = Feature::new("`keep_firing_for`", (2, 42), None);
        found.push(located(feature, field.key));
    }
    if rule.alerting().is_none() && !is_classic_name(&rule.name, true) {
        let feature =
            Feature::new("a metric name beyond letters, digits, `_` and `:`", (3, 2), None);
        found.push(located(feature, rule.name.span()));
    }
    for label in rule.own_labels.iter().filter(|pair| !is_classic_name(&pair.name, false)) {
        let feature = Feature::new("a label name beyond letters, digits and `_`", (3, 0), None);
        found.push(located(feature, label.name.span()));
    }
    found
}

/// The features that an expression uses, with their spans in its text.
pub fn of_expr(expr: &Expr) -> Vec<(Feature, Span)> {
    let mut found = Vec::new();
    visit::walk(expr, &mut |expr| match &expr.kind {
        ExprKind::Call(call) => {
            found.extend(of_function(call.function).map(|feature| (feature, call.name_span)));
        }
        ExprKind::Aggregate(aggregate) => {
            if let AggregateOp::Limitk | AggregateOp::LimitRatio = aggregate.op {
                let name = format!("the aggregation `{}`", aggregate.op.as_str());
                found.push((Feature::new(name, (2, 54), Some(FUNCTIONS)), aggregate.op_span));
            }
        }
        ExprKind::Binary(binary) => {
            let since = match binary.op {
                BinaryOp::Atan2 => Some((2, 31)),
                BinaryOp::TrimLower | BinaryOp::TrimUpper => Some((3, 11)),
                _ => None,
            };
            let name = || format!("the operator `{}`", binary.op.as_str());
            found.extend(since.map(|since| (Feature::new(name(), since, None), binary.op_span)));
            let matching = binary.matching.as_ref();
            if matching.is_some_and(|m| m.fill_left.is_some() || m.fill_right.is_some()) {
                found.push((Feature::new("`fill`", (3, 10), Some(FILL)), binary.op_span));
            }
        }
        ExprKind::Selector(selector) => of_selector(selector, expr.span, &mut found),
        ExprKind::Matrix(matrix) => {
            of_selector(&matrix.selector, matrix.selector_span, &mut found);
            of_duration(&matrix.range, &mut found);
        }
        ExprKind::Subquery(subquery) => {
            of_duration(&subquery.range, &mut found);
            subquery.step.iter().for_each(|step| of_duration(step, &mut found));
        }
        _ => {}
    });
    found
}

/// The feature that an error says is not enabled.
pub(crate) fn of_error(message: &str) -> Option<Feature> {
    let name = message.strip_prefix("function \"").and_then(|rest| rest.split_once('"'));
    if let Some((name, " is not enabled")) = name {
        return of_function(FunctionId::from_name(name)?);
    }
    if message.contains(FUNCTIONS) {
        let name = message.split_once('(').map_or("", |(name, _)| name);
        let feature = Feature::new(format!("the aggregation `{name}`"), (2, 54), Some(FUNCTIONS));
        return Some(feature);
    }
    if message.starts_with("binop fill modifiers") {
        return Some(Feature::new("`fill`", (3, 10), Some(FILL)));
    }
    let extended = message.strip_suffix(" modifier is experimental and not enabled")?;
    Some(Feature::new(format!("`{extended}`"), (3, 7), Some(EXTENDED)))
}

fn of_function(function: FunctionId) -> Option<Feature> {
    use FunctionId as F;
    let since = match function {
        F::Clamp | F::LastOverTime | F::Sgn => (2, 26),
        F::PresentOverTime => (2, 29),
        F::Acos
        | F::Acosh
        | F::Asin
        | F::Asinh
        | F::Atan
        | F::Atanh
        | F::Cos
        | F::Cosh
        | F::Deg
        | F::Pi
        | F::Rad
        | F::Sin
        | F::Sinh
        | F::Tan
        | F::Tanh => (2, 31),
        F::HistogramCount | F::HistogramFraction | F::HistogramSum => (2, 40),
        F::HistogramStddev | F::HistogramStdvar => (2, 47),
        F::MadOverTime | F::SortByLabel | F::SortByLabelDesc => (2, 49),
        F::HistogramAvg => (2, 51),
        F::Info => (2, 55),
        F::DoubleExponentialSmoothing => (3, 0),
        F::TsOfLastOverTime | F::TsOfMaxOverTime | F::TsOfMinOverTime => (3, 5),
        F::FirstOverTime | F::TsOfFirstOverTime => (3, 7),
        F::HistogramQuantiles => (3, 11),
        F::Start | F::End | F::Range | F::Step => (3, 12),
        F::MinOf | F::MaxOf => (3, 13),
        F::StartTimestamp => (3, 14),
        _ => return None,
    };
    let row = function.row();
    let flag = row.experimental.then_some(FUNCTIONS);
    Some(Feature::new(format!("the function `{}`", row.name), since, flag))
}

fn of_selector(selector: &Selector, span: Span, found: &mut Vec<(Feature, Span)>) {
    if let Some(extended) = selector.extended {
        let name = format!("`{}`", format!("{extended:?}").to_lowercase());
        found.push((Feature::new(name, (3, 7), Some(EXTENDED)), span));
    }
    for (matcher, span) in selector.matchers.iter().zip(&selector.matcher_spans) {
        if !is_classic_name(&matcher.name, false) {
            let name = "a label name beyond letters, digits and `_`";
            found.push((Feature::new(name, (3, 0), None), *span));
        }
    }
    let offset = selector.time.offset.iter();
    offset.for_each(|offset| of_duration(offset, found));
}

fn of_duration(duration: &promql::ast::Duration, found: &mut Vec<(Feature, Span)>) {
    let is_plain = match &duration.kind {
        DurationKind::Literal(_) => true,
        DurationKind::Unary(_, inner) => matches!(inner.kind, DurationKind::Literal(_)),
        _ => false,
    };
    if !is_plain {
        // A flag before; without one since then.
        found.push((Feature::new("a computed duration", (3, 14), None), duration.span));
    }
}

fn located(feature: Feature, span: Span) -> Use {
    Use { feature, span }
}

/// Whether a name is made of what all versions allow.
fn is_classic_name(name: &str, is_metric: bool) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || is_metric && c == ':';
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(is_word)
}
