//! Pictures of reports, as SVG.
//!
//! `bars` compares subjects at one size; `curves` draws cost against size, on logarithmic axes.
//! Each subject has its colour in all pictures.

mod bars;
mod curves;

use crate::Subject;

pub use bars::bars;
pub use curves::{Curve, Panel, curves};

const FONT: &str = "font-family=\"DejaVu Sans, Verdana, sans-serif\"";
const INK: &str = "#222";
const FAINT: &str = "#ddd";

/// Okabe and Ito's colours, which most people can tell apart.
fn colour(subject: &str) -> &'static str {
    let index = Subject::ALL.iter().position(|known| known.name() == subject);
    let colours = ["#999999", "#d55e00", "#e69f00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9"];
    index.and_then(|i| colours.get(i)).copied().unwrap_or(INK)
}

/// Text at a place; `anchor` is start, middle or end.
fn text(x: f64, y: f64, size: u32, anchor: &str, content: &str) -> String {
    let content = escaped(content);
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{INK}\">{content}</text>\n"
    )
}

fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str, width: f64) -> String {
    format!(
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
    )
}

fn document(width: f64, height: f64, content: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" {FONT}>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{content}</svg>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number in as few digits as it takes: 0.05, 2.9, 14.
fn short(value: f64) -> String {
    match value {
        v if v >= 10.0 => format!("{v:.0}"),
        v if v >= 1.0 => format!("{v:.1}"),
        v if v >= 0.1 => format!("{v:.2}"),
        v => format!("{v:.3}"),
    }
}

#[cfg(test)]
mod tests;
