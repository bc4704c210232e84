//! The lines that an on-call person reads.

use std::{fmt::Write, time::Duration};

use anstyle::{AnsiColor, Style};
use model::{Labels, duration, number::format_g_precision};
use notify::{AlertEvent, Event, RuleHealth, Transition};
use ruler::{RuleSet, group::Action};

use crate::demo::{
    score::{Category, Score},
    stage::Stage,
};

/// Labels that every line shows elsewhere, or that say nothing beside the others.
const HIDDEN: [&str; 7] =
    ["alertname", "severity", "category", "team", "namespace", "container", "job"];

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Three lines: the platform, the rules, the time.
pub(super) fn opening(stage: &Stage, rules: &RuleSet, length: &str, speed: f64) -> String {
    let all = || rules.groups.iter().flat_map(|group| &group.rules);
    let alerts = all().filter(|rule| matches!(rule.action, Action::Alert(_))).count();
    let speed = if speed.is_finite() {
        format!("{} times as fast as real time", format_g_precision(speed, 6))
    } else {
        "as fast as it goes".to_owned()
    };
    format!(
        "Tripo04OS, simulated: {} services, {} series, scraped every {}\n\
         {alerts} alerts and {} recording rules, evaluated over {}\n\
         {length} of a Monday evening, {speed}\n\n",
        simulator::SERVICES.len(),
        grouped(stage.n_series() as u64),
        duration::format(stage.interval_ms()),
        all().count() - alerts,
        stage.url(),
    )
}

/// `17:05:00`, in UTC.
pub(super) fn clock(t_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(t_ms)
        .map_or_else(|_| String::new(), |t| t.strftime("%H:%M:%S").to_string())
}

/// An incident that begins or ends.
pub(super) fn announcement(t_ms: i64, text: &str, color: bool) -> String {
    let text = painted(&format!("{}  · {text}", clock(t_ms)), DIM, color);
    format!("{text}\n")
}

/// A line about an alert that fires or resolves, or about a rule that fails.
pub(super) fn event(event: &Event, color: bool) -> Option<String> {
    if let Some(event) = event.as_rule() {
        let RuleHealth::Error { message, .. } = &event.health else { return None };
        let word = painted("FAILED  ", red(), color);
        return Some(format!(
            "{}  {word}  {}: {message}\n",
            clock(event.eval.ts.0),
            event.rule.name
        ));
    }
    let event = event.as_alert()?;
    let (word, style, rest) = match event.transition {
        Transition::Firing => ("FIRING  ", severity_style(event), firing(event)),
        Transition::Resolved => ("RESOLVED", AnsiColor::Green.on_default().bold(), resolved(event)),
        Transition::Pending | Transition::Cancelled => return None,
    };
    Some(format!(
        "{}  {}  {:<8}  {}  {}  {rest}\n",
        clock(event.eval.ts.0),
        painted(word, style, color),
        event.labels.value("severity"),
        painted(&format!("{:<25}", event.rule.name), BOLD, color),
        key_labels(&event.labels),
    ))
}

/// What it is about, and the value that fired it.
fn firing(event: &AlertEvent) -> String {
    let summary = event.annotations.iter().find(|(name, _)| name == "summary");
    let summary = summary.map_or(event.rule.expr.as_str(), |(_, text)| text);
    format!("{summary} ({})", value(event))
}

/// For how long it fired, and the value then.
fn resolved(event: &AlertEvent) -> String {
    let fired = event.fired_at.unwrap_or(event.active_at);
    let lasted = duration::format(event.resolved_at.unwrap_or(event.eval.ts).0 - fired.0);
    match event.value {
        Some(v) => format!("fired for {lasted}, now {}", format_g_precision(v, 4)),
        None => format!("fired for {lasted}"),
    }
}

fn value(event: &AlertEvent) -> String {
    let value = event.value.map_or_else(|| "no value".to_owned(), |v| format_g_precision(v, 4));
    match &event.threshold {
        Some(threshold) => {
            let right = threshold.rhs.map_or_else(|| "…".to_owned(), |v| format_g_precision(v, 4));
            format!("{value} {} {right}", threshold.op)
        }
        None => value,
    }
}

