//! Syntax to nodes: one small function per kind of expression.
//!
//! It relies on the checker: types are right, functions have the arguments that their row says.

mod absent;
mod durations;
mod fetched;
mod info;
mod invariant;
mod reading;
mod threshold;

pub(super) use reading::Reading;
pub use threshold::has_threshold;

use diagnostics::Span;
use model::quote::quote_bytes;
use promql::{
    AggregateOp, BinaryOp, Expr, ExprKind, FunctionId, Text, ValueType,
    ast::{
        Aggregate, At, Binary, Call, Extended, MatrixSelector, Selector, Subquery, TimeModifiers,
    },
    operators::{OperatorKind, UnaryOp},
};

use super::{
    PlanBuilder,
    canonical::is_number_before_vector,
    fragment::{FragmentId, FragmentKind},
    node::{Frame, FrameId, GroupBy, NodeId, Op, RangeFrom, RangeInput},
    renames,
    time::{Astray, TimeShift, duration},
};
use crate::{
    EvalError,
    kernels::{self, Kernel},
    notice::Cite,
};

type Built<T = NodeId> = Result<T, EvalError>;

const QUERY: FrameId = FrameId(0);

impl PlanBuilder {
    /// The whole expression; only here may it be a string or a range vector.
    pub(super) fn root(&mut self, expr: &Expr) -> Built {
        match (&expr.unparen().kind, expr.value_type()) {
            (ExprKind::String(text), _) => Ok(self.intern(QUERY, Op::Text(lossy(text.clone())))),
            (_, ValueType::RangeVector) => {
                let input = self.range_input(expr.unparen(), QUERY)?;
                Ok(self.intern(QUERY, Op::Raw(input)))
            }
            (_, returned) => {
                let node = self.expr(expr, QUERY)?;
                let names_stay =
                    self.plan.options.delayed_name_removal && returned == ValueType::InstantVector;
                Ok(if names_stay { self.intern(QUERY, Op::DropNames(node)) } else { node })
            }
        }
    }

