//! Functions over windows.

use diagnostics::Span;
use promql::{FunctionId, ast::Call};

use super::{Bound, Interpreter, MetricKind, Node, Reason, Unit, Values, Why, aggregate};

impl<'e> Interpreter<'e, '_> {
    /// A function of one window; none if it is another kind of function.
    pub(super) fn over_time(&self, call: &'e Call, args: &[usize], span: Span) -> Option<Node<'e>> {
        use FunctionId as F;
        let at = usize::from(call.function == F::QuantileOverTime);
        let operand = &self.nodes[*args.get(at)?];
        let of_scalar = |at: usize| self.nodes[args[at]].values.is_constant();
        let why = Why::new(call.name_span, Reason::Function(call.function));
        let counter = Why { reason: Reason::Counter(call.function), ..why };
        let assumes = self.assumes();
        let values = |values: &Values| {
            let floats = values.floats();
            Some(match call.function {
                F::LastOverTime | F::FirstOverTime => *values,
                F::AvgOverTime => aggregate::mean(values),
                F::SumOverTime => aggregate::sum(values),
                F::MinOverTime | F::MaxOverTime => floats,
                F::QuantileOverTime => aggregate::quantile(&floats, of_scalar(0)),
                F::StddevOverTime | F::StdvarOverTime | F::MadOverTime => {
                    if floats.has_no_float() {
                        floats
                    } else {
                        aggregate::spread(&floats, why)
                    }
                }
                F::CountOverTime => Values::at_least(1.0, why).whole(),
                F::PresentOverTime => Values::constant(1.0, why),
                F::Changes | F::Resets => Values::at_least(0.0, why).whole(),
                F::Rate | F::Increase | F::Irate => growth(values, assumes, counter),
                F::Delta | F::Idelta => Values::any_float().or_histogram(values.may_be_histogram),
                F::Deriv | F::PredictLinear | F::DoubleExponentialSmoothing => Values::any_float(),
                F::TsOfFirstOverTime
                | F::TsOfLastOverTime
                | F::TsOfMaxOverTime
                | F::TsOfMinOverTime => timestamps(assumes, why),
                _ => return None,
            })
        };
        values(&Values::any())?;
        let mut branches = operand.branches.clone();
        for branch in &mut branches {
            branch.values = values(&branch.values).unwrap_or_else(Values::any);
            if !call.function.row().keeps_name {
                branch.labels.drop_name(true, why);
            }
            branch.span = if operand.branches.len() == 1 { span } else { branch.span };
        }
        let mut node = Node::new(branches, operand.presence_why);
        (node.kind, node.unit) = match call.function {
            F::Rate | F::Irate | F::Deriv => (MetricKind::Gauge, operand.unit.per_second()),
            F::Changes | F::Resets | F::CountOverTime | F::PresentOverTime => {
                (MetricKind::Gauge, Unit::ONE)
            }
            F::LastOverTime | F::FirstOverTime | F::MaxOverTime | F::MinOverTime => {
                (operand.kind, operand.unit)
            }
            F::StdvarOverTime => (MetricKind::Gauge, Unit::UNKNOWN),
            F::AvgOverTime if operand.kind == MetricKind::Bool => (MetricKind::Ratio, Unit::RATIO),
            F::TsOfFirstOverTime
            | F::TsOfLastOverTime
            | F::TsOfMaxOverTime
            | F::TsOfMinOverTime => (MetricKind::Timestamp, Unit::TIMESTAMP),
            _ => (MetricKind::Gauge, operand.unit),
        };
        Some(node)
    }
}

/// How much counters grow. Whatever is no counter may fall below zero before a reset.
fn growth(values: &Values, assumes: bool, why: Why) -> Values {
    if values.has_no_float() {
        return *values;
    }
    let grown = if assumes { Values::at_least(0.0, why) } else { Values::any_float() };
    grown.or_histogram(values.may_be_histogram)
}

/// Seconds since 1970.
pub(super) fn timestamps(assumes: bool, why: Why) -> Values {
    let least =
        if assumes { Bound::closed(0.0, why) } else { Bound::open(f64::NEG_INFINITY, None) };
    Values {
        may_be_minus_zero: !assumes,
        ..Values::between(least, Bound::open(f64::INFINITY, None))
    }
}
