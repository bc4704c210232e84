//! A report to read: as text, and as Markdown.

use std::fmt::Write as _;

use model::duration;

use crate::{
    report::{Intake, Outcome, Report, Settings, Spread, Tick},
    rule_set::N_NATIVE,
    targets::N_TARGETS,
};

/// How a table is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Columns of equal width.
    Text,
    /// A Markdown table.
    Markdown,
}

/// Head, table and what one has to know to read it.
pub fn render(report: &Report, layout: Layout) -> String {
    let mut text = head(report);
    text.push('\n');
    let rows: Vec<Vec<String>> = report.results.iter().map(row).collect();
    text.push_str(&lay_out(&COLUMNS, &rows, layout));
    text.push('\n');
    for note in notes(report) {
        match layout {
            Layout::Text => writeln!(text, "{note}"),
            Layout::Markdown => writeln!(text, "- {note}"),
        }
        .expect("writing to a string");
    }
    text
}

const COLUMNS: [&str; 10] = [
    "subject",
    "CPU s a tick",
    "least-most",
    "Prometheus",
    "ruler",
    "evaluation ms",
    "missed",
    "failed",
    "queries",
    "MB fetched",
];
const MEMORY: [&str; 2] = ["Prometheus MB", "ruler MB"];

/// Rows under heads, with what memory was used behind.
fn lay_out(columns: &[&str], rows: &[Vec<String>], layout: Layout) -> String {
    let heads: Vec<String> = columns.iter().chain(&MEMORY).map(|&s| s.to_owned()).collect();
    grid(&heads, rows, layout)
}

/// A table whose first column is text and whose others are numbers.
pub(crate) fn grid(heads: &[String], rows: &[Vec<String>], layout: Layout) -> String {
    let all = || std::iter::once(heads).chain(rows.iter().map(Vec::as_slice));
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut text = String::new();
    for (n, row) in all().enumerate() {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, width))| match i {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        let cells: Vec<String> = cells.collect();
        match layout {
            Layout::Text => text.push_str(cells.join("  ").trim_end()),
            Layout::Markdown => text.push_str(&markdown(&cells)),
        }
        text.push('\n');
        if n == 0 && layout == Layout::Markdown {
            let rules = widths.iter().enumerate().map(|(i, width)| match i {
                0 => "-".repeat(*width),
                _ => format!("{}:", "-".repeat(width.saturating_sub(1).max(1))),
            });
            text.push_str(&markdown(&rules.collect::<Vec<_>>()));
            text.push('\n');
        }
    }
    text
}