    fn expr_at_each_step(&mut self, expr: &Expr, frame: FrameId) -> Built {
        if let ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Plus, inner) = &expr.kind {
            return self.expr(inner, frame);
        }
        if let Some(node) = self.fetched(expr, frame) {
            self.cite(node, Cite::Whole, expr.span);
            return Ok(node);
        }
        let (outer, place) = (self.reading, self.place);
        self.reading = outer.inside(expr);
        self.place.is_top = false;
        let node = match &expr.kind {
            ExprKind::Unary(UnaryOp::Minus, inner) => self.negate(inner, frame)?,
            ExprKind::Number(number) => self.intern(frame, Op::Number(number.value)),
            ExprKind::Selector(selector) => self.selector(selector, frame)?,
            ExprKind::Call(call) => self.call(call, expr.span, frame)?,
            ExprKind::Aggregate(aggregate) => {
                self.place = place.below(aggregate.op);
                self.aggregate(aggregate, frame)?
            }
            ExprKind::Binary(binary) => {
                let is_top = place.is_top && matches!(binary.op, BinaryOp::And | BinaryOp::Unless);
                self.binary(binary, is_top, frame)?
            }
            _ => return Err(EvalError::at(expr.span, "unexpected range vector or string")),
        };
        (self.reading, self.place) = (outer, place);
        self.cite(node, Cite::Whole, expr.span);
        Ok(node)
    }

    fn negate(&mut self, inner: &Expr, frame: FrameId) -> Built {
        let arg = self.expr(inner, frame)?;
        let scalar = inner.value_type() == ValueType::Scalar;
        Ok(self.intern(frame, if scalar { Op::ScalarNegate(arg) } else { Op::Negate(arg) }))
    }

    fn selector(&mut self, selector: &Selector, frame: FrameId) -> Built {
        let stats = self.reading.is_stats_only();
        if is_smoothed(selector) {
            let time = self.time(&selector.time)?;
            let fragment = self.fragment(FragmentKind::Window, &selector.matchers);
            return Ok(self.intern(frame, Op::Smoothed { fragment, time, stats }));
        }
        let (fragment, time) = self.selected(selector)?;
        Ok(self.intern(frame, Op::Select { fragment, time, stats }))
    }

    /// What an instant selector selects, and when. An instant has no edge to anchor.
    fn selected(&mut self, selector: &Selector) -> Built<(FragmentId, TimeShift)> {
        let mut time = self.time(&selector.time)?;
        if self.in_param && time.at.is_some() {
            time.astray = Astray::Drifts;
        }
        Ok((self.fragment(FragmentKind::Instant, &selector.matchers), time))
    }

    fn time(&self, time: &TimeModifiers) -> Built<TimeShift> {
        let span = self.query_span();
        let offset = time.offset.as_ref().map_or(Ok(0), |d| duration(d, span, false))?;
        let resolved = |at: &At| !self.in_param || matches!(at, At::Timestamp(_));
        let (at, astray) = (time.at.filter(resolved), Astray::No);
        Ok(TimeShift { offset, at, query_range: span.range, astray })
    }

    /// A range vector as the input of a window function.
    fn range_input(&mut self, expr: &Expr, frame: FrameId) -> Built<RangeInput> {
        match &expr.unparen().kind {
            ExprKind::Matrix(matrix) => self.matrix(matrix),
            ExprKind::Subquery(subquery) => self.subquery(subquery, frame),
            _ => Err(EvalError::at(expr.span, "expected a range vector")),
        }
    }

    fn matrix(&mut self, matrix: &MatrixSelector) -> Built<RangeInput> {
        let time = self.time(&matrix.selector.time)?;
        let range = duration(&matrix.range, self.query_span(), true)?;
        let fragment = self.fragment(FragmentKind::Window, &matrix.selector.matchers);
        let extended = matrix.selector.extended;
        let stats = self.reading.is_stats_only();
        Ok(RangeInput { from: RangeFrom::Fragment(fragment), range, time, stats, extended })
    }

    fn subquery(&mut self, subquery: &Subquery, frame: FrameId) -> Built<RangeInput> {
        let time = self.time(&subquery.time)?;
        let span = self.query_span();
        let range = duration(&subquery.range, span, true)?;
        let default = self.plan.options.default_step;
        let step = subquery.step.as_ref().map_or(Ok(default), |d| duration(d, span, true))?;
        let step = if step == 0 { default } else { step };
        let inside = self.frame(Frame::Subquery { parent: frame, range, step, time });
        let outer = std::mem::replace(&mut self.reading, Reading::Whole);
        let node = self.expr(&subquery.expr, inside)?;
        self.reading = outer;
        let from = RangeFrom::Subquery(node);
        Ok(RangeInput { from, range, time, stats: false, extended: None })
    }

    fn call(&mut self, call: &Call, span: Span, frame: FrameId) -> Built {
        use FunctionId as F;
        let function = call.function;
        let node = match function {
            F::Time => self.intern(frame, Op::Time),
            F::Pi => self.intern(frame, Op::Number(std::f64::consts::PI)),
            F::Start | F::End | F::Step | F::Range => self.intern(frame, Op::QueryBound(function)),
            F::MaxOf | F::MinOf => {
                let (lhs, rhs) = (self.arg(call, 0, frame)?, self.arg(call, 1, frame)?);
                self.intern(frame, Op::ScalarPick { function, lhs, rhs })
            }
            F::Scalar => {
                let arg = self.arg(call, 0, frame)?;
                self.intern(frame, Op::ScalarOf(arg))
            }
            F::Vector => {
                let arg = self.arg(call, 0, frame)?;
                self.intern(frame, Op::VectorOf(arg))
            }
            F::Timestamp => self.timestamp(&call.args[0], frame)?,
            F::StartTimestamp => self.start_timestamp(&call.args[0], frame)?,
            F::Absent => self.absent(&call.args[0], frame)?,
            F::AbsentOverTime => self.absent_over_time(&call.args[0], span, frame)?,
            F::Sort | F::SortDesc => {
                let arg = self.arg(call, 0, frame)?;
                self.intern(frame, Op::Sort { arg, descending: function == F::SortDesc })
            }
            F::SortByLabel | F::SortByLabelDesc => {
                let arg = self.arg(call, 0, frame)?;
                let descending = function == F::SortByLabelDesc;
                let labels = call.args[1..].iter().map(|arg| lossy(text(arg))).collect();
                self.intern(frame, Op::SortByLabel { arg, labels, descending })
            }
            F::LabelReplace => self.label_replace(call, span, frame)?,
            F::LabelJoin => self.label_join(call, span, frame)?,
            F::HistogramQuantile => {
                let (q, arg) = (self.arg(call, 0, frame)?, self.arg(call, 1, frame)?);
                self.intern(frame, Op::HistogramQuantile { q, arg })
            }
            F::HistogramFraction => {
                let (lower, upper) = (self.arg(call, 0, frame)?, self.arg(call, 1, frame)?);
                let arg = self.arg(call, 2, frame)?;
                self.intern(frame, Op::HistogramFraction { lower, upper, arg })
            }
            F::HistogramAvg
            | F::HistogramCount
            | F::HistogramSum
            | F::HistogramStddev
            | F::HistogramStdvar => {
                let arg = self.arg(call, 0, frame)?;
                self.intern(frame, Op::HistogramNumber { function, arg })
            }
            F::HistogramQuantiles => {
                let arg = self.arg(call, 0, frame)?;
                let label = lossy(text(&call.args[1]));
                let qs = call.args[2..].iter().map(|q| self.expr(q, frame));
                let qs = qs.collect::<Built<_>>()?;
                self.intern(frame, Op::HistogramQuantiles { label, qs, arg })
            }
            F::Info => self.info(call, frame)?,
            _ => match kernels::kernel(function) {
                Kernel::Window(_) => self.window(call, span, frame)?,
                Kernel::Math(_) | Kernel::Date(_) => self.math(call, frame)?,
                Kernel::Structural => {
                    unreachable!("every structural function has an arm above")
                }
            },
        };
        for (i, arg) in (0..).zip(&call.args) {
            self.cite(node, Cite::Arg(i), place_of_argument(arg));
        }
        Ok(node)
    }

    fn arg(&mut self, call: &Call, i: usize, frame: FrameId) -> Built {
        self.expr(&call.args[i], frame)
    }

    fn timestamp(&mut self, arg: &Expr, frame: FrameId) -> Built {
        if let ExprKind::Selector(selector) = &arg.unparen().kind {
            let time = self.time_of_timestamp(selector)?;
            let fragment = self.fragment(FragmentKind::SampleTime, &selector.matchers);
            return Ok(self.intern(frame, Op::SampleTime { fragment, time }));
        }
        let arg = self.expr(arg, frame)?;
        Ok(self.intern(frame, Op::EvalTime(arg)))
    }

    /// A selector's samples are not looked at for their values, so nothing is `smoothed`.
    fn start_timestamp(&mut self, arg: &Expr, frame: FrameId) -> Built {
        let node = match &arg.unparen().kind {
            ExprKind::Selector(selector) => {
                let time = self.time_of_timestamp(selector)?;
                let fragment = self.fragment(FragmentKind::Instant, &selector.matchers);
                if self.plan.options.start_timestamps {
                    return Ok(self.intern(frame, Op::StartTime { fragment, time }));
                }
                self.intern(frame, Op::Select { fragment, time, stats: false })
            }
            _ => self.expr(arg, frame)?,
        };
        Ok(self.intern(frame, Op::NoStartTime(node)))
    }

    /// As `rangeEvalTimestampFunctionOverVectorSelector` in prometheus promql/engine.go.
    fn time_of_timestamp(&self, selector: &Selector) -> Built<TimeShift> {
        let time = self.time(&selector.time)?;
        let astray = if time.at.is_some() { Astray::ForgetsOffset } else { Astray::No };
        Ok(TimeShift { astray, ..time })
    }

    fn window(&mut self, call: &Call, span: Span, frame: FrameId) -> Built {
        let (mut input, mut params) = (None, Vec::new());
        for arg in &call.args {
            if arg.value_type() == ValueType::RangeVector {
                input = Some(self.range_input(arg, frame)?);
            } else {
                params.push(self.expr(arg, frame)?);
            }
        }
        let input = input.expect("a window function has a range vector argument");
        check_extended(call.function, &input, span)?;
        Ok(self.intern(frame, Op::Window { function: call.function, input, params }))
    }

    fn math(&mut self, call: &Call, frame: FrameId) -> Built {
        let arg = if let Some(arg) = call.args.first() {
            self.expr(arg, frame)?
        } else {
            // Not as a vector: what is made of one loses its name.
            self.intern(frame, Op::Time)
        };
        let params = call.args.iter().skip(1).map(|a| self.expr(a, frame)).collect::<Built<_>>()?;
        Ok(self.intern(frame, Op::Math { function: call.function, arg, params }))
    }

    fn label_replace(&mut self, call: &Call, span: Span, frame: FrameId) -> Built {
        let [dst, template, src, pattern] = [1, 2, 3, 4].map(|i| text(&call.args[i]));
        if pattern.as_str().is_none_or(|pattern| model::Regex::anchored(pattern).is_err()) {
            let pattern = pattern.to_lossy();
            let message = format!("invalid regular expression in label_replace(): {pattern}");
            return Err(EvalError::at(span, message));
        }
        if !is_label_name(&dst) {
            let dst = dst.to_lossy();
            let message = format!("invalid destination label name in label_replace(): {dst}");
            return Err(EvalError::at(span, message));
        }
        let [dst, template, src, pattern] = [dst, template, src, pattern].map(lossy);
        let pattern = renames::bare_pattern(&pattern).to_owned();
        let template = renames::bare_template(&template);
        let arg = self.arg(call, 0, frame)?;
        Ok(self.intern(frame, Op::LabelReplace { arg, dst, template, src, pattern }))
    }

    fn label_join(&mut self, call: &Call, span: Span, frame: FrameId) -> Built {
        let (dst, separator) = (text(&call.args[1]), text(&call.args[2]));
        let src: Vec<Text> = call.args[3..].iter().map(text).collect();
        if let Some(src) = src.iter().find(|src| !is_label_name(src)) {
            let src = src.to_lossy();
            let message = format!("invalid source label name in label_join(): {src}");
            return Err(EvalError::at(span, message));
        }
        if !is_label_name(&dst) {
            let dst = dst.to_lossy();
            let message = format!("invalid destination label name in label_join(): {dst}");
            return Err(EvalError::at(span, message));
        }
        let (dst, separator) = (lossy(dst), lossy(separator));
        let src = src.into_iter().map(lossy).collect();
        let arg = self.arg(call, 0, frame)?;
        Ok(self.intern(frame, Op::LabelJoin { arg, dst, separator, src }))
    }

    fn aggregate(&mut self, aggregate: &Aggregate, frame: FrameId) -> Built {
        let reduced = self.names_go_at_once().then(|| renames::left_away(aggregate)).flatten();
        let arg = self.expr(reduced.as_ref().unwrap_or(&aggregate.expr), frame)?;
        let by = group_by(aggregate);
        let node = if let (AggregateOp::CountValues, Some(param)) = (aggregate.op, &aggregate.param)
        {
            let label = text(param);
            if !is_label_name(&label) {
                let label = quote_bytes(label.as_bytes());
                return Err(EvalError::at(param.span, format!("invalid label name {label}")));
            }
            let label = lossy(label);
            self.intern(frame, Op::CountValues { label, arg, by })
        } else {
            let param = aggregate.param.as_ref().map(|p| self.param(p, frame)).transpose()?;
            self.intern(frame, Op::Aggregate { op: aggregate.op, arg, param, by })
        };
        if let Some(param) = &aggregate.param {
            self.cite(node, Cite::Arg(0), param.unparen().span);
        }
        self.cite(node, Cite::Arg(1), aggregate.expr.unparen().span);
        Ok(node)
    }

    /// Whether a series that loses its name loses it where that is written.
    fn names_go_at_once(&self) -> bool {
        let options = &self.plan.options;
        !options.delayed_name_removal && !options.type_and_unit_labels
    }

    /// Prometheus does not prepare the parameters of aggregations for `@`, so that `@ start()` and
    /// `@ end()` are ignored there.
    fn param(&mut self, param: &Expr, frame: FrameId) -> Built {
        let outer = std::mem::replace(&mut self.in_param, true);
        let node = self.expr(param, frame)?;
        self.in_param = outer;
        Ok(node)
    }

    fn binary(&mut self, binary: &Binary, is_top: bool, frame: FrameId) -> Built {
        self.place.is_top = is_top;
        let lhs = self.expr(&binary.lhs, frame)?;
        self.place.is_top = false;
        let rhs = self.expr(&binary.rhs, frame)?;
        let (op, bool) = (binary.op, binary.bool_modifier);
        let scalar = |e: &Expr| e.value_type() == ValueType::Scalar;
        let op = match (scalar(&binary.lhs), scalar(&binary.rhs)) {
            (true, true) => Op::ScalarBinary { op, lhs, rhs },
            (false, true) => {
                Op::VectorScalar { op, vector: lhs, scalar: rhs, scalar_left: false, bool }
            }
            (true, false) => {
                let scalar_left = !is_number_before_vector(binary);
                Op::VectorScalar { op, vector: rhs, scalar: lhs, scalar_left, bool }
            }
            (false, false) => {
                let matching = binary.matching.clone().unwrap_or_default();
                if op.row().kind == OperatorKind::Set {
                    Op::Set { op, lhs, rhs, matching }
                } else {
                    Op::VectorVector { op, lhs, rhs, matching, bool }
                }
            }
        };
        Ok(self.intern(frame, op))
    }
}

