//! What operators make of intervals.

use std::f64::consts::PI;

use promql::BinaryOp;

use super::{
    values::{Bound, Values},
    why::{Reason, Why},
};

/// `a op b` for every pair of values; operators that compare are not among them.
pub(super) fn arithmetic(a: &Values, op: BinaryOp, b: &Values, why: Why) -> Values {
    let floats = !a.has_no_float() && !b.has_no_float();
    let may_be_nan = floats && (a.may_be_nan || b.may_be_nan);
    let numbers = if !a.has_no_number() && !b.has_no_number() {
        numbers(a, op, b, why)
    } else if op == BinaryOp::Pow && floats {
        // 1 to the power of NaN, and NaN to the power of 0, are 1.
        Values::any_float()
    } else {
        Values::no_float()
    };
    numbers.or_nan(may_be_nan).or_histogram(makes_histogram(a, op, b))
}

fn makes_histogram(a: &Values, op: BinaryOp, b: &Values) -> bool {
    let (float_a, float_b) = (!a.has_no_float(), !b.has_no_float());
    match op {
        BinaryOp::Add | BinaryOp::Sub => a.may_be_histogram && b.may_be_histogram,
        BinaryOp::Mul => a.may_be_histogram && float_b || float_a && b.may_be_histogram,
        BinaryOp::Div => a.may_be_histogram && float_b,
        _ => false,
    }
}

fn numbers(a: &Values, op: BinaryOp, b: &Values, why: Why) -> Values {
    let is_integer = a.is_integer && b.is_integer;
    let result = match op {
        BinaryOp::Add => add(a, b),
        BinaryOp::Sub => add(a, &negated(b)),
        BinaryOp::Mul => corners(a, b, |x, y| x * y).or_nan(
            a.contains(0.0) && b.may_be_infinite() || b.contains(0.0) && a.may_be_infinite(),
        ),
        BinaryOp::Div => return divided(a, b),
        BinaryOp::Mod => modulo(a, b),
        BinaryOp::Pow => power(a, b, why),
        BinaryOp::Atan2 => {
            return Values {
                may_be_minus_zero: true,
                ..Values::range(-PI, PI, Why { reason: Reason::Operator, ..why })
            };
        }
        _ => return Values::any_float(),
    };
    if is_integer && op != BinaryOp::Pow { result.whole() } else { result }
}

/// The reason worth telling: not that a number was written.
fn told(a: Option<Why>, b: Option<Why>) -> Option<Why> {
    let is_number = |why: Option<Why>| why.is_none_or(|why| why.reason == Reason::Number);
    if is_number(a) && b.is_some() { b } else { a }
}

fn add(a: &Values, b: &Values) -> Values {
    let end = |x: Bound, y: Bound| {
        let value = x.value + y.value;
        let why = told(x.why, y.why);
        // Rounding may reach what was out of reach; infinity is not reached by adding.
        let open = match (x.value.is_infinite(), y.value.is_infinite()) {
            (true, true) => x.open && y.open,
            (true, false) => x.open,
            (false, true) => y.open,
            (false, false) => value.is_infinite(),
        };
        Bound { value, open, why }
    };
    let opposite = |a: &Values, b: &Values| a.may_be_plus_infinity() && b.may_be_minus_infinity();
    let mut sum = Values::between(end(a.lower, b.lower), end(a.upper, b.upper));
    // An interval of one infinity and one of the other give NaN only.
    if sum.lower.value.is_nan() {
        sum.lower = Bound::closed(f64::NEG_INFINITY, None);
    }
    if sum.upper.value.is_nan() {
        sum.upper = Bound::closed(f64::INFINITY, None);
    }
    Values {
        may_be_minus_zero: a.may_be_minus_zero && b.may_be_minus_zero,
        ..sum.or_nan(opposite(a, b) || opposite(b, a))
    }
}

/// `-a`.
pub(super) fn negated(a: &Values) -> Values {
    let flip = |bound: Bound| Bound { value: -bound.value, ..bound };
    Values { lower: flip(a.upper), upper: flip(a.lower), may_be_minus_zero: a.contains(0.0), ..*a }
}