fn key_labels(labels: &Labels) -> String {
    // A pod's name begins with its service.
    let hides_service = labels.get("pod").is_some();
    let shown = labels
        .iter()
        .filter(|(name, _)| !(HIDDEN.contains(name) || hides_service && *name == "service"))
        .map(|(name, value)| format!("{name}={value}"));
    let text = shown.collect::<Vec<_>>().join(" ");
    if text.is_empty() { "platform".to_owned() } else { text }
}

/// A table by category, and what it took.
pub(super) fn summary(score: &Score, color: bool) -> String {
    let mut text = String::from("\n");
    let head = format!(
        "{:<16}{:>8}{:>8}{:>10}{:>8}{:>10}",
        "category", "alerts", "fired", "resolved", "firing", "longest"
    );
    let _ = writeln!(text, "{}", painted(&head, BOLD, color));
    for category in &score.categories {
        let complete = category.fired > 0 && category.resolved > 0;
        let row = row(category);
        let _ = writeln!(text, "{}", if complete { row } else { painted(&row, red(), color) });
    }
    let totals = score.totals;
    let _ = write!(
        text,
        "\n{} of {} alerts fired, {} resolved\n\
         {} rules evaluated {} times, {} evaluations missed, {} rules failed\n\
         {} queries and {} read over HTTP; {} of simulated time in {}\n",
        score.fired.len(),
        score.alerts.len(),
        score.resolved.len(),
        totals.rules,
        grouped(totals.evaluations),
        totals.missed,
        score.failed.len(),
        grouped(totals.traffic.queries),
        size(totals.traffic.bytes),
        duration::format(totals.simulated_ms / 1000 * 1000),
        wall(totals.wall),
    );
    for (name, why) in &score.failed {
        let _ = writeln!(text, "{} {name}: {why}", painted("failed:", red(), color));
    }
    let verdict = if score.passed() {
        painted("alerts of every category fired and resolved", green(), color)
    } else {
        painted("not every category fired and resolved, or a rule failed", red(), color)
    };
    let _ = writeln!(text, "{verdict}");
    text
}

fn row(category: &Category) -> String {
    format!(
        "{:<16}{:>8}{:>8}{:>10}{:>8}{:>10}",
        category.name,
        category.alerts,
        category.fired,
        category.resolved,
        category.firing,
        duration::format(category.longest_ms),
    )
}

fn severity_style(event: &AlertEvent) -> Style {
    match event.labels.value("severity") {
        "critical" => red(),
        _ => AnsiColor::Yellow.on_default().bold(),
    }
}

fn red() -> Style {
    AnsiColor::BrightRed.on_default().bold()
}

fn green() -> Style {
    AnsiColor::Green.on_default().bold()
}

fn painted(text: &str, style: Style, color: bool) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Thousands apart: `12,345`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Tenths of a second below a minute, else whole seconds.
fn wall(wall: Duration) -> String {
    let tenths = (wall.as_millis() + 50) / 100;
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    let seconds = (wall.as_millis() + 500) / 1000;
    format!("{}m{}s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(["0", "999", "1,000", "1,234,567"], [0, 999, 1_000, 1_234_567].map(grouped)[..]);
        assert_eq!(clock(1_768_237_200_000 + 61_000), "17:01:01");
        assert_eq!(wall(Duration::from_millis(121_400)), "2m1s");
        assert_eq!(wall(Duration::from_millis(119_996)), "2m0s");
        assert_eq!(wall(Duration::from_millis(59_960)), "1m0s");
        assert_eq!(wall(Duration::from_millis(5_040)), "5.0s");
    }

    #[test]
    fn labels_that_tell_alerts_apart_are_shown() {
        let labels = |pairs: &[(&str, &str)]| key_labels(&Labels::from_pairs(pairs.to_vec()));
        assert_eq!(labels(&[("alertname", "A"), ("severity", "critical")]), "platform");
        assert_eq!(labels(&[("service", "rides"), ("job", "x")]), "service=rides");
        assert_eq!(labels(&[("service", "rides"), ("pod", "rides-1-2")]), "pod=rides-1-2");
    }
}
