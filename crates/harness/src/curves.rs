//! Cost against the number of series and of rules.

use crate::{
    BenchError, Report,
    chart::{self, Curve, Panel},
    peers::{self, Options, Tell},
    report::Settings,
    table::{self, Layout, grid},
};

/// Which sizes are measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Numbers of series, with the rules of the settings.
    pub series: Vec<usize>,
    /// Numbers of rules, with the series of the settings.
    pub rules: Vec<usize>,
}

/// What came of all sizes.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Curves {
    /// One report per number of series.
    pub by_series: Vec<Report>,
    /// One report per number of rules.
    pub by_rules: Vec<Report>,
}

/// Measures all sizes, one after another; `next` is told before each.
pub async fn run(
    options: &Options,
    sizes: &Sizes,
    next: &(dyn Fn(&Settings) + Send + Sync),
    tell: Tell<'_>,
) -> Result<Curves, BenchError> {
    let mut curves = Curves { by_series: Vec::new(), by_rules: Vec::new() };
    for &series in &sizes.series {
        curves.by_series.push(at(options, |s| s.series = series, next, tell).await?);
    }
    for &rules in &sizes.rules {
        // What both lists have is measured once.
        let known = curves
            .by_series
            .iter()
            .find(|report| report.settings == Settings { rules, ..options.settings.clone() });
        let report = match known.cloned() {
            Some(report) => report,
            None => at(options, |s| s.rules = rules, next, tell).await?,
        };
        curves.by_rules.push(report);
    }
    Ok(curves)
}

async fn at(
    options: &Options,
    change: impl FnOnce(&mut Settings),
    next: &(dyn Fn(&Settings) + Send + Sync),
    tell: Tell<'_>,
) -> Result<Report, BenchError> {
    let mut options = options.clone();
    change(&mut options.settings);
    next(&options.settings);
    peers::run(&options, tell).await
}

impl Curves {
    /// As JSON, for machines.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("keys are strings") + "\n"
    }

    /// Whether everybody was measured at every size.
    pub fn is_complete(&self) -> bool {
        self.by_series.iter().chain(&self.by_rules).all(Report::is_complete)
    }

    /// The picture: CPU of all processes of a subject.
    pub fn svg(&self) -> String {
        let settings = |reports: &[Report]| reports.first().map(|report| report.settings.clone());
        let rules = settings(&self.by_series).map_or(0, |s| s.rules);
        let series = settings(&self.by_rules).map_or(0, |s| s.series);
        let panels = [
            (
                &self.by_series,
                format!("series, with {rules} rules"),
                Report::series as fn(&Report) -> usize,
            ),
            (&self.by_rules, format!("rules, over {series} series"), |r| r.settings.rules),
        ];
        let panels = panels.into_iter().filter(|(reports, ..)| !reports.is_empty());
        let panels: Vec<Panel> = panels
            .map(|(reports, title, size)| Panel { title, curves: lines(reports, size) })
            .collect();
        chart::curves("CPU seconds a tick, Prometheus and ruler together", &panels)
    }

    /// The medians as a table, and what one has to know to read it.
    pub fn table(&self, layout: Layout) -> String {
        let mut text = "CPU seconds a tick, Prometheus and ruler together: medians\n\n".to_owned();
        for (reports, head, size) in [
            (&self.by_series, "series", Report::series as fn(&Report) -> usize),
            (&self.by_rules, "rules", |r| r.settings.rules),
        ] {
            let heads = reports.iter().map(|report| size(report).to_string());
            let heads: Vec<String> = std::iter::once(head.to_owned()).chain(heads).collect();
            let rows = subjects(reports).into_iter().map(|subject| {
                let cells = reports.iter().map(|report| {
                    cost(report, &subject).map_or("-".to_owned(), |s| format!("{s:.2}"))
                });
                std::iter::once(subject.clone()).chain(cells).collect()
            });
            if heads.len() > 1 {
                text += &grid(&heads, &rows.collect::<Vec<Vec<String>>>(), layout);
                text.push('\n');
            }
        }
        let mark = if layout == Layout::Markdown { "- " } else { "" };
        self.notes().iter().fold(text, |text, note| text + mark + note + "\n")
    }

    fn notes(&self) -> Vec<String> {
        let all = || self.by_series.iter().chain(&self.by_rules);
        let mut notes: Vec<String> = all().take(1).map(table::machine).collect();
        notes.extend(all().find_map(table::native_note));
        notes.extend(all().flat_map(table::intake));
        notes.dedup();
        for report in all() {
            let settings = &report.settings;
            let size = format!("{} series, {} rules", report.series(), settings.rules);
            let found = table::unmeasured(report).into_iter().chain(table::disturbance(report));
            notes.extend(found.map(|note| format!("{size}: {note}")));
        }
        notes.dedup();
        notes
    }
}

fn lines(reports: &[Report], size: fn(&Report) -> usize) -> Vec<Curve> {
    let curve = |subject: String| {
        let points = reports
            .iter()
            .filter_map(|report| Some((size(report) as f64, cost(report, &subject)?)))
            .collect();
        Curve { subject, points }
    };
    subjects(reports).into_iter().map(curve).collect()
}

fn subjects(reports: &[Report]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for outcome in reports.iter().flat_map(|report| &report.results) {
        if !names.contains(&outcome.subject) {
            names.push(outcome.subject.clone());
        }
    }
    names
}

/// The median CPU a tick.
fn cost(report: &Report, subject: &str) -> Option<f64> {
    let outcome = report.results.iter().find(|outcome| outcome.subject == subject)?;
    outcome.spread(|tick| Some(tick.cpu_s())).map(|spread| spread.median)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use expect_test::expect;

    use super::*;
    use crate::table::tests::report;

    #[test]
    fn costs_stand_by_size() {
        let at = |series: usize, rules: usize| {
            let mut report = report();
            report.settings.rules = rules;
            for outcome in &mut report.results {
                outcome.series = series;
            }
            report.left_out.clear();
            report
        };
        let curves = Curves { by_series: vec![at(1_000, 100), at(10_000, 100)], by_rules: vec![] };
        let shown = curves.table(Layout::Markdown);
        let table: String = shown.split_inclusive('\n').take(7).collect();
        expect![[r#"
            CPU seconds a tick, Prometheus and ruler together: medians

            | series           | 1000 | 10000 |
            | ---------------- | ---: | ----: |
            | prometheus       | 2.90 |  2.90 |
            | watchfire:shared | 1.15 |  1.15 |
            | watchfire:stream |    - |     - |
        "#]]
        .assert_eq(&table);
        assert!(
            shown.contains("\n- 10000 series, 100 rules: watchfire:stream could not"),
            "{shown}"
        );
        let svg = curves.svg();
        assert!(svg.contains(">series, with 100 rules<") && !svg.contains("rules, over"), "{svg}");
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert!(!curves.is_complete());
    }
}
