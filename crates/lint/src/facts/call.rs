//! Function calls.

use std::f64::consts::{FRAC_PI_2, PI};

use diagnostics::Span;
use model::{BUCKET_LABEL, MatchOp, Matcher, float};
use promql::{Expr, ExprKind, FunctionId, ast::Call};

use super::{
    Bound, Cost, Interpreter, Label, LabelSet, MetricKind, Node, OneOf, Presence, Reason, Unit,
    Values, Why, over_time::timestamps,
};

impl<'e> Interpreter<'e, '_> {
    pub(super) fn call(&self, call: &'e Call, args: &[usize], span: Span) -> Node<'e> {
        let mut node = self.called(call, args, span);
        let of_args = || args.iter().map(|arg| &self.nodes[*arg]);
        node.cost = of_args().fold(Cost::default(), |cost, arg| cost.plus(arg.cost));
        node.window = of_args().filter_map(|arg| arg.window).max();
        node
    }

    fn called(&self, call: &'e Call, args: &[usize], span: Span) -> Node<'e> {
        use FunctionId as F;
        let why = Why::new(call.name_span, Reason::Function(call.function));
        let first = args.first().map(|arg| &self.nodes[*arg]);
        match (call.function, first) {
            (F::Absent | F::AbsentOverTime, Some(operand)) => absent(call, operand, why, span),
            (F::Scalar, Some(operand)) => scalar(operand, span),
            (F::Vector, Some(operand)) => {
                let labels = LabelSet::closed(Why { reason: Reason::NoLabels, ..why });
                let mut node = Node::one(labels, operand.values, span);
                (node.kind, node.unit) = (operand.kind, operand.unit);
                node.always(true, why)
            }
            (F::LabelReplace, Some(operand)) => super::relabel::replaced(call, operand),
            (F::LabelJoin, Some(operand)) => super::relabel::joined(call, operand),
            (F::Info, Some(operand)) => super::relabel::informed(operand),
            (F::Sort | F::SortDesc, Some(operand)) => {
                let mut node = operand.clone();
                for branch in &mut node.branches {
                    branch.values = branch.values.floats();
                }
                let mut sorted = Node::new(node.branches, operand.presence_why);
                (sorted.kind, sorted.unit) = (operand.kind, operand.unit);
                let stays =
                    operand.presence == Presence::Always && !operand.values.may_be_histogram;
                sorted.always(stays, operand.presence_why)
            }
            (F::SortByLabel | F::SortByLabelDesc, Some(operand)) => operand.clone(),
            (F::HistogramQuantile | F::HistogramFraction | F::HistogramQuantiles, _) => {
                self.of_buckets(call, args, why)
            }
            (_, None) => self.without_arguments(call, why, span),
            (_, Some(operand)) => match self.over_time(call, args, span) {
                Some(node) => node,
                None => self.of_samples(call, args, operand, why),
            },
        }
    }

    /// Scalars, and dates of the evaluation time.
    fn without_arguments(&self, call: &Call, why: Why, span: Span) -> Node<'e> {
        use FunctionId as F;
        let values = match call.function {
            F::Pi => Values::constant(PI, why),
            F::Time | F::Start | F::End => timestamps(self.assumes(), why),
            F::Step | F::Range => Values::at_least(0.0, why),
            function => date(function, why).unwrap_or_else(Values::any_float),
        };
        let labels = LabelSet::closed(Why { reason: Reason::NoLabels, ..why });
        let mut node = Node::one(labels, values, span).always(true, why);
        node.unit = match call.function {
            F::Time | F::Start | F::End => Unit::TIMESTAMP,
            F::Step | F::Range => Unit::SECONDS,
            _ => Unit::ONE,
        };
        node
    }

    /// Functions that look at each float by itself.
    fn of_samples(&self, call: &'e Call, args: &[usize], operand: &Node<'e>, why: Why) -> Node<'e> {
        use FunctionId as F;
        let arg = |at: usize| args.get(at).map(|arg| self.nodes[*arg].values);
        let reads_histograms = matches!(
            call.function,
            F::HistogramAvg
                | F::HistogramCount
                | F::HistogramSum
                | F::HistogramStddev
                | F::HistogramStdvar
        );
        let scalars = (arg(1), arg(2));
        let mut branches = operand.branches.clone();
        for branch in &mut branches {
            let values = branch.values;
            branch.values = match call.function {
                F::Timestamp | F::StartTimestamp => timestamps(self.assumes(), why),
                _ if reads_histograms && !values.may_be_histogram => Values::no_float(),
                F::HistogramCount if self.assumes() => Values::at_least(0.0, why),
                _ if reads_histograms => Values::any_float(),
                F::MaxOf | F::MinOf => extreme(call.function, &values, scalars.0),
                _ if values.has_no_float() => Values::no_float(),
                function => of_float(function, &values.floats(), scalars, why),
            };
            branch.labels.drop_name(!reads_histograms, why);
        }
        let mut node = Node::new(branches, operand.presence_why);
        node.kind = MetricKind::Gauge;
        node.unit = match call.function {
            F::Timestamp | F::StartTimestamp => Unit::TIMESTAMP,
            F::Clamp
            | F::ClampMax
            | F::ClampMin
            | F::Abs
            | F::Ceil
            | F::Floor
            | F::Round
            | F::MaxOf
            | F::MinOf => operand.unit,
            _ => Unit::ONE,
        };
        let may_vanish = operand.values.may_be_histogram && call.function != F::Timestamp
            || reads_histograms
            || matches!(call.function, F::Clamp | F::StartTimestamp);
        node.always(operand.presence == Presence::Always && !may_vanish, operand.presence_why)
    }

    /// Quantiles and fractions, of classic and native histograms.
    fn of_buckets(&self, call: &'e Call, args: &[usize], why: Why) -> Node<'e> {
        use FunctionId as F;
        let at = match call.function {
            F::HistogramQuantile => 1,
            F::HistogramFraction => 2,
            _ => 0,
        };
        let Some(operand) = args.get(at).map(|arg| &self.nodes[*arg]) else {
            return Node::unknown(call.name_span);
        };
        let mut branches = Vec::with_capacity(operand.branches.len());
        for branch in &operand.branches {
            let mut branch = branch.clone();
            let has_buckets = !branch.labels.get(BUCKET_LABEL).is_impossible();
            let native = branch.values.may_be_histogram;
            if !has_buckets && !native {
                continue;
            }
            if has_buckets && native && !self.assumes() {
                branch.labels.set(BUCKET_LABEL, Label::possible());
            } else if has_buckets {
                branch.labels.drop(BUCKET_LABEL, why);
            }
            branch.labels.drop_name(true, why);
            if call.function == F::HistogramQuantiles
                && let Some(ExprKind::String(text)) =
                    call.args.get(1).map(|arg| &arg.unparen().kind)
                && let Some(name) = text.as_str()
            {
                branch
                    .labels
                    .set(name, Label::guaranteed(None, Why { reason: Reason::Relabel, ..why }));
            }
            branch.values = match call.function {
                F::HistogramFraction if self.assumes() => Values::range(0.0, 1.0, why).or_nan(true),
                _ => Values::any_float(),
            };
            branches.push(branch);
        }
        let mut node = Node::new(branches, operand.presence_why);
        node.kind = MetricKind::Gauge;
        node.unit = match call.function {
            F::HistogramFraction => Unit::RATIO,
            _ => bucket_unit(&call.args[at]),
        };
        node
    }
}