fn markdown(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn head(report: &Report) -> String {
    let Settings { rules, interval_ms, warmup, ticks, churn, .. } = &report.settings;
    let interval = duration::format(*interval_ms);
    let churn = if *churn { "; a tenth of the pods is replaced meanwhile" } else { "" };
    let series = report.series();
    let (more_rules, of_them) = native(report);
    format!(
        "{rules} rules{more_rules} over {series} series{of_them} every {interval}: {ticks} ticks after {warmup} to warm up{churn}\n"
    )
}

/// What native histograms add to rules and series, if there are any.
fn native(report: &Report) -> (String, String) {
    if !report.settings.has_native_histograms() {
        return (String::new(), String::new());
    }
    let n = report.native_series();
    (format!(" and {N_NATIVE} over native histograms"), format!(" ({n} of native histograms)"))
}

fn row(outcome: &Outcome) -> Vec<String> {
    let mut cells = vec![outcome.subject.clone()];
    if outcome.error.is_some() {
        cells.extend(std::iter::repeat_n(NOTHING.to_owned(), COLUMNS.len() + MEMORY.len() - 1));
        return cells;
    }
    let median = |figure: &dyn Fn(&Tick) -> Option<f64>, show: &dyn Fn(f64) -> String| {
        outcome.spread(figure).map_or(NOTHING.to_owned(), |s| show(s.median))
    };
    let sum = |figure: &dyn Fn(&Tick) -> Option<f64>| {
        outcome.spread(figure).map_or(NOTHING.to_owned(), |s| format!("{:.0}", s.sum))
    };
    let seconds = |s: f64| format!("{s:.2}");
    let together = outcome.spread(|t| Some(t.cpu_s()));
    let range = |s: Spread| format!("{:.2}-{:.2}", s.min, s.max);
    cells.push(median(&|t| Some(t.cpu_s()), &seconds));
    cells.push(together.map_or(NOTHING.to_owned(), range));
    cells.push(median(&|t| t.source_cpu_s, &seconds));
    cells.push(median(&|t| t.ruler_cpu_s, &seconds));
    cells.push(median(&|t| t.evaluation_s, &|s| format!("{:.1}", s * 1e3)));
    cells.push(sum(&|t| t.missed));
    cells.push(sum(&|t| t.failures));
    cells.push(median(&|t| t.queries, &|n| format!("{n:.0}")));
    cells.push(median(&|t| t.query_bytes, &|n| format!("{:.2}", n / 1e6)));
    for bytes in [outcome.peak.source, outcome.peak.ruler] {
        cells.push(bytes.map_or(NOTHING.to_owned(), |b| format!("{:.0}", b as f64 / 1e6)));
    }
    cells
}

const NOTHING: &str = "-";

fn notes(report: &Report) -> Vec<String> {
    let mut notes = vec![
        machine(report),
        "medians over the ticks; missed and failed are sums; CPU is that of whole processes and \
         includes taking the samples; memory is the most ever"
            .to_owned(),
        "evaluation: time spent on rules; in Watchfire without fetching, in Prometheus with reading \
         its storage, in vmalert with waiting for answers"
            .to_owned(),
    ];
    notes.extend(intake(report));
    notes.extend(report.settings.evaluation_threads.map(|n| {
        let s = if n.get() == 1 { "" } else { "s" };
        format!("Watchfire evaluates with {n} thread{s}, and takes samples with others")
    }));
    notes.extend(waiting(report));
    notes.extend(binding(report));
    notes.extend(unmeasured(report));
    notes.extend(disturbance(report));
    notes
}

/// How a Prometheus came by its samples, and whether it got all of them.
pub(crate) fn intake(report: &Report) -> Vec<String> {
    let has_source = |outcome: &Outcome| outcome.ticks.iter().any(|t| t.source_cpu_s.is_some());
    if !report.results.iter().any(has_source) {
        return Vec::new();
    }
    let mut notes = match report.settings.intake {
        Intake::Scrape => vec![format!(
            "a Prometheus scrapes its samples from {N_TARGETS} targets, and gets half an hour before \
             by remote write"
        )],
        Intake::RemoteWrite => vec!["a Prometheus gets its samples by remote write".to_owned()],
    };
    let lacking = report.results.iter().filter_map(|outcome| {
        let scrapes = outcome.spread(|tick| tick.scrapes.map(|n| n as f64))?.sum;
        let due = (outcome.ticks.len() * N_TARGETS) as f64;
        // One at each end may fall into the tick beside it.
        let missed = due - 2.0 - scrapes;
        (missed > 0.0).then(|| {
            format!(
                "{} scraped {scrapes:.0} pages of {due:.0}: its CPU is too low",
                outcome.subject
            )
        })
    });
    notes.extend(lacking);
    notes
}

/// Who did not evaluate all rules.
fn waiting(report: &Report) -> Vec<String> {
    let most = |outcome: &Outcome| outcome.spread(|tick| tick.waiting).map_or(0.0, |s| s.max);
    let waited = report.results.iter().filter(|outcome| most(outcome) > 0.0);
    let told = waited.map(|outcome| {
        format!(
            "{} did without {:.0} rules in some tick, whose windows the stream did not cover yet: \
             its figures are too low",
            outcome.subject,
            most(outcome)
        )
    });
    told.collect()
}

/// How long binding took, where that was long.
fn binding(report: &Report) -> Option<String> {
    let told = report.results.iter().filter_map(|outcome| {
        let spread = outcome.spread(|tick| tick.bind_s).filter(|spread| spread.max >= 0.001)?;
        Some(format!("{} {:.1} ms", outcome.subject, spread.median * 1e3))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| {
        format!(
            "binding to series that came or went, mostly before the evaluation with the cut stream, \
             otherwise in it: {}",
            told.join(", ")
        )
    })
}

/// What was measured on.
pub(crate) fn machine(report: &Report) -> String {
    let machine = &report.machine;
    format!(
        "{} cores, {}, {:.0} GiB; Watchfire {}; one subject after another, so that figures are not mixed",
        machine.cores,
        if machine.processor.is_empty() { "unknown" } else { &machine.processor },
        machine.memory as f64 / f64::from(1 << 30),
        report.version,
    )
}

/// What native histograms there are besides, if any.
pub(crate) fn native_note(report: &Report) -> Option<String> {
    let percent = report.settings.native_histograms * 100.0;
    report.settings.has_native_histograms().then(|| {
        format!(
            "with native histograms of {percent:.0}% of the pods, and {N_NATIVE} rules over them"
        )
    })
}

/// Who was not measured, and why.
pub(crate) fn unmeasured(report: &Report) -> Vec<String> {
    let failed = report.results.iter().filter_map(|outcome| {
        let error = outcome.error.as_ref()?;
        Some(format!("{} could not be measured: {error}", outcome.subject))
    });
    let left_out = report.left_out.iter().map(|left_out| {
        format!("{} was left out: {} is not installed", left_out.subject, left_out.missing)
    });
    failed.chain(left_out).collect()
}

/// What else the machine did, and what the harness itself took.
pub(crate) fn disturbance(report: &Report) -> Option<String> {
    let of = |figure: &dyn Fn(&Tick) -> Option<f64>| {
        let medians = report.results.iter().filter_map(|outcome| outcome.spread(figure));
        medians.map(|s| s.median).max_by(f64::total_cmp)
    };
    let harness = of(&|t| Some(t.harness_cpu_s))?;
    let elsewhere = of(&|t| t.elsewhere_cpu_s)?;
    let capacity = report.machine.cores as f64 * report.settings.interval_ms as f64 / 1e3;
    let share = elsewhere / capacity * 100.0;
    let verdict =
        if share > 10.0 { ": the machine was busy, and figures are too high" } else { "" };
    Some(format!(
        "besides, a tick took at most {harness:.2} s of CPU to feed (median), and other processes \
         {elsewhere:.2} s of {capacity:.0} s{verdict}"
    ))
}

#[cfg(test)]
pub(crate) mod tests;
