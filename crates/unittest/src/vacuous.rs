//! Expectations that hold whatever the rules do.

use std::sync::Arc;

use diagnostics::{Diagnostic, Finding, Severity, Span};
use model::{METRIC_NAME, Matcher, duration};
use promql::{Expr, ParseOptions, ast::ExprKind, visit};
use testfile::{AlertTest, ExprTest, InputSeries, Test, Text};

use crate::{input::Input, parts, rules_of::Rules};

/// Names that differ in so many letters may be the same one misspelt.
const ALIKE: usize = 3;

/// What is odd about the file as a whole.
pub(crate) fn of_file(input: &Input, rules: &Rules) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |diagnostic| {
        found.push(Finding { source: Arc::clone(&input.source), diagnostic });
    };
    if input.file.tests.is_empty() && input.file.errors.is_empty() {
        add(Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::of_file("no-tests", "there are no tests in this file")
        });
    }
    if input.file.has_more {
        add(Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::of_file("documents", "only the first document of this file is read")
        });
    }
    for name in &input.file.group_eval_order {
        if !rules.groups.iter().any(|origin| *origin.group().name == *name.text) {
            let message = format!("there is no group named {}", name.text);
            add(Diagnostic::new(Severity::Warning, "unknown-group", name.span(), message));
        }
    }
    found
}

/// What is odd about a test.
pub(crate) fn of_test(input: &Input, rules: &Rules, test: &Test) -> Vec<Finding> {
    let mut found: Vec<Diagnostic> = Vec::new();
    if !test.expects_something() {
        let span = test.name.as_ref().map_or_else(|| parts::beginning_of(test.span), Text::span);
        let message = "nothing is expected: this test cannot fail";
        found.push(warning("no-expectation", span, message));
    }
    for series in test.input_series.iter().filter(|series| series.cuts_the_rest_off()) {
        found.push(cut_off(series));
    }
    for (i, series) in test.input_series.iter().enumerate() {
        let labels = |s: &InputSeries| match &s.samples {
            Some(Ok(samples)) => Some(samples.labels.clone()),
            _ => None,
        };
        let mine = labels(series);
        let later = test.input_series[i + 1..].iter().find(|s| mine.is_some() && labels(s) == mine);
        if let Some(later) = later {
            let message = "this series is given twice: the last one counts";
            let diagnostic = warning("repeated-series", series.series.span(), message);
            found.push(diagnostic.because(later.series.span(), "given again here"));
        }
    }
    found.extend(test.alerts.iter().filter_map(|alert| of_alert(input, rules, test, alert)));
    let finding = |diagnostic| Finding { source: Arc::clone(&input.source), diagnostic };
    found.into_iter().map(finding).collect()
}

/// What is odd about an expression that returned nothing, as expected.
pub(crate) fn of_empty_expr(
    input: &Input,
    rules: &Rules,
    test: &ExprTest,
    syntax: ParseOptions,
    has_series: impl Fn(&[Matcher]) -> bool,
) -> Option<Finding> {
    let expr = promql::parse_expr(&test.expr.text, &syntax).ok()?;
    let mut selectors = Vec::new();
    visit::walk(&expr, &mut |part: &Expr| match &part.kind {
        ExprKind::Selector(selector) => selectors.push(&selector.matchers),
        ExprKind::Matrix(matrix) => selectors.push(&matrix.selector.matchers),
        _ => {}
    });
    let is_recorded = |matchers: &[Matcher]| {
        let mut of_name = matchers.iter().filter(|m| *m.name == *METRIC_NAME).peekable();
        let any_name = of_name.peek().is_none();
        let of_name: Vec<_> = of_name.collect();
        let mut names = rules.all().map(|(_, _, rule)| match rule.alerting() {
            Some(_) => alert::ALERTS,
            None => rule.name(),
        });
        any_name || names.any(|name| of_name.iter().all(|m| m.matches(name)))
    };
    let is_fed = |matchers: &[Matcher]| has_series(matchers) || is_recorded(matchers);
    if selectors.is_empty() || selectors.into_iter().any(|matchers| is_fed(matchers)) {
        return None;
    }
    let message = "nothing is expected of series that do not exist: this passes whatever rules do";
    let diagnostic = warning("unfed-expression", test.expr.span(), message);
    Some(Finding { source: Arc::clone(&input.source), diagnostic })
}

fn cut_off(series: &InputSeries) -> Diagnostic {
    let message = "promtool reads no samples of this test behind this line break";
    warning("line-break", series.values.span(), message)
        .note("here it is white space, as it was meant")
        .help("write the values in one line, or with `>-`")
}

fn of_alert(input: &Input, rules: &Rules, test: &Test, alert: &AlertTest) -> Option<Diagnostic> {
    let name = alert.alertname.as_ref()?;
    if !alert.exp_alerts.is_empty() {
        return None;
    }
    let named: Vec<_> = rules.alerts(&name.text).collect();
    if named.is_empty() {
        let message = format!(
            "no rule makes alerts named {}: that none fires is true whatever the rules do",
            name.text
        );
        let diagnostic = warning("unknown-alert", name.span(), &message);
        return Some(match most_like(&name.text, rules) {
            Some(other) => diagnostic.help(format!("did you mean `{other}`?")),
            None => diagnostic,
        });
    }
    if test.use_group_intervals {
        return None;
    }
    let waits = named.iter().filter_map(|(_, _, rule)| Some(rule.alerting()?.for_ms)).min()?;
    let every = input.file.evaluation_interval;
    let is_early = |alert: &AlertTest| alert.eval_time.ms / every * every < waits;
    // A test that also looks later shows what happens until then.
    let is_same =
        |other: &&AlertTest| other.alertname.as_ref().is_some_and(|n| n.text == name.text);
    if !test.alerts.iter().filter(is_same).all(is_early) {
        return None;
    }
    let (eval_time, waits) = (duration::format(alert.eval_time.ms), duration::format(waits));
    let message = format!(
        "{} cannot fire at {eval_time} yet: it waits `for` {waits}, and the test begins at 0",
        name.text
    );
    let diagnostic = warning("eval-time-before-for", alert.eval_time.span, &message);
    Some(diagnostic.help(format!("use an `eval_time` of {waits} or later")))
}

fn warning(code: &'static str, span: Span, message: &str) -> Diagnostic {
    Diagnostic::new(Severity::Warning, code, span, message)
}

/// The alert whose name is most like this one, if any is.
fn most_like<'r>(name: &str, rules: &'r Rules) -> Option<&'r str> {
    let alerts = rules.all().filter(|(_, _, rule)| rule.alerting().is_some());
    let distances = alerts.map(|(_, _, rule)| (distance(name, rule.name()), rule.name()));
    let (distance, found) = distances.min()?;
    (distance <= ALIKE.min(name.chars().count() / 3)).then_some(found)
}

/// How many letters have to be changed to make one name of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