/// The unit of the bounds of the histogram that is read.
fn bucket_unit(expr: &Expr) -> Unit {
    let mut unit = Unit::UNKNOWN;
    promql::visit::walk(expr, &mut |expr| {
        let selector = match &expr.kind {
            ExprKind::Selector(selector) => selector,
            ExprKind::Matrix(matrix) => &matrix.selector,
            _ => return,
        };
        if let Some(name) = super::selector::metric_name(selector) {
            unit = Unit::of(name.strip_suffix("_bucket").unwrap_or(name));
        }
    });
    unit
}

/// What a date function gives.
fn date(function: FunctionId, why: Why) -> Option<Values> {
    use FunctionId as F;
    let (least, most) = match function {
        F::Minute => (0.0, 59.0),
        F::Hour => (0.0, 23.0),
        F::DayOfWeek => (0.0, 6.0),
        F::DayOfMonth => (1.0, 31.0),
        F::DayOfYear => (1.0, 366.0),
        F::DaysInMonth => (28.0, 31.0),
        F::Month => (1.0, 12.0),
        F::Year => return Some(Values { is_integer: true, ..Values::any_float() }.without_nan()),
        _ => return None,
    };
    Some(Values::range(least, most, why).whole())
}

fn scalar<'e>(operand: &Node<'e>, span: Span) -> Node<'e> {
    let one = operand.presence == Presence::Always
        && operand.is_single()
        && !operand.values.may_be_histogram;
    let values = operand.values.floats().or_nan(!one);
    let mut node = Node::one(LabelSet::closed(None), values, span).always(true, None);
    (node.kind, node.unit) = (operand.kind, operand.unit);
    node
}

