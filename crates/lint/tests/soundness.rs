//! Facts hold: for expressions and data by chance, every sample of every part of an expression is
//! what the facts of that part allow.
//!
//! Strict facts are held against any data; those that assume what metrics are documented to be
//! against data that is so. Finite numbers near the largest one are left out: overflow is set aside.

use std::fmt::Write;

use lint::facts::{Branch, Facts, LabelSet, Node, Presence, Records, Values};
use model::Labels;
use promql::{Expr, ExprKind, FunctionId, ParseOptions, ValueType, visit::walk};
use proptest::prelude::*;
use testkit::{
    fuzz::{
        Dice,
        engine::{load, stored},
    },
    generate::{Case, When, case},
    reference::{self, Number, Options, Storage, Value},
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn strict_facts_hold_for_any_data(seed in any::<u64>()) {
        strict(seed);
    }

    #[test]
    fn facts_hold_for_documented_metrics(seed in any::<u64>()) {
        assumed(seed);
    }
}

fn strict(seed: u64) {
    let case = case(&mut Dice::Seed(seed));
    let script = case.script.replace("1.5e308", "2e30").replace("1e308", "1e30");
    check(&case, &script, |expr| Facts::strict(expr));
}

fn assumed(seed: u64) {
    let mut case = case(&mut Dice::Seed(seed));
    case.query = case.query.replace("odd", "up");
    // Later than 1970, whatever is subtracted.
    case.when = When::Instant(600_000 + 7_000 * i64::from(seed.to_le_bytes()[0] % 8));
    let script = documented(&mut Dice::Seed(seed.wrapping_mul(31)));
    check(&case, &script, |expr| {
        if misuses(expr) { Facts::strict(expr) } else { Facts::of(expr, &Records::default()) }
    });
}

/// Evaluates every part of a query and holds the results against its facts.
fn check(case: &Case, script: &str, facts: impl for<'e> Fn(&'e Expr) -> Facts<'e>) {
    let Ok(expr) = promql::parse_expr(&case.query, &ParseOptions::all()) else { return };
    let facts = facts(&expr);
    let storage = stored(&load(script));
    let t = match case.when {
        When::Instant(t) | When::Range { start: t, .. } => t,
    };
    let options = Options { start_timestamps: case.flags.start_timestamps, ..Options::default() };
    walk(&expr, &mut |part| {
        if part.value_type() == ValueType::String {
            return;
        }
        let violation = violation(case, part, facts.node(part), t, &storage, &options);
        if let Some(violation) = violation {
            let part = part.span.of(&case.query);
            panic!("{script}\neval instant at {t}ms {}\npart {part}\n{violation}", case.query);
        }
    });
}

/// What contradicts the facts of a part. Where evaluating it is an error, nothing does.
fn violation(
    case: &Case,
    part: &Expr,
    node: &Node<'_>,
    t: i64,
    storage: &Storage,
    options: &Options,
) -> Option<String> {
    let outcome = reference::instant(&case.query, part, t, storage, options).ok()?;
    let samples: Vec<(Labels, Number)> = match outcome.value {
        Value::Scalar(value) => vec![(Labels::empty(), Number::Float(value))],
        Value::String(_) => return None,
        Value::Vector(samples) => samples,
        Value::Matrix(series) => series
            .into_iter()
            .flat_map(|(labels, s)| s.into_iter().map(move |(_, v)| (labels.clone(), v)))
            .collect(),
    };
    let wrong = match node.presence {
        Presence::Always => samples.is_empty().then_some("nothing is there"),
        Presence::Never => (!samples.is_empty()).then_some("something is there"),
        Presence::Maybe => None,
    };
    if let Some(wrong) = wrong {
        return Some(format!("{wrong}: {:?}", node.presence));
    }
    for (labels, value) in &samples {
        let fits = |b: &Branch<'_>| has_labels(&b.labels, labels) && has_value(&b.values, value);
        if !node.branches.iter().any(fits) {
            return Some(format!("{labels} {value:?} is of no branch: {:#?}", node.branches));
        }
        if !has_value(&node.values, value) {
            return Some(format!("{value:?} is not among {:#?}", node.values));
        }
    }
    None
}

fn has_labels(known: &LabelSet<'_>, labels: &Labels) -> bool {
    let allowed = labels.iter().all(|(name, value)| {
        let label = known.get(name);
        !label.is_impossible() && label.values.as_ref().is_none_or(|values| values.contains(value))
    });
    allowed && known.named().all(|(name, l)| !l.is_guaranteed() || labels.get(name).is_some())
}

fn has_value(known: &Values, value: &Number) -> bool {
    match value {
        Number::Histogram(_) => known.may_be_histogram,
        Number::Float(v) if v.is_nan() => known.may_be_nan,
        Number::Float(v) => {
            let minus_zero = *v == 0.0 && v.is_sign_negative();
            known.contains(*v) && (!minus_zero || known.may_be_minus_zero)
        }
    }
}

/// Whether counters are computed: what is no counter need not grow.
fn misuses(expr: &Expr) -> bool {
    let mut found = false;
    walk(expr, &mut |expr| {
        use FunctionId as F;
        let ExprKind::Call(call) = &expr.kind else { return };
        let of_counters = matches!(
            call.function,
            F::Rate | F::Increase | F::Irate | F::HistogramFraction | F::HistogramCount
        );
        let of_selectors = call.args.iter().all(|arg| {
            !matches!(arg.kind, ExprKind::Subquery(_) | ExprKind::Call(_) | ExprKind::Binary(_))
        });
        found |= of_counters && !of_selectors;
    });
    found
}

/// A load of the metrics that queries by chance read, as they are documented.
fn documented(dice: &mut Dice<'_>) -> String {
    let mut script = "load 15s\n".to_owned();
    for name in ["a_total", "b", "up", "c_bucket", "target_info", "build_info", "d_total", "e"] {
        for instance in 0..=dice.below(3) {
            let job = ["x", "y"][dice.below(2)];
            let labels = format!("job=\"{job}\",instance=\"{instance}\"");
            let mut add = |labels: &str, values: &str| {
                let _ = writeln!(script, "  {name}{{{labels}}} {values}");
            };
            if name == "c_bucket" {
                let mut count = 0;
                for le in ["0.1", "1", "5", "+Inf"] {
                    count += dice.below(4);
                    add(&format!("{labels},le=\"{le}\""), &format!("0+{count}x40"));
                }
                continue;
            }
            let mut values = String::new();
            let mut counter: f64 = 0.0;
            for _ in 0..40 {
                let step: f64 = [0.0, 1.0, 0.5, 7.0, 0.1][dice.below(5)];
                counter = if dice.one_in(9) { step } else { counter + step };
                let value = match name {
                    "up" => step.clamp(0.0, 1.0).round(),
                    "a_total" | "d_total" => counter,
                    "b" | "e" => step,
                    _ => 1.0,
                };
                let sample = if dice.one_in(12) { "_".to_owned() } else { value.to_string() };
                let _ = write!(values, "{sample} ");
            }
            add(&labels, &values);
        }
    }
    script
}