/// The place that notices about an argument cite. Prometheus takes parentheses away before it
/// evaluates, and forgets the place of a subquery when it replaces it by its samples.
fn place_of_argument(arg: &Expr) -> Span {
    match arg.unparen() {
        Expr { kind: ExprKind::Subquery(_), .. } => Span::default(),
        inner => inner.span,
    }
}

/// Most functions cannot do with samples from outside of their windows.
fn check_extended(function: FunctionId, input: &RangeInput, span: Span) -> Built<()> {
    use FunctionId::{Changes, Delta, Increase, Rate, Resets};
    let can: &[FunctionId] = match input.extended {
        None => return Ok(()),
        Some(Extended::Anchored) => &[Changes, Delta, Increase, Rate, Resets],
        Some(Extended::Smoothed) => &[Delta, Increase, Rate],
    };
    if can.contains(&function) {
        return Ok(());
    }
    let word = input.extended.map_or("", Extended::as_str);
    let can: Vec<&str> = can.iter().map(|f| f.row().name).collect();
    let (can, not) = (can.join(", "), function.row().name);
    let message = format!("{word} modifier can only be used with: {can} - not with {not}");
    Err(EvalError::at(span, message))
}

fn group_by(aggregate: &Aggregate) -> GroupBy {
    let Some(grouping) = &aggregate.grouping else {
        return GroupBy { without: false, labels: Vec::new() };
    };
    let mut labels = grouping.labels.clone();
    labels.sort();
    labels.dedup();
    GroupBy { without: grouping.without, labels }
}

/// The text of a string argument.
fn text(arg: &Expr) -> Text {
    match &arg.unparen().kind {
        ExprKind::String(text) => text.clone(),
        _ => Text::Utf8(String::new()),
    }
}

/// Whether a label may have this name: any text that is not empty.
fn is_label_name(text: &Text) -> bool {
    text.as_str().is_some_and(|name| !name.is_empty())
}

/// Labels hold text only: what is none becomes U+FFFD, as it would in an answer in JSON.
#[expect(clippy::needless_pass_by_value, reason = "it takes the place of the text")]
fn lossy(text: Text) -> String {
    text.to_lossy().into_owned()
}

fn is_smoothed(selector: &Selector) -> bool {
    selector.extended == Some(Extended::Smoothed)
}
