//! What a demo shows: lines to read, or one JSON object a line.

mod text;

use std::{io::Write, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use model::{Timestamp, duration};
use notify::Event;
use ruler::RuleSet;
use serde_json::json;
use simulator::Incident;

use super::{score::Score, stage::Stage};
use crate::{args::DemoFormat, output::Out};

/// Where a demo is shown.
pub(super) struct Screen<'a> {
    out: &'a mut Out,
    format: DemoFormat,
    /// What is to be announced, the latest first.
    announcements: Vec<Announcement>,
    start_ms: i64,
    end_ms: i64,
    /// Drawn on a terminal only.
    progress: ProgressBar,
}

/// An incident that begins or ends.
#[derive(Clone, Debug)]
struct Announcement {
    t_ms: i64,
    begins: bool,
    text: String,
}

impl<'a> Screen<'a> {
    pub(super) fn new(
        out: &'a mut Out,
        format: DemoFormat,
        incidents: Vec<Incident>,
        start_ms: i64,
        end_ms: i64,
    ) -> Self {
        let mut announcements: Vec<_> = incidents
            .into_iter()
            .flat_map(|incident| {
                let (from, to) = (start_ms + incident.at_ms, start_ms + incident.end_ms());
                let begins = Announcement { t_ms: from, begins: true, text: incident.begins };
                [begins, Announcement { t_ms: to, begins: false, text: incident.ends }]
            })
            .collect();
        announcements.retain(|announcement| !announcement.text.is_empty());
        announcements.sort_by_key(|announcement| announcement.t_ms);
        announcements.reverse();
        let progress = match format {
            DemoFormat::Text => ProgressBar::new((end_ms - start_ms).unsigned_abs()),
            DemoFormat::Json => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{prefix}  {bar:30}  {msg}");
        progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { out, format, announcements, start_ms, end_ms, progress }
    }

    /// Tells what is going to be shown.
    pub(super) fn open(&mut self, stage: &Stage, rules: &RuleSet, speed: f64) {
        if self.format == DemoFormat::Text {
            let length = duration::format(self.end_ms - self.start_ms);
            self.print(&text::opening(stage, rules, &length, speed));
        }
    }

    /// Shows what became of an alert or a rule, after the incidents up to then.
    pub(super) fn event(&mut self, event: &Event) {
        if let Some(alert) = event.as_alert() {
            self.announce_up_to(alert.eval.ts.0);
        }
        match self.format {
            DemoFormat::Text => {
                if let Some(line) = text::event(event, self.out.has_color()) {
                    self.print(&line);
                }
            }
            DemoFormat::Json => self.print(&String::from_utf8_lossy(&event.to_line())),
        }
    }

    /// Moves the time that is shown.
    pub(super) fn advance_to(&mut self, t_ms: i64, n_firing: usize) {
        self.announce_up_to(t_ms);
        self.progress.set_prefix(text::clock(t_ms));
        self.progress.set_message(format!("{n_firing} firing"));
        self.progress.set_position((t_ms - self.start_ms).unsigned_abs());
    }

    /// Shows the summary.
    pub(super) fn close(&mut self, score: &Score) {
        self.progress.finish_and_clear();
        match self.format {
            DemoFormat::Text => self.print(&text::summary(score, self.out.has_color())),
            DemoFormat::Json => self.print_json(&summary(score)),
        }
    }

    fn announce_up_to(&mut self, t_ms: i64) {
        while self.announcements.last().is_some_and(|next| next.t_ms <= t_ms) {
            let Some(next) = self.announcements.pop() else { return };
            match self.format {
                DemoFormat::Text => {
                    self.print(&text::announcement(next.t_ms, &next.text, self.out.has_color()));
                }
                DemoFormat::Json => self.print_json(&json!({
                    "type": "watchfire.demo.incident.v1",
                    "time": Timestamp(next.t_ms).rfc3339(),
                    "data": { "begins": next.begins, "text": next.text },
                })),
            }
        }
    }

    fn print_json(&mut self, value: &serde_json::Value) {
        self.print(&format!("{value}\n"));
    }

    /// Prints whole lines, at once.
    fn print(&mut self, lines: &str) {
        let out = &mut *self.out;
        self.progress.suspend(|| {
            out.print(lines);
            // Somebody may read along; a reader that is gone is no failure.
            let _ = out.flush();
        });
    }
}

fn summary(score: &Score) -> serde_json::Value {
    let seconds = |d: Duration| (d.as_secs_f64() * 1000.0).round() / 1000.0;
    let categories = score.categories.iter().map(|category| {
        json!({
            "category": category.name,
            "alerts": category.alerts,
            "fired": category.fired,
            "resolved": category.resolved,
            "firing": category.firing,
            "longest_seconds": category.longest_ms / 1000,
        })
    });
    let totals = score.totals;
    json!({
        "type": "watchfire.demo.summary.v1",
        "data": {
            "passed": score.passed(),
            "categories": categories.collect::<Vec<_>>(),
            "alerts_fired": score.fired,
            "alerts_resolved": score.resolved,
            "failed_rules": score.failed,
            "rules": totals.rules,
            "evaluations": totals.evaluations,
            "missed": totals.missed,
            "queries": totals.traffic.queries,
            "bytes": totals.traffic.bytes,
            "simulated_seconds": totals.simulated_ms / 1000,
            "wall_seconds": seconds(totals.wall),
        },
    })
}
