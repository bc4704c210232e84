//! CPU a tick, subject by subject.

use super::{FAINT, INK, colour, document, line, short, text};
use crate::report::{Outcome, Report};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 190.0;
const ROW: f64 = 40.0;
const TOP: f64 = 70.0;

/// Bars of the median CPU a tick: the Prometheus's part pale, that of who evaluates rules full.
pub fn bars(report: &Report) -> String {
    let settings = &report.settings;
    let measured: Vec<&Outcome> = report.results.iter().filter(|o| !o.ticks.is_empty()).collect();
    let longest = measured.iter().filter_map(|o| o.spread(|t| Some(t.cpu_s()))).map(|s| s.max);
    let longest = longest.max_by(f64::total_cmp).unwrap_or(1.0).max(1e-3);
    let scale = |s: f64| LEFT + (WIDTH - LEFT - RIGHT) * s / longest;
    let n = measured.len() as f64;
    let bottom = TOP + n * ROW;
    let interval = model::duration::format(settings.interval_ms);
    let mut svg = text(
        20.0,
        28.0,
        17,
        "start",
        &format!(
            "CPU seconds every {interval}: {} rules, {} series",
            settings.rules,
            report.series()
        ),
    );
    svg += &text(
        20.0,
        48.0,
        12,
        "start",
        "Median of all ticks. Pale: Prometheus. Full: who evaluates rules beside it. Thin line: least to most.",
    );
    let step = step(longest);
    let marks = (0..=10_u32).map(|n| f64::from(n) * step).take_while(|s| *s <= longest);
    for seconds in marks {
        let x = scale(seconds);
        svg += &line((x, TOP - 6.0), (x, bottom), FAINT, 1.0);
        svg += &text(x, bottom + 18.0, 12, "middle", &format!("{} s", short(seconds)));
    }
    for (i, outcome) in measured.iter().enumerate() {
        svg += &bar(outcome, TOP + i as f64 * ROW, &scale);
    }
    document(WIDTH, bottom + 34.0, &svg)
}

/// A round number that goes into `longest` two to five times.
fn step(longest: f64) -> f64 {
    let power = 10_f64.powf(longest.log10().floor());
    let round = [0.2, 0.5, 1.0, 2.0].map(|factor| factor * power);
    round.into_iter().find(|step| longest / step <= 5.0).unwrap_or(2.0 * power)
}

fn bar(outcome: &Outcome, y: f64, scale: &dyn Fn(f64) -> f64) -> String {
    let median = |figure: &dyn Fn(&crate::report::Tick) -> Option<f64>| {
        outcome.spread(figure).map_or(0.0, |s| s.median)
    };
    let source = median(&|t| t.source_cpu_s);
    let ruler = median(&|t| t.ruler_cpu_s);
    let colour = colour(&outcome.subject);
    let segment = |from: f64, to: f64, opacity: f64| {
        format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"20\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>\n",
            scale(from),
            y + 6.0,
            scale(to) - scale(from)
        )
    };
    // A Prometheus with rules is both.
    let pale = if outcome.subject == "prometheus" { 1.0 } else { 0.35 };
    let mut svg = text(LEFT - 10.0, y + 21.0, 13, "end", &outcome.subject);
    svg += &segment(0.0, source, pale);
    svg += &segment(source, source + ruler, 1.0);
    if let Some(spread) = outcome.spread(|t| Some(t.cpu_s())) {
        let middle = y + 16.0;
        svg += &line((scale(spread.min), middle), (scale(spread.max), middle), INK, 1.0);
        let label = format!("{} s", short(spread.median));
        svg += &text(scale(spread.max) + 8.0, y + 21.0, 13, "start", &label);
    }
    svg
}
