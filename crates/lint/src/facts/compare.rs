//! Comparisons: whether they can hold, and which values they leave.

use promql::BinaryOp;

use super::{
    values::{Bound, Values},
    why::{Reason, Why},
};

/// What can come of a comparison of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// It can hold.
    pub may_hold: bool,
    /// It can fail.
    pub may_fail: bool,
}

/// Whether `a op b` can hold and can fail, of floats.
pub fn truth(a: &Values, op: BinaryOp, b: &Values) -> Truth {
    if a.has_no_float() || b.has_no_float() {
        return Truth { may_hold: false, may_fail: false };
    }
    let nan = a.may_be_nan || b.may_be_nan;
    let numbers = !a.has_no_number() && !b.has_no_number();
    let may = |op| numbers && may_hold(a, op, b);
    match op {
        BinaryOp::Neq => {
            Truth { may_hold: nan || may(BinaryOp::Neq), may_fail: may(BinaryOp::Eql) }
        }
        _ => Truth { may_hold: may(op), may_fail: nan || may(negated(op)) },
    }
}

fn may_hold(a: &Values, op: BinaryOp, b: &Values) -> bool {
    match op {
        BinaryOp::Lss => a.lower.value < b.upper.value,
        BinaryOp::Lte => reaches(a.lower, b.upper),
        BinaryOp::Gtr => b.lower.value < a.upper.value,
        BinaryOp::Gte => reaches(b.lower, a.upper),
        BinaryOp::Eql => !equal(a, b).has_no_number(),
        _ => {
            a.lower.value != a.upper.value
                || b.lower.value != b.upper.value
                || a.lower.value != b.lower.value
        }
    }
}

/// Whether a number from the lower bound on can be up to the upper bound.
fn reaches(lower: Bound, upper: Bound) -> bool {
    lower.value < upper.value || lower.value == upper.value && !lower.open && !upper.open
}

/// The numbers that both have.
fn equal(a: &Values, b: &Values) -> Values {
    let both = Values {
        lower: a.lower.higher(b.lower),
        upper: a.upper.lower(b.upper),
        may_be_nan: false,
        ..*a
    };
    if a.is_integer || b.is_integer { both.whole() } else { both }
}

/// The ends that decide that a comparison never holds: of the left side and of the right side. None
/// where none do, as with whole numbers and fractions.
pub fn deciding(a: &Values, op: BinaryOp, b: &Values) -> Option<(Bound, Bound)> {
    match op {
        BinaryOp::Lss | BinaryOp::Lte => Some((a.lower, b.upper)),
        BinaryOp::Gtr | BinaryOp::Gte => Some((a.upper, b.lower)),
        BinaryOp::Eql if a.lower.value >= b.upper.value => Some((a.lower, b.upper)),
        BinaryOp::Eql if a.upper.value <= b.lower.value => Some((a.upper, b.lower)),
        _ => None,
    }
}

/// The comparison that holds where this one fails.
pub fn negated(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lss => BinaryOp::Gte,
        BinaryOp::Lte => BinaryOp::Gtr,
        BinaryOp::Gtr => BinaryOp::Lte,
        BinaryOp::Gte => BinaryOp::Lss,
        BinaryOp::Eql => BinaryOp::Neq,
        _ => BinaryOp::Eql,
    }
}

/// The comparison with its sides exchanged: `a < b` is `b > a`.
pub fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lss => BinaryOp::Gtr,
        BinaryOp::Lte => BinaryOp::Gte,
        BinaryOp::Gtr => BinaryOp::Lss,
        BinaryOp::Gte => BinaryOp::Lte,
        op => op,
    }
}

/// The floats `a` for which `a op b` holds with some `b`.
pub(super) fn narrow(a: &Values, op: BinaryOp, b: &Values, why: Why) -> Values {
    let kept = Values { may_be_histogram: false, ..*a };
    let nothing = Values { may_be_nan: false, may_be_minus_zero: false, ..Values::no_float() };
    if op == BinaryOp::Neq {
        let numbers = !a.has_no_number() && !b.has_no_number();
        let equal = numbers && !b.may_be_nan && !may_hold(a, op, b);
        return if equal { nothing.or_nan(a.may_be_nan) } else { kept };
    }
    if a.has_no_number() || b.has_no_number() || !may_hold(a, op, b) {
        return nothing;
    }
    let from = |bound: Bound, open: bool| Bound { open: open || bound.open, ..bound.because(why) };
    let kept = kept.without_nan();
    let narrowed = match op {
        BinaryOp::Lss => Values { upper: a.upper.lower(from(b.upper, true)), ..kept },
        BinaryOp::Lte => Values { upper: a.upper.lower(from(b.upper, false)), ..kept },
        BinaryOp::Gtr => Values { lower: a.lower.higher(from(b.lower, true)), ..kept },
        BinaryOp::Gte => Values { lower: a.lower.higher(from(b.lower, false)), ..kept },
        _ => {
            let b = Values { lower: from(b.lower, false), upper: from(b.upper, false), ..*b };
            Values { may_be_minus_zero: true, ..equal(&kept, &b) }
        }
    };
    if narrowed.is_integer { narrowed.whole() } else { narrowed }
}

/// Why a comparison told 0 or 1.
pub(super) fn told(a: &Values, op: BinaryOp, b: &Values, why: Why) -> Values {
    let truth = truth(a, op, b);
    let why = Why { reason: Reason::Bool, ..why };
    match (truth.may_hold, truth.may_fail) {
        (true, true) => Values::truth(why),
        (true, false) => Values::constant(1.0, why),
        (false, true) => Values::constant(0.0, why),
        (false, false) => Values::no_float(),
    }
}
