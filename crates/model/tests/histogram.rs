//! Operations on histograms against what Prometheus 3.14's own code returns for the same.
//!
//! Each line of `histogram.txt` is an operation, its operands and the result, to the last digit;
//! the operands were drawn at random. How they came about is told at the top of that file.

use std::fmt::Write;

use model::{
    histogram::{FloatHistogram, Mean, Notes, Total, Trim, notation},
    number::{format_g, parse_float},
};

#[test]
fn operations_agree_with_prometheus() {
    let cases = include_str!("histogram.txt");
    let mut wrong = String::new();
    let mut n_wrong = 0;
    for line in cases.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<_> = line.split(" | ").collect();
        let [op, operands @ .., expect] = &fields[..] else { panic!("no case: {line}") };
        let got = run(op, operands);
        if got != *expect {
            n_wrong += 1;
            if n_wrong <= 10 {
                writeln!(wrong, "{line}\n   got {got}").unwrap();
            }
        }
    }
    assert!(n_wrong == 0, "{n_wrong} wrong:\n{wrong}");
}

fn run(op: &str, operands: &[&str]) -> String {
    let first = histogram(operands[0]);
    match (op, operands) {
        ("add", [_, b]) => sum(first, b, FloatHistogram::add),
        ("sub", [_, b]) => sum(first, b, FloatHistogram::subtract),
        ("mul", [_, by]) => changed(first, |h| h.multiply(number(by))),
        ("div", [_, by]) => changed(first, |h| h.divide(number(by))),
        ("reset", [_, b]) => histogram(b).detect_reset(&first).to_string(),
        ("equal", [_, b]) => first.same_values(&histogram(b)).to_string(),
        ("sum", [_, more @ ..]) => {
            let mut total = Total::new(&first);
            for h in more {
                total.add(&histogram(h)).expect("one kind");
            }
            total.value().compact().test_text()
        }
        ("mean", [_, more @ ..]) => {
            let mut mean = Mean::new(&first);
            for h in more {
                mean.add(&histogram(h)).expect("one kind");
            }
            mean.value().compact().test_text()
        }
        ("schema", [_, schema]) => first.to_schema(schema.parse().expect("a schema")).test_text(),
        ("lower", [_, at]) => first.trim(Trim::Lower, number(at)).test_text(),
        ("upper", [_, at]) => first.trim(Trim::Upper, number(at)).test_text(),
        ("quantile", [_, q]) => {
            use model::histogram::QuantileNote::{NanResult, NanSkew};
            let (value, note) = first.quantile(number(q));
            let note = match note {
                Some(NanResult) => " nan",
                Some(NanSkew) => " skew",
                None => "",
            };
            format_g(value) + note
        }
        ("fraction", [_, lower, upper]) => {
            let (value, note) = first.fraction(number(lower), number(upper));
            format_g(value) + note.map_or("", |_| " nans")
        }
        ("var", [_]) => format_g(first.variance()),
        ("show", [_]) => first.to_string(),
        _ => panic!("no operation: {op}"),
    }
}

fn sum<E>(
    mut h: FloatHistogram,
    other: &str,
    op: impl Fn(&mut FloatHistogram, &FloatHistogram) -> Result<Notes, E>,
) -> String {
    let Ok(notes) = op(&mut h, &histogram(other)) else { return "mixed".to_owned() };
    let mut text = h.test_text();
    for (is, note) in
        [(notes.hint_collision, " collision"), (notes.bounds_reconciled, " reconciled")]
    {
        text += if is { note } else { "" };
    }
    text
}

fn changed(mut h: FloatHistogram, change: impl Fn(&mut FloatHistogram)) -> String {
    change(&mut h);
    h.test_text()
}

/// Prometheus writes empty lists and `+`, but does not read them.
fn histogram(text: &str) -> FloatHistogram {
    let text = text.replace(" custom_values:[]", "").replace("+Inf", "Inf");
    notation::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")).histogram
}

fn number(text: &str) -> f64 {
    parse_float(text).unwrap_or_else(|| panic!("no number: {text}"))
}