/// The hull of what `f` gives at the corners, for `f` that goes one way along each side.
fn corners(a: &Values, b: &Values, f: impl Fn(f64, f64) -> f64) -> Values {
    let mut hull: Option<(Bound, Bound)> = None;
    for x in [a.lower, a.upper] {
        for y in [b.lower, b.upper] {
            let mut value = f(x.value, y.value);
            if value.is_nan() {
                value = 0.0;
            }
            let out_of_reach = |bound: Bound| bound.open || bound.value.is_finite();
            let infinite = x.value.is_infinite() || y.value.is_infinite();
            let open = value.is_infinite() && infinite && out_of_reach(x) && out_of_reach(y);
            let corner = Bound { value, open, why: told(x.why, y.why) };
            let (low, high) = hull.unwrap_or((corner, corner));
            let below = value < low.value || value == low.value && low.open;
            let above = value > high.value || value == high.value && high.open;
            hull = Some((if below { corner } else { low }, if above { corner } else { high }));
        }
    }
    let (lower, upper) = hull.expect("there are four corners");
    let may_be_minus_zero = !(a.is_positive() && b.is_positive());
    Values { may_be_minus_zero, ..Values::between(lower, upper) }
}

fn divided(a: &Values, b: &Values) -> Values {
    let infinities = a.may_be_infinite() && b.may_be_infinite();
    if !b.contains(0.0) {
        return corners(a, b, |x, y| x / y).or_nan(infinities);
    }
    let nan = infinities || a.contains(0.0);
    if !b.is_positive() {
        return Values { may_be_minus_zero: true, ..Values::any_float() }.or_nan(nan);
    }
    // Division by little gives as much as there may be.
    let sign = |bound: Bound, end: f64| {
        let value = if bound.value == 0.0 { 0.0 } else { end };
        Bound { value, open: false, why: bound.why }
    };
    let lower =
        if a.lower.value >= 0.0 { least_quotient(a, b) } else { sign(a.lower, f64::NEG_INFINITY) };
    let upper = if a.upper.value <= 0.0 {
        Bound::closed(0.0, a.upper.why)
    } else {
        sign(a.upper, f64::INFINITY)
    };
    let may_be_minus_zero = !a.is_positive();
    Values { may_be_minus_zero, ..Values::between(lower, upper).or_nan(nan) }
}

fn least_quotient(a: &Values, b: &Values) -> Bound {
    let value = a.lower.value / b.upper.value;
    let value = if value.is_nan() { 0.0 } else { value };
    Bound::closed(value, told(a.lower.why, b.upper.why))
}

/// As C's fmod: the sign is the dividend's.
fn modulo(a: &Values, b: &Values) -> Values {
    let most = b.upper.value.abs().max(b.lower.value.abs());
    let limit = |bound: Bound, sign: f64| {
        let least = bound.value.abs().min(most);
        Bound { value: sign * least, open: bound.open && least.is_infinite(), why: bound.why }
    };
    let lower =
        if a.lower.value >= 0.0 { Bound::closed(0.0, a.lower.why) } else { limit(a.lower, -1.0) };
    let upper =
        if a.upper.value <= 0.0 { Bound::closed(0.0, a.upper.why) } else { limit(a.upper, 1.0) };
    let nan = a.may_be_infinite() || b.contains(0.0);
    let may_be_minus_zero = !a.is_positive();
    Values { may_be_minus_zero, ..Values::between(lower, upper) }.or_nan(nan)
}

fn power(a: &Values, b: &Values, why: Why) -> Values {
    let square = b.is_constant().is_some_and(|n| n == 2.0);
    if let (Some(x), Some(y)) = (a.is_constant(), b.is_constant()) {
        return Values::constant(model::float::pow(x, y), why);
    }
    if !a.is_positive() && !square {
        return Values::any_float();
    }
    let why = a.lower.why.unwrap_or(why);
    let result = Values::between(Bound::closed(0.0, why), Bound::closed(f64::INFINITY, None));
    if square && a.is_integer { result.whole() } else { result }
}