fn absent<'e>(call: &'e Call, operand: &Node<'e>, why: Why, span: Span) -> Node<'e> {
    let mut labels = LabelSet::closed(Why { reason: Reason::Absent, ..why });
    let selector = match &call.args[0].unparen().kind {
        ExprKind::Selector(selector) => Some(&**selector),
        ExprKind::Matrix(matrix) => Some(&matrix.selector),
        _ => None,
    };
    if let Some(selector) = selector {
        for (name, value, span) in equalities(&selector.matchers, &selector.matcher_spans) {
            let why = Why::new(span, Reason::Matcher);
            labels.set(name, Label::guaranteed(Some(OneOf::one(value)), why));
        }
    }
    let mut node = Node::one(labels, Values::constant(1.0, why), span);
    node.unit = Unit::ONE;
    match operand.presence {
        Presence::Always => Node { cost: node.cost, ..Node::never(operand.presence_why) },
        Presence::Never => node.always(true, operand.presence_why),
        Presence::Maybe => node,
    }
}

/// The labels that `absent()` reads off matchers: the first matcher of a label sets it if it is an
/// equality, any other one takes it away.
fn equalities<'m>(matchers: &'m [Matcher], spans: &[Span]) -> Vec<(&'m str, &'m str, Span)> {
    let mut seen: Vec<&str> = Vec::new();
    let mut kept: Vec<(&str, &str, Span)> = Vec::new();
    for (matcher, span) in matchers.iter().zip(spans) {
        if &*matcher.name == model::METRIC_NAME || !matcher.is_utf8() {
            continue;
        }
        if matcher.op == MatchOp::Equal && !seen.contains(&&*matcher.name) {
            seen.push(&matcher.name);
            kept.push((&matcher.name, &matcher.value, *span));
        } else {
            kept.retain(|(name, ..)| *name != &*matcher.name);
        }
    }
    kept.retain(|(_, value, _)| !value.is_empty());
    kept
}

fn extreme(function: FunctionId, a: &Values, b: Option<Values>) -> Values {
    let b = b.unwrap_or_else(Values::any_float);
    let is_max = function == FunctionId::MaxOf || function == FunctionId::ClampMin;
    if a.has_no_number() || b.has_no_number() {
        // Infinity wins over NaN, as in Go.
        let end = if is_max { f64::INFINITY } else { f64::NEG_INFINITY };
        let end = if a.contains(end) || b.contains(end) {
            Values::between(Bound::closed(end, None), Bound::closed(end, None))
        } else {
            Values::no_float()
        };
        return end.or_nan(true);
    }
    let (lower, upper) = if is_max {
        (a.lower.higher(b.lower), highest(a.upper, b.upper))
    } else {
        (lowest(a.lower, b.lower), a.upper.lower(b.upper))
    };
    Values {
        is_integer: a.is_integer && b.is_integer,
        may_be_minus_zero: a.may_be_minus_zero || b.may_be_minus_zero,
        ..Values::between(lower, upper)
    }
    .or_nan(a.may_be_nan || b.may_be_nan)
}

/// The end that reaches further up.
fn highest(a: Bound, b: Bound) -> Bound {
    let above = a.value > b.value || a.value == b.value && !a.open;
    if above { a } else { b }
}

/// The end that reaches further down.
fn lowest(a: Bound, b: Bound) -> Bound {
    let below = a.value < b.value || a.value == b.value && !a.open;
    if below { a } else { b }
}

