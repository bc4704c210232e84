//! promtool's words, to the letter.

mod diff;

use model::{Labels, duration, labels::is_legacy_label_name, number, quote::quote};
use store::Samples;
use testfile::{AlertTest, ExprTest, Test};

use crate::{
    expect::{
        pairs::{Expected, Got, Pair},
        samples::Shown,
    },
    input::Mode,
    simulate::Simulation,
};

/// An alert test without a name.
pub(crate) fn nameless(test: &Test, alert: &AlertTest) -> String {
    let group = test.name.as_ref();
    let group = group.map_or_else(String::new, |name| format!(" (in TestGroup {})", name.text));
    format!(
        "an item under alert_rule_test misses required attribute alertname at eval_time {}{group}",
        duration::format(alert.eval_time.ms)
    )
}

/// A rule that failed at a time, in milliseconds since the epoch.
pub(crate) fn rule_error(name: &str, t: i64, error: &str) -> String {
    format!("    rule: {name}, time: {}, err: {error}", go_duration(t))
}

/// An expression that cannot be evaluated, or whose expectation cannot be read.
pub(crate) fn expr_error(test: &ExprTest, error: &str) -> String {
    let at = duration::format(test.eval_time.ms);
    format!("    expr: {}, time: {at}, err: {error}", quote(&test.expr.text))
}

/// Samples that differ.
pub(crate) fn samples(test: &ExprTest, expected: &[Shown], got: &[Shown]) -> String {
    let (expr, at) = (quote(&test.expr.text), duration::format(test.eval_time.ms));
    let (exp, got) = (show_samples(expected), show_samples(got));
    format!("    expr: {expr}, time: {at},\n        exp: {exp}\n        got: {got}")
}

/// Alerts that differ; none where `--diff` finds nothing to show.
pub(crate) fn alerts(
    of: &Simulation<'_>,
    test: &AlertTest,
    expected: &[Expected],
    got: &[Got],
) -> Option<String> {
    const INDENT: &str = "            ";
    let name = of.test.name.as_ref();
    let name = name.map_or_else(String::new, |name| format!("    name: {},\n", name.text));
    let alert = test.alertname.as_ref().map_or("", |name| &name.text);
    let at = duration::format(test.eval_time.ms);
    let mut expected: Vec<(&[Pair], &[Pair])> =
        expected.iter().map(|e| (&*e.labels, &*e.annotations)).collect();
    expected.sort();
    let mut got: Vec<(&[Pair], &[Pair])> =
        got.iter().map(|g| (&*g.labels, &*g.annotations)).collect();
    got.sort();
    let head = format!("{name}    alertname: {alert}, time: {at}, \n");
    if of.options.mode == (Mode::Promtool { diff: true }) {
        let diff = diff::of_alerts(&expected, &got)?;
        return Some(format!("{head}        diff: {}", indent(&diff, INDENT)));
    }
    let (exp, got) = (show_alerts(&expected), show_alerts(&got));
    let (exp, got) = (indent(&exp, INDENT), indent(&got, INDENT));
    Some(format!("{head}        exp:{exp}, \n        got:{got}"))
}

/// All samples of a test, as `--debug` shows them.
pub(crate) fn dump(of: &Simulation<'_>) -> Vec<String> {
    let whole_seconds = (of.test.last_eval_time() + 1000) / 1000 * 1000;
    let end = of.test.start.saturating_add(whole_seconds);
    let table = of.offline.table();
    let mut series: Vec<(&Labels, String)> = table
        .series()
        .filter_map(|(id, labels)| {
            let samples = table.samples(id, end - whole_seconds, end);
            (!samples.is_empty()).then(|| (labels, show_window(samples)))
        })
        .collect();
    series.sort_by(|a, b| a.0.cmp(b.0));
    let shown: Vec<String> =
        series.into_iter().map(|(labels, text)| format!("{labels} =>\n{text}")).collect();
    let at = go_duration(whole_seconds);
    let title = format!("DEBUG: Dump of all data (input_series and rules) at {at}:");
    vec![title, shown.join("\n")]
}

fn show_window(samples: Samples<'_>) -> String {
    let floats = samples.floats.ts.iter().zip(samples.floats.values);
    let floats = floats.map(|(t, v)| format!("{} @[{t}]", number::format_f(*v)));
    let histograms = samples.histograms.ts.iter().zip(samples.histograms.values);
    let histograms = histograms.map(|(t, h)| format!("{h} @[{t}]"));
    floats.chain(histograms).collect::<Vec<_>>().join("\n")
}

fn show_samples(samples: &[Shown]) -> String {
    if samples.is_empty() {
        return "nil".to_owned();
    }
    samples.iter().map(show_sample).collect::<Vec<_>>().join(", ")
}

fn show_sample(sample: &Shown) -> String {
    let value =
        if sample.histogram.is_empty() { exponent(sample.value) } else { sample.histogram.clone() };
    format!("{} {value}", sample.labels)
}

/// `FormatFloat(v, 'E', -1, 64)`.
fn exponent(v: f64) -> String {
    let text = number::format_e(v);
    if v.is_finite() { text.replace('e', "E") } else { text }
}

fn show_alerts(alerts: &[(&[Pair], &[Pair])]) -> String {
    if alerts.is_empty() {
        return "[]".to_owned();
    }
    let one = |(i, (labels, annotations)): (usize, &(&[Pair], &[Pair]))| {
        let (labels, annotations) = (show_pairs(labels), show_pairs(annotations));
        format!("\n{i}:\n  Labels:{labels}\n  Annotations:{annotations}")
    };
    format!("[{}\n]", alerts.iter().enumerate().map(one).collect::<Vec<_>>().join(","))
}

fn show_pairs(pairs: &[Pair]) -> String {
    let one = |(name, value): &Pair| {
        let name = if is_legacy_label_name(name) { name.clone() } else { quote(name) };
        format!("{name}={}", quote(value))
    };
    format!("{{{}}}", pairs.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Indents all lines but the first.
fn indent(text: &str, with: &str) -> String {
    text.replace('\n', &format!("\n{with}"))
}

/// A duration as Go prints it: `1h0m0s`, `1.5s`, `20ms`, `0s`.
pub(crate) fn go_duration(ms: i64) -> String {
    let (sign, ms) = (if ms < 0 { "-" } else { "" }, ms.unsigned_abs());
    if ms == 0 {
        return "0s".to_owned();
    }
    if ms < 1000 {
        return format!("{sign}{ms}ms");
    }
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    let seconds = number::format_f((ms % 60_000) as f64 / 1000.0);
    match (hours, ms / 60_000) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        let shown = [0, 20, 1500, 60_000, 3_600_000, 90_061_500, -60_000].map(go_duration);
        assert_eq!(shown, ["0s", "20ms", "1.5s", "1m0s", "1h0m0s", "25h1m1.5s", "-1m0s"]);
    }
}
