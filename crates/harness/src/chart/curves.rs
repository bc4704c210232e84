//! Cost against size, on logarithmic axes.

use super::{FAINT, INK, colour, document, line, short, text};

const PANEL: (f64, f64) = (430.0, 330.0);
const LEFT: f64 = 62.0;
const TOP: f64 = 84.0;
const BETWEEN: f64 = 60.0;

/// One picture of several side by side.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is on the horizontal axis, and what is the same everywhere.
    pub title: String,
    /// One per subject.
    pub curves: Vec<Curve>,
}

/// A subject's cost.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Its name.
    pub subject: String,
    /// Size and cost, by size.
    pub points: Vec<(f64, f64)>,
}

/// An axis from one power of ten to another, and where it lies in the picture.
struct Axis {
    from: i32,
    to: i32,
    start: f64,
    end: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let (low, high) = values
            .filter(|v| *v > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if high > 0.0 { (low, high) } else { (1.0, 10.0) };
        let (from, to) = (power(low.log10().floor()), power(high.log10().ceil()));
        Self { from, to: to.max(from + 1), start, end }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        self.start + (self.end - self.start) * share
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to).map(|n| 10_f64.powi(n))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an exponent of a float")]
fn power(exponent: f64) -> i32 {
    exponent as i32
}

/// Panels with one line per subject; a cost that is not above zero is not drawn.
pub fn curves(title: &str, panels: &[Panel]) -> String {
    let n = panels.len() as f64;
    let width = LEFT + n * PANEL.0 + (n - 1.0).max(0.0) * (BETWEEN + 20.0) + 30.0;
    let mut svg = text(20.0, 28.0, 17, "start", title);
    svg += &legend(panels, width);
    for (i, panel) in panels.iter().enumerate() {
        svg += &draw(panel, LEFT + i as f64 * (PANEL.0 + BETWEEN + 20.0));
    }
    document(width, TOP + PANEL.1 + 62.0, &svg)
}

fn legend(panels: &[Panel], width: f64) -> String {
    let mut names: Vec<&str> = Vec::new();
    for curve in panels.iter().flat_map(|panel| &panel.curves) {
        if !names.contains(&curve.subject.as_str()) {
            names.push(&curve.subject);
        }
    }
    let step = (width - 40.0) / (names.len().max(1) as f64);
    let entries = names.iter().enumerate().map(|(i, name)| {
        let x = 20.0 + i as f64 * step.min(150.0);
        line((x, 48.0), (x + 18.0, 48.0), colour(name), 3.0)
            + &text(x + 24.0, 52.0, 12, "start", name)
    });
    entries.collect()
}

fn draw(panel: &Panel, left: f64) -> String {
    let points = || panel.curves.iter().flat_map(|curve| &curve.points);
    let (right, bottom) = (left + PANEL.0, TOP + PANEL.1);
    let x = Axis::new(points().map(|p| p.0), left, right);
    let y = Axis::new(points().map(|p| p.1), bottom, TOP);
    let mut svg = String::new();
    for value in x.powers() {
        svg += &line((x.at(value), TOP), (x.at(value), bottom), FAINT, 1.0);
        svg += &text(x.at(value), bottom + 18.0, 12, "middle", &size(value));
    }
    for value in y.powers() {
        svg += &line((left, y.at(value)), (right, y.at(value)), FAINT, 1.0);
        svg +=
            &text(left - 8.0, y.at(value) + 4.0, 12, "end", &format!("{} s", short_power(value)));
    }
    svg += &line((left, TOP), (left, bottom), INK, 1.0);
    svg += &line((left, bottom), (right, bottom), INK, 1.0);
    svg += &text(f64::midpoint(left, right), bottom + 42.0, 13, "middle", &panel.title);
    for curve in &panel.curves {
        let drawn = curve.points.iter().filter(|(a, b)| *a > 0.0 && *b > 0.0);
        let places: Vec<(f64, f64)> = drawn.map(|(a, b)| (x.at(*a), y.at(*b))).collect();
        svg += &path(&places, colour(&curve.subject));
    }
    svg
}

fn path(places: &[(f64, f64)], colour: &str) -> String {
    let corners: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let line = format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\n",
        corners.join(" ")
    );
    let dot = |(x, y): &(f64, f64)| {
        format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>\n")
    };
    std::iter::once(line).chain(places.iter().map(dot)).collect()
}

/// 1000 as `1 k`.
fn size(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{} M", v / 1e6),
        v if v >= 1e3 => format!("{} k", v / 1e3),
        v => short(v),
    }
}

fn short_power(value: f64) -> String {
    if value >= 1.0 { format!("{value:.0}") } else { format!("{value}") }
}