/// What a function gives for a float.
fn of_float(
    function: FunctionId,
    x: &Values,
    (first, second): (Option<Values>, Option<Values>),
    why: Why,
) -> Values {
    use FunctionId as F;
    let nan = x.may_be_nan;
    let infinite = x.may_be_infinite();
    let below = |least: f64| x.lower.value < least;
    let within = |lower: f64, upper: f64| Values {
        may_be_minus_zero: true,
        ..Values::range(lower, upper, why).or_nan(nan)
    };
    if let Some(values) = date(function, why) {
        return values;
    }
    match function {
        F::Abs => absolute(x, why),
        F::Ceil => x.map(f64::ceil).whole(),
        F::Floor => x.map(f64::floor).whole(),
        F::Round => rounded(x, first),
        F::Sgn => sign(x, why),
        F::Clamp => {
            let limited = extreme(F::ClampMax, x, second);
            extreme(F::ClampMin, &limited, first).because(why)
        }
        F::ClampMax | F::ClampMin => extreme(function, x, first).because(why),
        F::Exp => {
            let mut values = about(&x.map(float::exp), why);
            values.upper.open = false;
            values
        }
        F::Sqrt => about(&x.map(|v| v.max(0.0).sqrt()), why).or_nan(below(0.0)),
        F::Ln => logarithm(x, float::ln, why),
        F::Log2 => logarithm(x, float::log2, why),
        F::Log10 => logarithm(x, float::log10, why),
        F::Sin | F::Cos => within(-1.0, 1.0).or_nan(infinite),
        F::Tanh => within(-1.0, 1.0),
        F::Atan => within(-FRAC_PI_2, FRAC_PI_2),
        F::Asin => within(-FRAC_PI_2, FRAC_PI_2).or_nan(true),
        F::Acos => within(0.0, PI).or_nan(true),
        F::Cosh => {
            Values { upper: Bound::closed(f64::INFINITY, None), ..Values::at_least(1.0, why) }
                .or_nan(nan)
                .rounded(|_| false)
        }
        F::Deg => x.map(|v| v * 180.0 / PI),
        F::Rad => x.map(|v| v * PI / 180.0),
        _ => Values::any_float(),
    }
}

fn logarithm(x: &Values, log: fn(f64) -> f64, why: Why) -> Values {
    let mut values = about(&x.map(|v| log(v.max(0.0))), why);
    // Of 0, which is in reach, it is infinite.
    values.lower.open = values.lower.open && x.lower.value == 0.0;
    values.or_nan(x.lower.value < 0.0)
}

/// With room for how elementary functions round.
fn about(values: &Values, why: Why) -> Values {
    values.rounded(|value| value == 0.0).because(why)
}

fn absolute(x: &Values, why: Why) -> Values {
    let negated = super::arithmetic::negated(x);
    let mut result = if x.has_no_number() || x.lower.value >= 0.0 {
        *x
    } else if x.upper.value <= 0.0 {
        negated
    } else {
        Values { lower: Bound::closed(0.0, why), upper: highest(x.upper, negated.upper), ..*x }
    };
    result.may_be_minus_zero = false;
    if result.is_integer { result.whole() } else { result }
}

fn rounded(x: &Values, nearest: Option<Values>) -> Values {
    let nearest = match nearest {
        None => 1.0,
        Some(values) => match values.is_constant() {
            Some(n) if n > 0.0 && n.is_finite() && (1.0 / n).is_finite() => n,
            _ => return Values::any_float(),
        },
    };
    // As Prometheus computes it, so that the ends are those of its results.
    let inverse = 1.0 / nearest;
    let round = |v: f64| (v * inverse + 0.5).floor() / inverse;
    let result = x.map(round);
    if inverse == 1.0 { result.whole() } else { result }
}

fn sign(x: &Values, why: Why) -> Values {
    if x.has_no_number() {
        return *x;
    }
    let least = if x.lower.value > 0.0 || x.lower.value == 0.0 && x.lower.open {
        1.0
    } else if x.lower.value == 0.0 {
        0.0
    } else {
        -1.0
    };
    let most = if x.upper.value < 0.0 || x.upper.value == 0.0 && x.upper.open {
        -1.0
    } else if x.upper.value == 0.0 {
        0.0
    } else {
        1.0
    };
    let values = Values::range(least, most, why).whole();
    Values { may_be_nan: x.may_be_nan, may_be_minus_zero: x.may_be_minus_zero, ..values }
}
